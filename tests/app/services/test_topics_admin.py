"""Categories and tags are renamed and merged without a dead address."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, Category, Post, Role, Tag, User
from app.services import topics
from app.services.errors import Forbidden, Invalid

MakeUser = Callable[..., User]
MakePost = Callable[..., Post]


@pytest.fixture
def editor(make_user: MakeUser) -> User:
    return make_user(Role.EDITOR, username="ed")


def acts() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_merged_tag_leaves_its_articles_and_its_address_to_the_other(
    client: FlaskClient, editor: User, make_post: MakePost
) -> None:
    old, new = Tag(name="colour"), Tag(name="color")
    only, both = make_post(tags=[old], title="Only"), make_post(tags=[old, new], title="Both")
    topics.merge_topic(Tag, editor=editor, topic_id=old.id, into_id=new.id)
    db.session.expire_all()
    assert [tag.name for tag in only.tags] == [tag.name for tag in both.tags] == ["color"]
    answer = client.get("/tags/colour")
    assert (answer.status_code, answer.location) == (301, "/tags/color")
    assert topics.count_posts(Tag) == [(new, 2)]
    assert acts() == ["tag.merge"]


def test_a_merged_category_moves_its_articles(
    client: FlaskClient, editor: User, make_post: MakePost
) -> None:
    old, new = Category(name="Old"), Category(name="New")
    post = make_post(category=old)
    db.session.add(new)
    db.session.commit()
    version, changed = post.version, post.updated_at
    topics.merge_topic(Category, editor=editor, topic_id=old.id, into_id=new.id)
    db.session.expire_all()
    assert post.category is new
    assert (post.version, post.updated_at) == (version, changed)
    assert client.get("/categories/old").location == "/categories/new"


def test_former_addresses_lead_straight_to_the_last_one(client: FlaskClient, editor: User) -> None:
    tag = topics.create_topic(Tag, editor=editor, name="One")
    for slug in ("two", "three"):
        topics.update_topic(Tag, editor=editor, topic_id=tag.id, slug=slug)
    assert client.get("/tags/one").location == "/tags/three"
    assert client.get("/tags/two").location == "/tags/three"
    topics.update_topic(Tag, editor=editor, topic_id=tag.id, slug="one")
    assert client.get("/tags/one").status_code == 200
    assert client.get("/tags/two").location == "/tags/one"
    assert acts() == ["tag.create", "tag.change", "tag.change", "tag.change"]


def test_nothing_is_merged_with_itself_or_by_authors(editor: User, make_user: MakeUser) -> None:
    tag = topics.create_topic(Tag, editor=editor, name="One")
    with pytest.raises(Invalid):
        topics.merge_topic(Tag, editor=editor, topic_id=tag.id, into_id=tag.id)
    with pytest.raises(Forbidden):
        topics.merge_topic(Tag, editor=make_user(), topic_id=tag.id, into_id=tag.id)


def test_a_deleted_topic_is_logged(app: Flask, editor: User) -> None:
    tag = topics.create_topic(Tag, editor=editor, name="One")
    topics.delete_topic(Tag, editor=editor, topic_id=tag.id)
    assert acts() == ["tag.create", "tag.delete"]
