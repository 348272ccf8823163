"""Accounts as others see them, and what admins change of them."""

from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models import Permission, Role, User
from app.services.accounts import update_profile
from app.services.errors import Conflict, Forbidden, NotFound
from app.services.listing import NumberedPage, number_page

PROFILE = ("nickname", "bio", "avatar_url")


def list_people(*, viewer: User | None, page: int, per_page: int) -> NumberedPage:
    """Return a page of the accounts, the oldest first; those that are closed, to admins only."""
    statement = select(User).order_by(User.id)
    if not sees_private(viewer):
        statement = statement.where(User.is_active)
    return number_page(statement, page=page, per_page=per_page)


def find_person(*, user_id: int, viewer: User | None) -> User:
    """Return an account; raises `NotFound`, also for a closed one unless an admin asks."""
    user = db.session.get(User, user_id)
    if user is None or not (user.is_active or sees_private(viewer)):
        raise NotFound(_("There is no such user."))
    return user


def sees_private(viewer: User | None, user: User | None = None) -> bool:
    """Say whether a viewer may see the private part of an account, or of all without one."""
    if viewer is None:
        return False
    return viewer.can(Permission.ADMIN) or (user is not None and viewer.id == user.id)


def change_person(
    *,
    user_id: int,
    actor: User,
    role: str | None = None,
    is_active: bool | None = None,
    **profile: str | None,
) -> User:
    """Change an account: its owner the profile, an admin everything.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` for admins who would lock themselves
    out.
    """
    user = find_person(user_id=user_id, viewer=actor)
    if not sees_private(actor, user):
        raise Forbidden(_("This account belongs to someone else."))
    if role is not None or is_active is not None:
        govern(user, actor, role, is_active)
    values = {name: getattr(user, name) or "" for name in PROFILE}
    values |= {name: value or "" for name, value in profile.items()}
    update_profile(user=user, **values)
    return user


def govern(user: User, actor: User, role: str | None, is_active: bool | None) -> None:
    """Set role and state of an account, without committing."""
    if not actor.can(Permission.ADMIN):
        raise Forbidden(_("Only admins may do this."))
    if user.id == actor.id:
        raise Conflict(_("Ask another admin to change your own role or state."))
    if role is not None:
        user.role = int(Role[role.upper()])
    if is_active is not None:
        user.is_active = is_active
