"""Addresses that show an article before it is published, to whoever was given one."""

import secrets
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload, undefer

from app.extensions import db
from app.models import Post, PreviewLink, User
from app.models.base import utc_now
from app.services import publishing
from app.services.errors import Invalid, NotFound

DAYS = (1, 7, 30)
TOKEN_BYTES = 24
KEPT = 10


def make_link(*, post_id: int, user: User, days: int) -> PreviewLink:
    """Make an address that shows an article for some days. Raises `Invalid` for too many."""
    post = publishing.editable_post(post_id=post_id, user=user)
    if days not in DAYS:
        raise Invalid({"days": [_("Choose one of the given times.")]})
    now = utc_now()
    db.session.execute(
        delete(PreviewLink).where(PreviewLink.post_id == post.id, PreviewLink.expires_at <= now)
    )
    made = select(func.count(PreviewLink.id)).where(PreviewLink.post_id == post.id)
    if (db.session.scalar(made) or 0) >= KEPT:
        raise Invalid({"days": [_("Revoke a link first: an article has %(most)d.", most=KEPT)]})
    link = PreviewLink(
        post_id=post.id,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        expires_at=now + timedelta(days=days),
    )
    db.session.add(link)
    db.session.commit()
    return link


def list_links(*, post: Post) -> list[PreviewLink]:
    """Return the addresses that show an article now, the newest first."""
    return list(
        db.session.scalars(
            select(PreviewLink)
            .where(PreviewLink.post_id == post.id, PreviewLink.expires_at > utc_now())
            .order_by(PreviewLink.id.desc())
        )
    )


def revoke_link(*, post_id: int, link_id: int, user: User) -> None:
    """Make an address show nothing any more; one that is gone already is no fault."""
    post = publishing.editable_post(post_id=post_id, user=user)
    db.session.execute(
        delete(PreviewLink).where(PreviewLink.post_id == post.id, PreviewLink.id == link_id)
    )
    db.session.commit()


def previewed_post(*, token: str) -> Post:
    """Return the article that an address shows. Raises `NotFound` for an unknown or expired one."""
    link = db.session.scalar(
        select(PreviewLink)
        .where(PreviewLink.token == token, PreviewLink.expires_at > utc_now())
        .options(
            joinedload(PreviewLink.post).options(
                undefer(Post.content_html), undefer(Post.toc), joinedload(Post.author)
            )
        )
    )
    if link is None:
        raise NotFound(_("This preview has expired or was revoked."))
    return link.post
