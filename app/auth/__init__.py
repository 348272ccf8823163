"""Accounts: registering, logging in and out, the profile, passwords."""

from app.auth import links
from app.auth.views import bp
from app.services.tokens import TokenService

__all__ = ["TokenService", "bp", "links"]
