"""Accounts as others see them, and what admins change of them."""

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from app.extensions import db
from app.models import Permission, Role, User
from app.services import audit, second_factor, sessions
from app.services.accounts import update_profile
from app.services.clean import clean_line
from app.services.errors import Conflict, Forbidden, NotFound
from app.services.paging import NumberedPage, list_page, number_page
from app.services.reading import Page

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
    """Set role and state of an account, without committing; its sessions end."""
    if not actor.can(Permission.ADMIN):
        raise Forbidden(_("Only admins may do this."))
    if user.id == actor.id:
        raise Conflict(_("Ask another admin to change your own role or state."))
    name, before = target_of(user), (user.role, user.is_active)
    if role is not None and (new := int(Role[role.upper()])) != user.role:
        audit.record(actor=actor, action="user.role", target=name, role=role)
        user.role = new
    if is_active is not None and is_active != user.is_active:
        audit.record(
            actor=actor, action="user.activate" if is_active else "user.deactivate", target=name
        )
        user.is_active = is_active
    if (user.role, user.is_active) != before:
        sessions.end_all(user)


def end_sessions(*, user_id: int, actor: User) -> User:
    """Log someone out on every device. Raises `NotFound` or `Forbidden`."""
    user = governed(user_id, actor)
    sessions.end_all(user)
    audit.record(actor=actor, action="user.end_sessions", target=target_of(user))
    db.session.commit()
    return user


def remove_second_factor(*, user_id: int, actor: User) -> User:
    """Let someone in who has lost the app. Raises `NotFound` or `Forbidden`."""
    user = governed(user_id, actor)
    second_factor.remove(user)
    audit.record(actor=actor, action="user.remove_second_factor", target=target_of(user))
    db.session.commit()
    return user


def governed(user_id: int, actor: User) -> User:
    """Return an account to an admin; raises `NotFound`, and `Forbidden` for anyone else."""
    if not actor.can(Permission.ADMIN):
        raise Forbidden(_("Only admins may do this."))
    return find_person(user_id=user_id, viewer=actor)


def search_people(
    *, query: str = "", role: str = "", state: str = "", page: int, per_page: int
) -> Page:
    """Return a page of the accounts whose name or address holds a text, the newest first."""
    statement = select(User).order_by(User.id.desc())
    if query := clean_line(query).lower():
        columns = (User.username, User.email, User.nickname)
        statement = statement.where(
            or_(*(func.lower(column).contains(query, autoescape=True) for column in columns))
        )
    if role.upper() in Role.__members__:
        statement = statement.where(User.role == Role[role.upper()])
    if state in ("active", "closed"):
        statement = statement.where(User.is_active == (state == "active"))
    return list_page(statement, page=page, per_page=per_page)


def target_of(user: User) -> str:
    """Return how the log names an account."""
    return f"user {user.username}"
