from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from app import db
from app.models import Post
from app.services.search import search_posts


def test_reindex_fills_an_empty_index(app: Flask, make_post: Callable[..., Post]) -> None:
    post = make_post(title="needle")
    db.session.execute(text("DELETE FROM post_search"))
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["reindex"])
    assert result.exit_code == 0, result.output
    assert "1 articles indexed." in result.output
    hits = search_posts(query="needle", page=1, per_page=10).items
    assert [hit.post.id for hit in hits] == [post.id]


def test_reindex_of_an_empty_blog_does_nothing(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["reindex"])
    assert result.exit_code == 0, result.output
    assert "0 articles indexed." in result.output
