"""What authors see of their own articles: lists by state, drafts included."""

from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, raiseload

from app.models import Permission, Post, User
from app.models.base import utc_now
from app.services.clean import clean_line
from app.services.paging import list_page
from app.services.reading import Page

MAX_WORDS = 8


class State(StrEnum):
    """The states of articles that a list can be narrowed to."""

    ALL = "all"
    DRAFTS = "drafts"
    PUBLISHED = "published"
    SCHEDULED = "scheduled"

    @classmethod
    def of(cls, name: str) -> "State":
        """Return the state of a name, all for a name that is none."""
        return next((state for state in cls if state.value == name), cls.ALL)


def list_manuscripts(
    *,
    user: User,
    state: State = State.ALL,
    everyone: bool = False,
    words: str = "",
    category_id: int | None = None,
    page: int,
    per_page: int,
) -> Page:
    """Return a page of a user's articles, the last changed first; an editor may see everyone's.

    `words` must all be in the title. Raises `NotFound` for a page that does not exist; the first
    one always does.
    """
    conditions = [in_state(state)]
    if not (everyone and user.can(Permission.DELETE)):
        conditions.append(Post.author_id == user.id)
    if category_id is not None:
        conditions.append(Post.category_id == category_id)
    wanted = clean_line(words).split()[:MAX_WORDS]
    conditions += [Post.title.icontains(word, autoescape=True) for word in wanted]
    return list_page(
        select(Post).where(*conditions).order_by(Post.updated_at.desc(), Post.id.desc()),
        options=(joinedload(Post.author), joinedload(Post.category), raiseload(Post.tags)),
        page=page,
        per_page=per_page,
    )


def in_state(state: State) -> ColumnElement[bool]:
    """Return the condition that an article is in a state now."""
    conditions = {
        State.ALL: Post.id.is_not(None),
        State.DRAFTS: ~Post.is_published,
        State.PUBLISHED: Post.is_published & (Post.published_at <= utc_now()),
        State.SCHEDULED: Post.is_published & (Post.published_at > utc_now()),
    }
    return conditions[state]
