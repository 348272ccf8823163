"""Who may call which route: one table, asked before every request.

A route without an entry answers 500 and fails the tests. What a user may do to one object (one's
own article, someone else's) is decided by the services.
"""

from enum import Enum

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.caller import RIGHT_OF_METHOD, bears_token, caller, is_api_request, unauthorized
from app.extensions import csrf, login_manager
from app.limits import allow_documents
from app.models import Permission, Role


class Anyone(Enum):
    """The rules that ask for no right."""

    PUBLIC = "anyone; the session is not looked at"
    SIGNED_IN = "any signed-in user"
    VERIFIED = "any signed-in user whose address is confirmed"


PUBLIC, SIGNED_IN, VERIFIED = Anyone.PUBLIC, Anyone.SIGNED_IN, Anyone.VERIFIED
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
    "main.preview": PUBLIC,
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
    "auth.second_factor": PUBLIC,
    "auth.set_up_second_factor": SIGNED_IN,
    "auth.renew_recovery_codes": SIGNED_IN,
    "auth.switch_off_second_factor": SIGNED_IN,
    "auth.security": SIGNED_IN,
    "auth.end_one_session": SIGNED_IN,
    "auth.resend_verification": SIGNED_IN,
    "auth.profile": SIGNED_IN,
    "auth.notices": SIGNED_IN,
    "auth.unsubscribe": PUBLIC,
    "auth.change_password": SIGNED_IN,
    "auth.logout_everywhere": SIGNED_IN,
    # Writing
    "posts.index": Permission.CREATE,
    "posts.new": Permission.CREATE,
    "posts.preview": Permission.CREATE,
    "posts.picture": Permission.CREATE,
    "posts.autosave": Permission.CREATE,
    "posts.discard_autosave": Permission.CREATE,
    "posts.edit": Permission.UPDATE,
    "posts.library": Permission.CREATE,
    "posts.send_file": Permission.CREATE,
    "posts.describe_file": Permission.CREATE,
    "posts.delete_file": Permission.CREATE,
    "posts.clean_media": Permission.DELETE,
    "posts.history": Permission.UPDATE,
    "posts.revision": Permission.UPDATE,
    "posts.restore": Permission.UPDATE,
    "posts.links": Permission.UPDATE,
    "posts.revoke_link": Permission.UPDATE,
    "posts.delete": Permission.UPDATE,
    # Moderating
    "admin.comments": Permission.DELETE,
    "admin.approve_comment": Permission.DELETE,
    "admin.delete_comment": Permission.DELETE,
    "admin.moderate": Permission.DELETE,
    # Running the blog
    "admin.overview": Permission.DELETE,
    "admin.blocks": Permission.DELETE,
    "admin.remove_block": Permission.DELETE,
    "admin.topics": Permission.DELETE,
    "admin.new_topic": Permission.DELETE,
    "admin.topic": Permission.DELETE,
    "admin.merge_topic": Permission.DELETE,
    "admin.delete_topic": Permission.DELETE,
    "admin.settings": Permission.ADMIN,
    "admin.invite": Permission.ADMIN,
    "admin.outbox": Permission.ADMIN,
    "admin.retry_message": Permission.ADMIN,
    "admin.retry_dead": Permission.ADMIN,
    "admin.users": Permission.ADMIN,
    "admin.user": Permission.ADMIN,
    "admin.end_user_sessions": Permission.ADMIN,
    "admin.remove_second_factor": Permission.ADMIN,
    "admin.audit": Permission.ADMIN,
    "admin.audit_csv": Permission.ADMIN,
    # Programs
    "api.status": PUBLIC,
    "api.openapi": PUBLIC,
    "api.list_posts": PUBLIC,
    "api.popular_posts": PUBLIC,
    "api.export_posts": PUBLIC,
    "api.read_post": PUBLIC,
    "api.list_comments": PUBLIC,
    "api.read_comment": PUBLIC,
    "api.list_users": PUBLIC,
    "api.read_user": PUBLIC,
    "api.list_categories": PUBLIC,
    "api.read_category": PUBLIC,
    "api.list_tags": PUBLIC,
    "api.read_tag": PUBLIC,
    "api.search": PUBLIC,
    "api.stats": PUBLIC,
    "api.create_token": PUBLIC,
    "api.refresh_token": PUBLIC,
    "api.revoke_token": PUBLIC,
    "api.list_personal_tokens": SIGNED_IN,
    "api.create_personal_token": VERIFIED,
    "api.delete_personal_token": SIGNED_IN,
    "api.read_me": SIGNED_IN,
    "api.update_user": SIGNED_IN,
    "api.create_comment": SIGNED_IN,
    "api.delete_comment": SIGNED_IN,
    "api.create_post": Permission.CREATE,
    "api.replace_post": Permission.UPDATE,
    "api.update_post": Permission.UPDATE,
    "api.delete_post": Permission.UPDATE,
    "api.upload_image": Permission.CREATE,
    "api.upload_document": Permission.CREATE,
    "uploads.image": Permission.CREATE,
    "uploads.document": Permission.CREATE,
    "api.waiting_comments": Permission.DELETE,
    "api.update_comment": Permission.DELETE,
    "api.create_category": Permission.DELETE,
    "api.update_category": Permission.DELETE,
    "api.delete_category": Permission.DELETE,
    "api.create_tag": Permission.DELETE,
    "api.update_tag": Permission.DELETE,
    "api.delete_tag": Permission.DELETE,
    "api_pages.docs": PUBLIC,
}


def init_app(app: Flask) -> None:
    """Ask the table before every request."""
    app.before_request(allow_documents)
    app.before_request(guard)


def guard() -> None:
    """Stop a request that its user may not make: 401 (or the login page) first, then 403."""
    if request.endpoint is None:
        return
    rule = ROUTES[request.endpoint]
    if is_api_request():
        return guard_api(rule)
    if rule is PUBLIC:
        return
    if not current_user.is_authenticated:
        if request.method == "POST" and request.form.get("content"):
            abort(401)  # Whose page shows the text again; a redirect would lose it.
        abort(login_manager.unauthorized())
    if isinstance(rule, Permission) and not current_user.can(rule):
        if current_user.lacks_second_factor and Role(current_user.role).allows(rule):
            flash(_("Set up the second factor first: this site asks you for one."), "info")
            abort(redirect(url_for("auth.set_up_second_factor")))
        abort(403)


def guard_api(rule: Rule) -> None:
    """Stop a program's request: 401 first, then the form token of a session, then 403."""
    # A browser asks by OPTIONS, without a token, whether it may send the real request.
    if request.method == "OPTIONS":
        return
    user = caller()
    if rule is PUBLIC:
        return
    if user is None:
        raise unauthorized(_("A token is needed."))
    if not bears_token() and current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    needed = RIGHT_OF_METHOD.get(request.method, Permission.READ)
    if user.granted & needed != needed or (isinstance(rule, Permission) and not user.can(rule)):
        abort(403)
    if rule is VERIFIED and not user.is_verified:
        abort(403)
