"""Fills what follows from what was written: slugs, rendered HTML, plain text, publication time.

Runs before every flush, so that a row is complete whoever writes it: a service, an importer,
a test, a shell.
"""

from dataclasses import asdict, replace

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.unitofwork import UOWTransaction

from app import metrics
from app.models.base import utc_now
from app.models.comment import Comment
from app.models.post import Post, Redirect, article_path
from app.models.taxonomy import Category, Tag
from app.models.upload import Upload
from app.text.markdown import Rendered, render_comment, render_html, render_markdown, summarize
from app.text.pictures import stored_paths, with_sizes
from app.text.slugs import slugify, unique_slug

Sluggable = Post | Category | Tag
SLUG_LENGTHS: dict[type[Sluggable], int] = {Post: 200, Category: 50, Tag: 50}
SUMMARY_CHARS = 200


@event.listens_for(Session, "before_flush")
def fill_derived(session: Session, _: UOWTransaction, __: object) -> None:
    """Complete every new or changed post, comment, category and tag of the session."""
    new, dirty = list(session.new), [row for row in session.dirty if session.is_modified(row)]
    given: set[tuple[type, str]] = set()
    with session.no_autoflush:
        for row in new:
            if isinstance(row, Post | Category | Tag):
                fill_slug(session, row, given)
        for row in dirty:
            if isinstance(row, Post):
                keep_old_address(session, row)
        for row in new + dirty:
            if isinstance(row, Post):
                fill_post(session, row)
            elif isinstance(row, Comment) and changed(row, "content"):
                with metrics.markdown_render_seconds.time():
                    row.content_html = render_comment(row.content)


def changed(row: object, *attributes: str) -> bool:
    """Say whether any of the attributes was set since the row was loaded."""
    state = inspect(row, raiseerr=True)
    return any(state.attrs[name].history.has_changes() for name in attributes)


def fill_slug(session: Session, row: Sluggable, given: set[tuple[type, str]]) -> None:
    """Make the slug from the title or name when there is none; never one that is taken.

    `given` collects the slugs handed out in this flush, which the database does not know yet.
    """
    kind = type(row)
    if not row.slug:
        base = slugify(row.title if isinstance(row, Post) else row.name)
        base = base[: SLUG_LENGTHS[kind]].strip("-") or kind.__name__.lower()
        row.slug = unique_slug(
            base,
            lambda slug: (kind, slug) in given or slug_exists(session, kind, slug),
            max_length=SLUG_LENGTHS[kind],
        )
    given.add((kind, row.slug))


def slug_exists(session: Session, kind: type[Sluggable], slug: str) -> bool:
    """Say whether a slug is taken, an article's former one included."""
    if session.scalar(select(kind.id).where(kind.slug == slug)) is not None:
        return True
    return kind is Post and session.get(Redirect, article_path(slug)) is not None


def keep_old_address(session: Session, post: Post) -> None:
    """Let the former address of an article lead to the new one."""
    history = inspect(post).attrs.slug.history
    if not history.deleted or not post.slug:
        return
    old, new = article_path(history.deleted[0]), article_path(post.slug)
    if obsolete := session.get(Redirect, new):
        session.delete(obsolete)
    if redirect := session.get(Redirect, old):
        redirect.post_id = post.id
    else:
        session.add(Redirect(path=old, post_id=post.id))


def fill_post(session: Session, post: Post) -> None:
    """Render the content where it changed, and set the publication time when there is none."""
    if post.is_published and post.published_at is None:
        post.published_at = utc_now()
    if not changed(post, "content", "content_format"):
        return
    rendered = render(post)
    shown = shown_uploads(session, rendered.html)
    if shown or post.id is not None:
        post.uploads = shown
    if not post.summary or post.summary == summarize(post.content_text or "", SUMMARY_CHARS):
        post.summary = summarize(rendered.text, SUMMARY_CHARS)
    post.content_html = with_pictures(rendered, shown).html
    post.content_text = rendered.text
    post.toc = [asdict(entry) for entry in rendered.toc]
    post.word_count = rendered.word_count
    post.reading_minutes = rendered.reading_minutes


def render(post: Post) -> Rendered:
    """Render a post's content by its format."""
    if post.content_format == "html":
        return render_html(post.content)
    with metrics.markdown_render_seconds.time():
        return render_markdown(post.content)


def shown_uploads(session: Session, html: str) -> list[Upload]:
    """Return the stored files that HTML shows or links to."""
    paths = stored_paths(html)
    if not paths:
        return []
    return list(session.scalars(select(Upload).where(Upload.path.in_(paths))))


def with_pictures(rendered: Rendered, shown: list[Upload]) -> Rendered:
    """Return what was rendered, with what is known about our own pictures in it."""
    html = with_sizes(rendered.html, {upload.path: upload for upload in shown})
    return replace(rendered, html=html)
