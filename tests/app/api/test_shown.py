"""Articles are shown as the schema, from which the documentation is made, says."""

from collections.abc import Callable

import pytest

from app.api.schemas.posts import POST_FIELDS, PostSchema
from app.api.shown import shown_posts
from app.models import Post, db
from app.services.taxonomy import find_or_add_category, find_or_add_tags


@pytest.mark.parametrize("values", [{}, {"is_published": False, "language": "en"}])
def test_every_field_is_shown_as_the_schema_says(
    make_post: Callable[..., Post], values: dict[str, object]
) -> None:
    bare = make_post(**values)
    filed = make_post(summary="In short", **values)
    filed.tags, filed.category = find_or_add_tags(["b", "a"]), find_or_add_category("News")
    filed.author.nickname = "Ann"
    db.session.commit()
    assert shown_posts([bare, filed], POST_FIELDS) == PostSchema(many=True).dump([bare, filed])


def test_only_what_was_asked_for_is_shown(make_post: Callable[..., Post]) -> None:
    post = make_post()
    assert shown_posts([post], ["title", "id"]) == [{"title": post.title, "id": post.id}]
