"""Who may call which route: one table, asked before every request.

A route without an entry answers 500 and fails the tests. What a user may do to one object (one's
own article, someone else's) is decided by the services.
"""

from enum import Enum

from flask import Flask, abort, request
from flask_login import current_user

from app.extensions import login_manager
from app.models import Permission


class Anyone(Enum):
    """The rules that ask for no right."""

    PUBLIC = "anyone; the session is not looked at"
    SIGNED_IN = "any signed-in user"


PUBLIC, SIGNED_IN = Anyone.PUBLIC, Anyone.SIGNED_IN
Rule = Anyone | Permission

ROUTES: dict[str, Rule] = {
    "static": PUBLIC,
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "health.startup": PUBLIC,
    # Reading
    "main.index": PUBLIC,
    "main.about": PUBLIC,
    "main.contact": PUBLIC,
    "main.articles": PUBLIC,
    "main.article": PUBLIC,
    "main.category": PUBLIC,
    "main.tag": PUBLIC,
    "main.archive": PUBLIC,
    "main.archive_month": PUBLIC,
    "main.author": PUBLIC,
    "main.search": PUBLIC,
    "main.language": PUBLIC,
    "main.upload": PUBLIC,
    "main.beacon": PUBLIC,
    "main.atom_feed": PUBLIC,
    "main.json_feed": PUBLIC,
    "main.sitemap": PUBLIC,
    "main.robots": PUBLIC,
    "main.comment": SIGNED_IN,
    "main.delete_comment": SIGNED_IN,
    # Accounts
    "auth.register": PUBLIC,
    "auth.login": PUBLIC,
    "auth.logout": PUBLIC,
    "auth.verify": PUBLIC,
    "auth.reset_request": PUBLIC,
    "auth.reset": PUBLIC,
    "auth.resend_verification": SIGNED_IN,
    "auth.profile": SIGNED_IN,
    "auth.change_password": SIGNED_IN,
    "auth.logout_everywhere": SIGNED_IN,
    # Writing
    "posts.index": Permission.CREATE,
    "posts.new": Permission.CREATE,
    "posts.preview": Permission.CREATE,
    "posts.edit": Permission.UPDATE,
    "posts.delete": Permission.UPDATE,
    # Moderating
    "admin.comments": Permission.DELETE,
    "admin.approve_comment": Permission.DELETE,
    "admin.delete_comment": Permission.DELETE,
}


def init_app(app: Flask) -> None:
    """Ask the table before every request."""
    app.before_request(guard)


def guard() -> None:
    """Stop a request that its user may not make: 401 (or the login page) first, then 403."""
    if request.endpoint is None:
        return
    rule = ROUTES[request.endpoint]
    if rule is PUBLIC:
        return
    if not current_user.is_authenticated:
        abort(login_manager.unauthorized())
    if isinstance(rule, Permission) and not current_user.can(rule):
        abort(403)
