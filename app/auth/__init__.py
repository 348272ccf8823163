"""Accounts: registering, logging in and out, the profile, passwords."""

from app.auth import links, notices, second_factor, security
from app.auth.views import bp
from app.services.tokens import TokenService

__all__ = ["TokenService", "bp", "links", "notices", "second_factor", "security"]
