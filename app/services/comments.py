"""Comments: writing them, approving them, taking them back."""

from collections.abc import Iterable
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from app import metrics
from app.extensions import db
from app.models import Comment, Permission, Post, User
from app.models.base import utc_now
from app.services import audit, blocks, notices, public_pages, site
from app.services.clean import clean_text
from app.services.errors import Forbidden, Invalid, NotFound
from app.services.paging import list_page
from app.services.reading import Page
from app.text.markdown import TextTooLong

VERDICTS = ("approve", "hide", "delete")
# A form sent twice within this time is one comment.
REPEATED_WITHIN = timedelta(minutes=2)


def add_comment(*, slug: str, author: User, content: str, parent_id: int | None = None) -> Comment:
    """Add a comment to a public article; `is_approved` says whether readers see it at once.

    It waits for approval unless its author is an editor, wrote the article, or has an approved
    comment already. A reply below the deepest allowed level joins that level. Raises `NotFound`,
    `Forbidden` or `Invalid`.
    """
    post = commentable_post(slug)
    if current_app.config["COMMENTS"] == "closed":
        raise Forbidden(_("Comments are closed."))
    if not author.is_verified:
        raise Forbidden(_("Confirm your e-mail address before you comment."))
    blocks.refuse_network()
    content = clean_text(content)
    if faults := content_faults(content):
        raise Invalid({"content": faults})
    parent = visible_parent(post, parent_id)
    if repeated := recent_twin(post, author, content):
        return repeated
    comment = Comment(
        content=content,
        post_id=post.id,
        author_id=author.id,
        parent_id=parent.id if parent else None,
        depth=parent.depth + 1 if parent else 0,
        is_approved=is_trusted(author, post) and not is_held(author, content),
    )
    db.session.add(comment)
    pages = public_pages.of_comments(post) if comment.is_approved else []
    site.queue_refresh(pages)
    try:
        db.session.flush()
        notices.queue_notice(comment)
        db.session.commit()
    except TextTooLong as error:
        db.session.rollback()
        raise Invalid({"content": [str(error)]}) from None
    metrics.comments.labels("approved" if comment.is_approved else "waiting").inc()
    if comment.is_approved:
        site.touch(pages)
    return comment


def commentable_post(slug: str) -> Post:
    """Return the public article with an address; raises `NotFound`."""
    post = db.session.scalar(select(Post).where(Post.slug == slug))
    if post is None or not post.is_public:
        raise NotFound(_("There is no such article."))
    return post


def content_faults(content: str) -> list[str]:
    """Say what is wrong with a comment's text."""
    most = current_app.config["COMMENT_MAX_CHARS"]
    if not content:
        return [_("Write something first.")]
    if len(content) > most:
        return [_("Use at most %(most)d characters.", most=most)]
    return []


def visible_parent(post: Post, parent_id: int | None) -> Comment | None:
    """Return the comment to attach a reply to: the one replied to, or its ancestor where that is
    as deep as comments may be. Raises `Invalid` when readers do not see it."""
    if parent_id is None:
        return None
    parent = db.session.get(Comment, parent_id)
    if parent is None or parent.post_id != post.id or not parent.is_approved or parent.deleted_at:
        raise Invalid({"parent_id": [_("The comment you reply to is not there any more.")]})
    ancestor: Comment | None = parent
    while ancestor is not None and ancestor.depth >= current_app.config["COMMENT_MAX_DEPTH"]:
        ancestor = ancestor.parent
    return ancestor


def recent_twin(post: Post, author: User, content: str) -> Comment | None:
    """Return the same words by the same author a moment ago: the form was sent twice."""
    return db.session.scalars(
        select(Comment)
        .where(
            Comment.author_id == author.id,
            Comment.post_id == post.id,
            Comment.content == content,
            Comment.deleted_at.is_(None),
            Comment.created_at > utc_now() - REPEATED_WITHIN,
        )
        .limit(1)
    ).first()


def is_held(author: User, content: str) -> bool:
    """Say whether a moderator must see a comment first, however well its writer is known."""
    return not author.can(Permission.DELETE) and blocks.is_suspicious(content)


def is_trusted(author: User, post: Post) -> bool:
    """Say whether someone's comments need no approval on an article."""
    if author.can(Permission.DELETE) or post.author_id == author.id:
        return True
    if current_app.config["COMMENTS"] == "moderated":
        return False
    approved = exists().where(
        Comment.author_id == author.id, Comment.is_approved, Comment.deleted_at.is_(None)
    )
    return bool(db.session.scalar(select(approved)))


def approve_comment(*, comment_id: int, moderator: User, approved: bool = True) -> Comment:
    """Show a comment to readers, or hide it from them again."""
    comment = moderated_comment(comment_id, moderator)
    if comment.is_approved != approved:
        comment.is_approved = approved
        if approved:
            notices.queue_notice(comment)
        audit.record(
            actor=moderator,
            action="comment.approve" if approved else "comment.hide",
            target=target_of(comment),
        )
        pages = public_pages.of_comments(comment.post)
        site.queue_refresh(pages)
        db.session.commit()
        site.touch(pages)
    return comment


def delete_comment(*, comment_id: int, user: User) -> Comment:
    """Empty a comment; it keeps its place, so that the replies to it stay in the thread.

    Its writer may do so, and every editor. Raises `NotFound` or `Forbidden`.
    """
    comment = known_comment(comment_id)
    if comment.author_id != user.id and not user.can(Permission.DELETE):
        raise Forbidden(_("This comment belongs to someone else."))
    if comment.author_id != user.id:
        audit.record(actor=user, action="comment.delete", target=target_of(comment))
    comment.content = ""
    comment.content_html = ""
    comment.deleted_at = utc_now()
    pages = public_pages.of_comments(comment.post) if comment.is_approved else []
    site.queue_refresh(pages)
    db.session.commit()
    if comment.is_approved:
        site.touch(pages)
    return comment


def moderated_comment(comment_id: int, moderator: User) -> Comment:
    """Return a comment to someone who may decide on it; raises `NotFound` or `Forbidden`."""
    if not moderator.can(Permission.DELETE):
        raise Forbidden(_("Only editors may do this."))
    return known_comment(comment_id)


def known_comment(comment_id: int) -> Comment:
    """Return a comment that has not been deleted; raises `NotFound`."""
    comment = db.session.get(Comment, comment_id, options=[joinedload(Comment.post)])
    if comment is None or comment.deleted_at:
        raise NotFound(_("There is no such comment."))
    return comment


def target_of(comment: Comment) -> str:
    """Return how the log names a comment."""
    return f"comment {comment.id} on {comment.post.slug}"


def count_waiting() -> int:
    """Return how many comments wait for approval."""
    waiting = select(func.count()).where(~Comment.is_approved, Comment.deleted_at.is_(None))
    return db.session.scalar(waiting) or 0


def decide(*, comment_ids: Iterable[int], verdict: str, moderator: User) -> int:
    """Approve, hide or delete many comments; return how many there still were.

    `verdict` is one of `VERDICTS`. Raises `Forbidden`.
    """
    done = 0
    for comment_id in comment_ids:
        try:
            if verdict == "delete":
                delete_comment(comment_id=comment_id, user=moderator)
            else:
                approve_comment(
                    comment_id=comment_id, moderator=moderator, approved=verdict == "approve"
                )
        except NotFound:
            continue  # Another moderator was faster.
        done += 1
    return done


def list_for_moderation(*, page: int, per_page: int, state: str = "") -> Page:
    """Return a page of all comments, the newest first, but those that wait before the others.

    `state` narrows them to those that are `waiting` or `approved`. Raises `NotFound` for a page
    that does not exist; the first one always does.
    """
    wanted = [Comment.is_approved.is_(state == "approved")] if state else []
    return list_page(
        select(Comment)
        .where(Comment.deleted_at.is_(None), *wanted)
        .order_by(Comment.is_approved, Comment.created_at.desc(), Comment.id.desc()),
        options=(joinedload(Comment.post), joinedload(Comment.author)),
        page=page,
        per_page=per_page,
    )
