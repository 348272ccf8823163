"""What admins see of the outbox, and do about what could not be done."""

from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage, Permission, User
from app.models.base import utc_now
from app.services import audit, outbox
from app.services.errors import Forbidden, NotFound
from app.services.paging import list_page
from app.services.reading import Page


def revive_one(*, message_id: int, actor: User) -> None:
    """Make one dead message due again. Raises `Forbidden` or `NotFound`."""
    require_admin(actor)
    message = db.session.get(OutboxMessage, message_id)
    if message is None or message.dead_at is None:
        raise NotFound(_("There is no such message."))
    message.dead_at, message.attempts, message.available_at = None, 0, utc_now()
    audit.record(actor=actor, action="outbox.retry", target=f"message {message_id}")
    db.session.commit()


def revive_all(*, actor: User) -> int:
    """Make every dead message due again and return how many there were. Raises `Forbidden`."""
    require_admin(actor)
    audit.record(actor=actor, action="outbox.retry", target="every dead message")
    return outbox.revive_dead()


def require_admin(actor: User) -> None:
    """Raise `Forbidden` for anyone but admins."""
    if not actor.can(Permission.ADMIN):
        raise Forbidden(_("Only admins may do this."))


def list_open(*, page: int, per_page: int) -> Page:
    """Return a page of what is not done: dead messages first, then those that wait longest."""
    return list_page(
        select(OutboxMessage)
        .where(OutboxMessage.done_at.is_(None))
        .order_by(OutboxMessage.dead_at.is_(None), OutboxMessage.available_at, OutboxMessage.id),
        page=page,
        per_page=per_page,
    )
