"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.

The secret that the app shares with us is made from SECRET_KEY and a salt in the database: a copy
of the database alone yields no codes. Recovery codes do not depend on SECRET_KEY.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time

import pyotp
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from app.extensions import db
from app.models import RecoveryCode, SecondFactor, User
from app.services import sessions
from app.services.errors import Invalid

STEP_SECONDS = 30
# A code is good for the step before and after its own: clocks differ, people type slowly.
STEPS = (0, -1, 1)
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # Nothing that looks like something else.
RECOVERY_CHARS = 16


def new_salt() -> str:
    """Return what a new secret is made from."""
    return secrets.token_hex(16)


def secret_of(user: User, salt: str) -> str:
    """Return the secret to type into an app (base32)."""
    key = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(key, f"second-factor:{user.id}:{salt}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode("ascii")


def app_address(user: User, salt: str) -> str:
    """Return the otpauth:// address that an app reads from a QR code."""
    return pyotp.TOTP(secret_of(user, salt)).provisioning_uri(
        name=user.username, issuer_name=current_app.config["SITE_NAME"]
    )


def set_up(*, user: User, salt: str, code: str) -> list[str]:
    """Begin to ask for codes, and return the recovery codes; every session of the user ends.

    Raises `Invalid` when the code is not what an app with this secret shows.
    """
    step = matching_step(user, salt, code)
    if step is None:
        raise Invalid({"code": [wrong_code()]})
    forget(user)
    db.session.add(SecondFactor(user_id=user.id, salt=salt, last_step=step))
    codes = add_recovery_codes(user)
    user.has_second_factor = True
    sessions.end_all(user)
    db.session.commit()
    return codes


def passes(*, user: User, code: str) -> bool:
    """Say whether a code opens the account, and use it up: no code passes twice."""
    return use_app_code(user, code) or use_recovery_code(user, code)


def use_app_code(user: User, code: str) -> bool:
    """Use up a code of the app; of two that come at once, one passes."""
    factor = db.session.get(SecondFactor, user.id)
    step = matching_step(user, factor.salt, code) if factor else None
    if step is None:
        return False
    used = db.session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user.id, SecondFactor.last_step < step)
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(used.rowcount)  # type: ignore[attr-defined]  # An UPDATE's result has it.


def use_recovery_code(user: User, code: str) -> bool:
    """Use up a recovery code."""
    used = db.session.execute(
        delete(RecoveryCode).where(
            RecoveryCode.user_id == user.id, RecoveryCode.code_hash == hash_of(code)
        )
    )
    db.session.commit()
    return bool(used.rowcount)  # type: ignore[attr-defined]  # A DELETE's result has it.


def renew_recovery_codes(*, user: User, code: str) -> list[str]:
    """Replace all recovery codes and return the new ones. Raises `Invalid` for a wrong code."""
    if not passes(user=user, code=code):
        raise Invalid({"code": [wrong_code()]})
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = add_recovery_codes(user)
    db.session.commit()
    return codes


def count_recovery_codes(*, user: User) -> int:
    """Return how many recovery codes are left."""
    left = select(func.count()).where(RecoveryCode.user_id == user.id)
    return db.session.scalar(left) or 0


def switch_off(*, user: User, code: str) -> None:
    """Ask for no codes any more; every session ends. Raises `Invalid` for a wrong code."""
    if not passes(user=user, code=code):
        raise Invalid({"code": [wrong_code()]})
    remove(user)
    db.session.commit()


def remove(user: User) -> None:
    """Take the second factor away and end all sessions, without committing."""
    forget(user)
    user.has_second_factor = False
    sessions.end_all(user)


def forget(user: User) -> None:
    """Delete what was set up, without committing."""
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def add_recovery_codes(user: User) -> list[str]:
    """Add new recovery codes and return them as they are shown, without committing."""
    codes = []
    for _number in range(RECOVERY_CODES):
        plain = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_CHARS))
        codes.append("-".join(re.findall("....", plain)))
        db.session.add(RecoveryCode(user_id=user.id, code_hash=hash_of(plain)))
    return codes


def hash_of(code: str) -> str:
    """Return the hash of a recovery code, however it was typed; random as it is, SHA-256 does."""
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def matching_step(user: User, salt: str, code: str) -> int | None:
    """Return the step (of 30 s, since 1970) whose code this is, or None."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch("[0-9]{6}", digits):
        return None
    totp = pyotp.TOTP(secret_of(user, salt))
    now = int(time.time()) // STEP_SECONDS
    for offset in STEPS:
        if hmac.compare_digest(totp.generate_otp(now + offset), digits):
            return now + offset
    return None


def wrong_code() -> str:
    """Return what to say about a code that does not pass."""
    return str(_("This code is wrong or was used before."))
