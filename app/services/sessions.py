"""Logins: which devices a user is logged in on, and ending that."""

import secrets
import threading
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from app.extensions import db
from app.models import User, UserSession
from app.models.base import utc_now
from app.text.devices import device_name

# Cookies without "stay logged in" end with the browser, or by Flask's own limit.
FORGOTTEN_AFTER = timedelta(days=31)


def start(*, user: User, address: str, agent: str) -> None:
    """Record a new login and give `user` the key that its cookies are to carry."""
    user.session_key = secrets.token_hex(16)
    db.session.add(
        UserSession(
            user_id=user.id,
            key=user.session_key,
            address=address[:45],
            device=device_name(agent)[:200],
        )
    )
    db.session.execute(
        delete(UserSession)
        .where(UserSession.user_id == user.id, UserSession.last_seen_at < oldest_alive())
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def find_user(cookie: str) -> User | None:
    """Return the user of a session or remember-me cookie, None when that was ended; one statement.

    When the user was last seen is noted in memory and written later: reading never writes.
    """
    user_id, _, key = cookie.partition(".")
    if not (user_id.isdecimal() and len(user_id) < 10 and len(key) == 32):
        return None
    user = db.session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.key == key,
            UserSession.last_seen_at >= oldest_alive(),
            User.id == int(user_id),
        )
    )
    if user is None or not user.is_active:
        return None
    user.session_key = key
    _seen.note(key)
    return user


def oldest_alive() -> datetime:
    """Return when a session that is still good was last seen at the earliest."""
    longest = max(FORGOTTEN_AFTER, timedelta(days=current_app.config["SESSION_DAYS"]))
    return utc_now() - longest


def list_sessions(*, user: User) -> list[UserSession]:
    """Return where a user is logged in, the latest seen first."""
    flush_seen()
    return list(
        db.session.scalars(
            select(UserSession)
            .where(UserSession.user_id == user.id)
            .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        )
    )


def end_one(*, user: User, session_id: int | None = None, key: str | None = None) -> bool:
    """End one of a user's sessions, by its row or by its key; say whether there was one."""
    which = UserSession.id == session_id if key is None else UserSession.key == key
    ended = db.session.execute(delete(UserSession).where(UserSession.user_id == user.id, which))
    db.session.commit()
    return bool(ended.rowcount)  # type: ignore[attr-defined]  # A DELETE's result has it.


def end_all(user: User) -> None:
    """End every session and every API login of a user, without committing."""
    # Counted by the database: two devices may do it at once.
    user.session_epoch = User.session_epoch + 1
    db.session.execute(
        delete(UserSession)
        .where(UserSession.user_id == user.id)
        .execution_options(synchronize_session=False)
    )


class SeenBuffer:
    """Which sessions were used since the last write; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    def note(self, key: str) -> None:
        """Remember that a session is in use."""
        with self._lock:
            self._keys.add(key)

    def take(self) -> list[str]:
        """Return what was collected, in one order for every process, and start anew."""
        with self._lock:
            keys, self._keys = self._keys, set()
        return sorted(keys)


_seen = SeenBuffer()
# Nobody reads it to the second: a busy session is written once a minute.
SEEN_STEP = timedelta(minutes=1)


def flush_seen() -> None:
    """Write when the noted sessions were last seen; what fails is noted at the next request."""
    keys = _seen.take()
    if not keys:
        return
    now = utc_now()
    db.session.execute(
        update(UserSession)
        .where(UserSession.key.in_(keys), UserSession.last_seen_at < now - SEEN_STEP)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
