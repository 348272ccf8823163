"""What opens an account: passwords, sessions, and the links that mails carry."""

import hashlib
from typing import Any

from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage, User
from app.models.base import utc_now
from app.services import mail, sessions
from app.services.account_rules import normal_email, password_faults
from app.services.errors import Invalid, NotFound
from app.services.signing import Stamper

VERIFICATION_SECONDS = 24 * 3600
RESET_SECONDS = 3600
RESET_KIND = "password_reset"


def change_password(*, user: User, old_password: str, new_password: str) -> None:
    """Replace a password whose owner knows the old one; ends all sessions. Raises `Invalid`."""
    if not user.check_password(old_password):
        raise Invalid({"old_password": [_("This is not your present password.")]})
    if new_password == old_password:
        raise Invalid({"new_password": [_("The new password must differ from the old one.")]})
    replace_password(user, new_password)
    db.session.commit()


def end_sessions(*, user: User) -> None:
    """Log a user out on every device, remembered ones included."""
    sessions.end_all(user)
    db.session.commit()


def replace_password(user: User, new_password: str) -> None:
    """Set a valid new password and end all sessions, without committing. Raises `Invalid`."""
    if faults := password_faults(new_password):
        raise Invalid({"new_password": faults})
    user.set_password(new_password)
    sessions.end_all(user)


def queue_verification_link(user: User) -> None:
    """Queue a mail with a link that confirms the address, without committing."""
    token = signer("verify-email").dumps([user.id, user.email])
    mail.queue_verification(user=user, token=str(token))


def resend_verification(*, user: User) -> None:
    """Queue the confirmation mail again, unless the address is confirmed by now."""
    if user.email_verified_at is None:
        queue_verification_link(user)
        db.session.commit()


def user_to_verify(*, token: str) -> User:
    """Return whose address a link confirms; raises `NotFound` when it is old, used or forged."""
    user_id, email = read_token("verify-email", token, VERIFICATION_SECONDS)
    user = db.session.get(User, user_id)
    if user is None or user.email != email or user.email_verified_at or not user.is_active:
        raise NotFound(link_fault())
    return user


def verify_email(*, token: str) -> User:
    """Confirm the address of the user a link was made for; raises `NotFound`."""
    user = user_to_verify(token=token)
    user.email_verified_at = utc_now()
    db.session.commit()
    return user


def request_password_reset(*, email: str) -> None:
    """Ask for a reset link.

    Whether the address has an account is looked up later, by the worker: the answer here is the
    same for every address, in words and in time.
    """
    payload = {"email": normal_email(email.strip()) or "", "locale": str(get_locale())}
    db.session.add(OutboxMessage(kind=RESET_KIND, payload=payload))
    db.session.commit()


def queue_reset_link(*, email: str, locale: str) -> None:
    """Queue the mail with the link if the address has an active account, without committing."""
    user = db.session.scalar(select(User).where(User.email == email))
    if user is None or not user.is_active:
        return
    token = signer("reset-password").dumps([user.id, fingerprint(user)])
    with force_locale(locale):
        mail.queue_password_reset(user=user, token=str(token))


def user_to_reset(*, token: str) -> User:
    """Return whose password a link may replace; raises `NotFound` when it is old or used."""
    user_id, expected = read_token("reset-password", token, RESET_SECONDS)
    user = db.session.get(User, user_id)
    if user is None or fingerprint(user) != expected or not user.is_active:
        raise NotFound(link_fault())
    return user


def reset_password(*, token: str, new_password: str) -> User:
    """Replace the password by a link from a mail; ends all sessions.

    Who could read the mail owns the address, so it counts as confirmed. Raises `NotFound` for
    the link and `Invalid` for the password.
    """
    user = user_to_reset(token=token)
    replace_password(user, new_password)
    user.email_verified_at = user.email_verified_at or utc_now()
    db.session.commit()
    return user


def fingerprint(user: User) -> str:
    """Return what changes with the password, so that a link works once; tells nothing of it."""
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:24]


def read_token(purpose: str, token: str, max_age: int) -> Any:
    """Return what a link's token holds; raises `NotFound` when it is older (s) or not ours."""
    try:
        return signer(purpose).loads(token, max_age=max_age)
    except BadSignature:
        raise NotFound(link_fault()) from None


def signer(purpose: str) -> URLSafeTimedSerializer:
    """Return the signer of links for one purpose; another purpose's tokens do not pass."""
    key = current_app.config["SECRET_KEY"]
    return URLSafeTimedSerializer(key, salt=purpose, signer=Stamper)


def link_fault() -> str:
    """Return what to say about a link that does not work."""
    return str(_("This link has expired or was used before. Ask for a new one."))
