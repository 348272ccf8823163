"""Mails about comments: replies to their authors, what waits for approval to the moderators."""

from datetime import timedelta

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Comment, OutboxMessage, Role, User
from app.models.base import utc_now
from app.models.post import article_path
from app.services import mail
from app.services.credentials import read_token, signer
from app.text.html import truncate_chars

REPLY_KIND = "notice_reply"
WAITING_KIND = "notice_waiting"
# Of a flood of comments moderators hear at once, then at most this often.
BETWEEN_NOTICES = timedelta(minutes=10)
EXCERPT_CHARS = 600
PURPOSE = "unsubscribe"
UNSUBSCRIBE_SECONDS = 365 * 24 * 3600
# What a link in a mail switches off → the column of the user.
KINDS = {"replies": "notify_replies", "waiting": "notify_waiting"}


def queue_notice(comment: Comment) -> None:
    """Queue what a new or newly approved comment gives rise to, once, without committing."""
    if not comment.is_approved:
        queue_waiting()
    elif comment.noticed_at is None:
        comment.noticed_at = utc_now()
        if comment.parent_id is not None:
            payload = {"comment_id": comment.id}
            db.session.add(OutboxMessage(kind=REPLY_KIND, payload=payload))


def queue_waiting() -> None:
    """Queue one notice for all comments that wait until it is sent, without committing."""
    of_kind = OutboxMessage.kind == WAITING_KIND
    untouched = OutboxMessage.done_at.is_(None) & OutboxMessage.dead_at.is_(None)
    queued = select(OutboxMessage.id).where(of_kind, untouched, OutboxMessage.attempts == 0)
    if db.session.scalar(queued.limit(1)) is not None:
        return
    last = db.session.scalar(
        select(OutboxMessage.done_at)
        .where(of_kind, OutboxMessage.done_at.is_not(None))
        .order_by(OutboxMessage.done_at.desc())
        .limit(1)
    )
    due = max(utc_now(), last + BETWEEN_NOTICES) if last else utc_now()
    db.session.add(OutboxMessage(kind=WAITING_KIND, payload={}, available_at=due))


def send_reply_notice(*, comment_id: int) -> None:
    """Queue the mail to whoever was replied to, without committing."""
    comment = db.session.get(
        Comment, comment_id, options=[joinedload(Comment.post), joinedload(Comment.parent)]
    )
    if comment is None or comment.deleted_at or not comment.is_approved or not comment.parent:
        return
    receiver = comment.parent.author
    if receiver is None or receiver.id == comment.author_id or not receiver.notify_replies:
        return
    if not (receiver.is_active and receiver.is_verified and comment.post.is_public):
        return
    with force_locale(language_of(receiver)):
        names = {"name": comment.display_name, "title": comment.post.title}
        mail.queue_notice(
            user=receiver,
            subject=_("%(name)s replied to you on “%(title)s”", **names),
            paragraphs=[
                _("%(name)s replied to your comment on “%(title)s”:", **names),
                truncate_chars(comment.content, EXCERPT_CHARS),
            ],
            action=(_("Read the reply"), comment_link(comment)),
            token=unsubscribe_token(receiver, "replies"),
        )


def send_waiting_notice() -> None:
    """Queue the mails to those who moderate, without committing."""
    waiting = db.session.scalar(
        select(func.count()).where(~Comment.is_approved, Comment.deleted_at.is_(None))
    )
    if not waiting:
        return
    moderators = select(User).where(User.role >= Role.EDITOR, User.is_active, User.notify_waiting)
    for moderator in db.session.scalars(moderators.order_by(User.id)):
        if not moderator.is_verified:
            continue
        with force_locale(language_of(moderator)):
            sentence = ngettext(
                "%(num)d comment waits for approval", "%(num)d comments wait for approval", waiting
            )
            mail.queue_notice(
                user=moderator,
                subject=sentence,
                paragraphs=[_("%(what)s on %(site)s.", what=sentence, site=site_name())],
                action=(_("Decide"), mail.site_link("/admin/comments?state=waiting")),
                token=unsubscribe_token(moderator, "waiting"),
            )


def change_wishes(
    *, user: User, language: str, notify_replies: bool, notify_waiting: bool | None = None
) -> None:
    """Store in which language, and of what, a user wants mail; None leaves a wish as it is."""
    user.language = language
    user.notify_replies = notify_replies
    if notify_waiting is not None:
        user.notify_waiting = notify_waiting
    db.session.commit()


def unsubscribe(*, token: str) -> None:
    """Send no more mails of the kind that a link in one of them names; raises `NotFound`."""
    user_id, kind = read_token(PURPOSE, token, UNSUBSCRIBE_SECONDS)
    user = db.session.get(User, user_id)
    if user is not None:
        setattr(user, KINDS[kind], False)
        db.session.commit()


def check_token(token: str) -> None:
    """Raise `NotFound` for a link that is no good."""
    read_token(PURPOSE, token, UNSUBSCRIBE_SECONDS)


def unsubscribe_token(user: User, kind: str) -> str:
    """Return what a link needs that works without logging in."""
    return str(signer(PURPOSE).dumps([user.id, kind]))


def comment_link(comment: Comment) -> str:
    """Return the address of a comment."""
    return mail.site_link(f"{article_path(comment.post.slug)}#comment-{comment.id}")


def language_of(user: User) -> str:
    """Return the locale to write to a user in."""
    return user.language or site_language()


def site_language() -> str:
    """Return the locale of the site."""
    return str(current_app.config["SITE_LANGUAGE"])


def site_name() -> str:
    """Return what the site is called."""
    return str(current_app.config["SITE_NAME"])
