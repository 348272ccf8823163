"""The comments of an article as a tree."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.models import Comment, User, db

THREADS_PER_PAGE = 50
MAX_COMMENTS = 1000
# Imported threads may be deeper than new ones can get; beyond this, replies stand side by side.
MAX_DEPTH = 10


class ShownComment(NamedTuple):
    """What is shown of a comment: a row of `page_of_threads`."""

    id: int
    parent_id: int | None
    post_id: int
    author_id: int | None
    username: str | None  # The account's; its writer has none in imported comments.
    nickname: str | None
    author_name: str | None
    author_url: str | None
    content_html: str
    created_at: datetime
    is_approved: bool
    deleted_at: datetime | None

    @property
    def display_name(self) -> str:
        """The writer's name as readers see it."""
        return self.nickname or self.username or self.author_name or ""


@dataclass
class ThreadNode:
    """A comment with its replies; `state` is "shown", "waiting" (its author's view) or "gone"."""

    comment: ShownComment
    state: str
    depth: int = 0
    replies: list["ThreadNode"] = field(default_factory=list)


@dataclass(frozen=True)
class Thread:
    """One page of an article's comments, oldest first, and the number of all that are public."""

    comments: tuple[ShownComment, ...]  # What the nodes are made of, when they are asked for.
    viewer_id: int | None
    total: int
    page: int
    has_next: bool

    @cached_property
    def nodes(self) -> list[ThreadNode]:
        """The comments with their replies."""
        return build_tree(self.comments, self.viewer_id)

    def find(self, comment_id: int | None) -> ShownComment | None:
        """Return a comment of this page that readers see, or None."""
        waiting = list(self.nodes)
        while waiting:
            node = waiting.pop()
            if node.comment.id == comment_id and node.state == "shown":
                return node.comment
            waiting += node.replies
        return None


def read_thread(*, post_id: int, viewer_id: int | None = None, page: int = 1) -> Thread:
    """Return a page of comments with their replies, in one statement.

    Shows what is approved, and to the viewer what of theirs waits for approval; a comment that
    is gone keeps its place where someone replied to it. A page that does not exist is empty.
    """
    values = {
        "post_id": post_id,
        "viewer_id": viewer_id,
        "skip": (page - 1) * THREADS_PER_PAGE,
        "take": THREADS_PER_PAGE + 1,
        "most": MAX_COMMENTS,
    }
    rows = db.session.execute(page_of_threads(viewer_id is not None), values).all()
    comments = tuple(ShownComment(*row[1:]) for row in rows)
    roots = [comment for comment in comments if comment.parent_id is None]
    if has_next := len(roots) > THREADS_PER_PAGE:
        beyond = roots[THREADS_PER_PAGE]
        comments = tuple(comment for comment in comments if comment is not beyond)
    return Thread(comments, viewer_id, rows[0][0] if rows else 0, page, has_next)


@cache
def page_of_threads(with_own: bool) -> Select[Any]:
    """Return the statement of the comments on a page and of their number in all.

    It is built once: building it takes longer than running it.
    """
    post_id = bindparam("post_id", type_=Comment.post_id.type)
    roots = (
        select(Comment.id)
        .where(Comment.post_id == post_id, Comment.parent_id.is_(None), matters(Comment, with_own))
        .order_by(Comment.created_at, Comment.id)
        .offset(bindparam("skip", type_=Integer))
        .limit(bindparam("take", type_=Integer))
        .subquery()
    )
    members = select(roots.c.id).cte("members", recursive=True)
    reply = aliased(Comment)
    members = members.union_all(
        select(reply.id)
        .join(members, reply.parent_id == members.c.id)
        .where(matters(reply, with_own))
    )
    total = (
        select(func.count())
        .select_from(Comment)
        .where(Comment.post_id == post_id, is_public(Comment))
        .scalar_subquery()
    )
    return (
        select(
            total,
            Comment.id,
            Comment.parent_id,
            Comment.post_id,
            Comment.author_id,
            User.username,
            User.nickname,
            Comment.author_name,
            Comment.author_url,
            Comment.content_html,
            Comment.created_at,
            Comment.is_approved,
            Comment.deleted_at,
        )
        .outerjoin(User, User.id == Comment.author_id)
        .where(Comment.id.in_(select(members.c.id)))
        .order_by(Comment.depth, Comment.created_at, Comment.id)
        .limit(bindparam("most", type_=Integer))
    )


def matters(comment: type[Comment], with_own: bool) -> ColumnElement[bool]:
    """Return the condition that a comment is shown, or that a reply may need its place."""
    reply = aliased(Comment)
    has_reply = select(reply.id).where(reply.parent_id == comment.id).correlate(comment).exists()
    return or_(is_shown(comment, with_own), has_reply)


def is_public(comment: type[Comment]) -> ColumnElement[bool]:
    """Return the condition that everyone sees a comment."""
    return and_(comment.is_approved, comment.deleted_at.is_(None))


def is_shown(comment: type[Comment], with_own: bool) -> ColumnElement[bool]:
    """Return the condition that everyone sees a comment, or the viewer their own."""
    if not with_own:
        return is_public(comment)
    viewer_id = bindparam("viewer_id", type_=User.id.type)
    own = and_(comment.author_id == viewer_id, comment.deleted_at.is_(None))
    return or_(is_public(comment), own)


def build_tree(comments: Iterable[ShownComment], viewer_id: int | None) -> list[ThreadNode]:
    """Nest comments (parents first) and drop those that are gone and carry nothing visible."""
    nodes: dict[int, ThreadNode] = {}
    parents: dict[int, ThreadNode] = {}
    roots: list[ThreadNode] = []
    for comment in comments:
        node = nodes[comment.id] = ThreadNode(comment, state_of(comment, viewer_id))
        if comment.parent_id is None:
            roots.append(node)
        elif parent := nodes.get(comment.parent_id):
            if parent.depth == MAX_DEPTH:
                parent = parents[parent.comment.id]
            node.depth = parent.depth + 1
            parents[comment.id] = parent
            parent.replies.append(node)
    # Replies come after their parents, so backwards every node is asked after its replies.
    for node in reversed(nodes.values()):
        node.replies = [reply for reply in node.replies if reply.state != "gone" or reply.replies]
    return [node for node in roots if node.state != "gone" or node.replies]


def state_of(comment: ShownComment, viewer_id: int | None) -> str:
    """Say how a comment is shown to a viewer."""
    if comment.deleted_at is not None:
        return "gone"
    if comment.is_approved:
        return "shown"
    return "waiting" if viewer_id is not None and comment.author_id == viewer_id else "gone"
