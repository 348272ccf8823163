"""The library of stored files: found, described, told where they are shown, cleaned of orphans."""

import re
from collections.abc import Iterator
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import Exists, Select, Text, cast, exists, select, update
from sqlalchemy.orm import undefer

from app.extensions import db
from app.models import Autosave, Comment, Permission, Post, Revision, Upload, User, post_uploads
from app.models.base import utc_now
from app.models.derived import render, shown_uploads, with_pictures
from app.services import images, site
from app.services.clean import clean_line
from app.services.errors import Conflict, Forbidden, Invalid, NotFound
from app.services.paging import list_page
from app.services.reading import Page
from app.services.storage import store
from app.text.pictures import copy_path

ALT_CHARS = 300
MAX_WORDS = 8
ORPHAN_DAYS = 30
MENTION = re.compile(r"/uploads/([0-9a-f]{2}/[0-9a-f]{62}\.[a-z]{3,4})")


def list_files(
    *, user: User, everyone: bool, words: str, unused: bool, page: int, per_page: int
) -> Page:
    """Return a page of stored files, the newest first; an editor may see everyone's.

    `words` must all be in the name or the description; `unused` leaves out what articles show.
    """
    statement = select(Upload).order_by(Upload.created_at.desc(), Upload.id.desc())
    if not (everyone and user.can(Permission.DELETE)):
        statement = statement.where(Upload.owner_id == user.id)
    for word in clean_line(words).split()[:MAX_WORDS]:
        statement = statement.where(
            Upload.filename.icontains(word, autoescape=True)
            | Upload.alt.icontains(word, autoescape=True)
        )
    if unused:
        statement = statement.where(~is_shown())
    return list_page(statement, page=page, per_page=per_page)


def is_shown() -> Exists:
    """Return the condition that an article shows a file or links to it."""
    return exists().where(post_uploads.c.upload_id == Upload.id)


def where_used(uploads: list[Upload]) -> dict[int, list[Post]]:
    """Return the articles that show each of some files, in one statement."""
    rows = db.session.execute(
        select(post_uploads.c.upload_id, Post)
        .join(Post, Post.id == post_uploads.c.post_id)
        .where(post_uploads.c.upload_id.in_([upload.id for upload in uploads]))
        .order_by(Post.id.desc())
    )
    used: dict[int, list[Post]] = {upload.id: [] for upload in uploads}
    for upload_id, post in rows:
        used[upload_id].append(post)
    return used


def own_file(*, upload_id: int, user: User) -> Upload:
    """Return a file if the user may change it: its owner, and every editor."""
    upload = db.session.get(Upload, upload_id)
    if upload is None:
        raise NotFound(_("There is no such file."))
    if upload.owner_id != user.id and not user.can(Permission.DELETE):
        raise Forbidden(_("This file belongs to someone else."))
    return upload


def describe(*, upload_id: int, user: User, alt: str) -> Upload:
    """Say what a picture shows; articles that show it without a description get this one."""
    upload = own_file(upload_id=upload_id, user=user)
    alt = clean_line(alt)
    if len(alt) > ALT_CHARS:
        raise Invalid({"alt": [_("Use at most %(most)d characters.", most=ALT_CHARS)]})
    upload.alt = alt
    db.session.flush()
    render_again(select(Post).join(post_uploads).where(post_uploads.c.upload_id == upload.id))
    db.session.commit()
    site.touch()
    return upload


def render_again(posts: Select[tuple[Post]]) -> None:
    """Make the HTML of articles anew, whose text has not changed: neither does their date."""
    for post in db.session.scalars(posts.options(undefer(Post.content))):
        rendered = render(post)
        html = with_pictures(rendered, shown_uploads(db.session(), rendered.html)).html
        db.session.execute(
            update(Post)
            .where(Post.id == post.id)
            .values(content_html=html, updated_at=Post.updated_at)
            .execution_options(synchronize_session=False)
        )


def delete_file(*, upload_id: int, user: User) -> None:
    """Delete a file that nothing shows. Raises `Conflict` for one in use."""
    upload = own_file(upload_id=upload_id, user=user)
    shown = select(post_uploads.c.post_id).where(post_uploads.c.upload_id == upload.id).limit(1)
    if db.session.scalar(shown) is not None or upload.path in mentioned():
        raise Conflict(_("An article, a draft or a profile uses this file."))
    remove(upload)


def remove(upload: Upload) -> None:
    """Delete the row first: a file without a row does no harm, a row without its file does."""
    paths = [upload.path, *(copy_path(upload.path, width) for width in upload.widths)]
    db.session.delete(upload)
    db.session.commit()
    for path in paths:
        store().delete(path)


def orphans(*, days: int = ORPHAN_DAYS) -> list[Upload]:
    """Return the files older than some days that no article, draft, former text or person uses."""
    old = select(Upload).where(Upload.created_at < utc_now() - timedelta(days=days), ~is_shown())
    found = list(db.session.scalars(old.order_by(Upload.id)))
    kept = mentioned() if found else set()
    return [upload for upload in found if upload.path not in kept]


def remove_orphans(*, days: int = ORPHAN_DAYS) -> int:
    """Delete the files that nothing uses; return how many."""
    found = orphans(days=days)
    for upload in found:
        remove(upload)
    return len(found)


def mentioned() -> set[str]:
    """Return the paths that stand in unsaved and former texts, comments and profiles."""
    columns = (Revision.content, cast(Autosave.fields, Text), Comment.content, User.avatar_url)
    return {
        path
        for column in columns
        for text in db.session.scalars(select(column).where(column.contains("/uploads/")))
        for path in MENTION.findall(text or "")
    }


def add_copies() -> Iterator[Upload]:
    """Make the smaller copies of pictures that came before there were any; yield each picture."""
    without = select(Upload).where(
        Upload.media_type.startswith("image/"), Upload.width > images.COPY_WIDTHS[0]
    )
    for upload in list(db.session.scalars(without.order_by(Upload.id))):
        data = store().read(upload.path) if not upload.widths else None
        if data is None:
            continue
        copies = images.redraw(data).copies
        for width, copy in copies.items():
            store().write(copy_path(upload.path, width), copy, "image/webp")
        upload.widths = list(copies)
        db.session.flush()
        render_again(select(Post).join(post_uploads).where(post_uploads.c.upload_id == upload.id))
        db.session.commit()
        yield upload
    site.touch()
