"""A tag knows when its posts were published, whoever writes."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select, text, update

from app.extensions import db
from app.models import Post, Role, Tag, User, post_tags
from app.services import reading
from app.services.topics import merge_topic

EARLY, LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)


def times() -> list[datetime | None]:
    """Return what is kept with the tags."""
    return list(db.session.scalars(select(post_tags.c.published_at)))


def test_the_time_follows_the_post(make_post: Callable[..., Post]) -> None:
    post = make_post(tags=[Tag(name="flask")], published_at=EARLY, is_published=False)
    assert times() == [None]
    post.is_published = True
    db.session.commit()
    assert times() == [EARLY]
    post.published_at = LATE
    db.session.commit()
    assert times() == [LATE]
    post.tags.append(Tag(name="docker"))
    db.session.commit()
    assert times() == [LATE, LATE]
    post.is_published = False
    db.session.commit()
    assert times() == [None, None]


def test_it_follows_what_no_session_has_written(make_post: Callable[..., Post]) -> None:
    post, tag = make_post(published_at=EARLY), Tag(name="flask")
    db.session.add(tag)
    db.session.flush()
    # As an earlier release writes, which knows nothing of the time.
    db.session.execute(
        text("INSERT INTO post_tags (post_id, tag_id) VALUES (:post, :tag)"),
        {"post": post.id, "tag": tag.id},
    )
    assert times() == [EARLY]
    db.session.execute(update(Post).values(published_at=LATE))
    assert times() == [LATE]


def test_a_merged_tag_brings_the_time_along(
    make_post: Callable[..., Post], make_user: Callable[..., User]
) -> None:
    one, other = Tag(name="flask"), Tag(name="Flask framework")
    make_post(tags=[one], published_at=EARLY)
    post = make_post(tags=[other], published_at=LATE)
    merge_topic(Tag, editor=make_user(role=Role.ADMIN), topic_id=other.id, into_id=one.id)
    assert times() == [EARLY, LATE]
    page = reading.list_articles(page=1, per_page=10, tags=[db.session.get_one(Tag, one.id)])
    assert page.items[0].id == post.id
