"""Tests of the comments of an article."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.models import Comment, Post, User, db
from app.models.base import utc_now
from app.services import reading
from app.services.reading import ThreadNode, threads


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post()


@pytest.fixture
def say(post: Post, make_user: Callable[..., User]) -> Callable[..., Comment]:
    """Give a function that stores an approved comment, each a second after the one before."""
    author, clock = make_user(), [utc_now() - timedelta(hours=1)]

    def make(content: str, parent: Comment | None = None, **values: Any) -> Comment:
        clock[0] += timedelta(seconds=1)
        comment = Comment(
            **{
                "content": content,
                "post_id": post.id,
                "author_id": author.id,
                "parent_id": parent.id if parent else None,
                "depth": parent.depth + 1 if parent else 0,
                "is_approved": True,
                "created_at": clock[0],
            }
            | values
        )
        db.session.add(comment)
        db.session.commit()
        return comment

    return make


def text_of(node: ThreadNode) -> str:
    """Return what a comment says, without its paragraph."""
    return re.sub(r"</?p>|\n", "", node.comment.content_html)


def outline(nodes: list[ThreadNode]) -> list[Any]:
    """Return the texts of a tree, replies in lists after what they reply to; (text) is gone."""
    lines: list[Any] = []
    for node in nodes:
        text = text_of(node)
        lines.append(f"({text})" if node.state == "gone" else text)
        if node.replies:
            lines.append(outline(node.replies))
    return lines


def test_replies_stand_below_what_they_reply_to_oldest_first(
    post: Post, say: Callable[..., Comment]
) -> None:
    one, two = say("one"), say("two")
    reply = say("1.1", one)
    say("2.1", two)
    say("1.2", one)
    say("1.1.1", reply)
    thread = reading.read_thread(post_id=post.id)
    assert outline(thread.nodes) == ["one", ["1.1", ["1.1.1"], "1.2"], "two", ["2.1"]]
    assert thread.total == 6


def test_comments_of_other_articles_are_not_shown(
    post: Post, say: Callable[..., Comment], make_post: Callable[..., Post]
) -> None:
    say("elsewhere", post_id=make_post().id)
    thread = reading.read_thread(post_id=post.id)
    assert (thread.nodes, thread.total, thread.has_next) == ([], 0, False)


def test_a_waiting_comment_is_seen_by_its_author_only(
    post: Post, say: Callable[..., Comment], make_user: Callable[..., User]
) -> None:
    waiting = say("waiting", is_approved=False)
    assert reading.read_thread(post_id=post.id).nodes == []
    assert reading.read_thread(post_id=post.id, viewer_id=make_user().id).nodes == []
    own = reading.read_thread(post_id=post.id, viewer_id=waiting.author_id)
    assert [(text_of(node), node.state) for node in own.nodes] == [("waiting", "waiting")]
    assert own.total == 0


def test_a_deleted_comment_keeps_its_place_where_someone_replied(
    post: Post, say: Callable[..., Comment]
) -> None:
    removed = say("removed", deleted_at=utc_now())
    say("reply", removed)
    say("removed without reply", deleted_at=utc_now())
    deep = say("both removed", deleted_at=utc_now())
    say("reply removed too", deep, deleted_at=utc_now())
    thread = reading.read_thread(post_id=post.id)
    assert outline(thread.nodes) == ["(removed)", ["reply"]]
    assert thread.total == 1


def test_a_reply_below_a_waiting_comment_hides_what_it_replies_to(
    post: Post, say: Callable[..., Comment]
) -> None:
    say("approved reply", say("unapproved", is_approved=False))
    assert outline(reading.read_thread(post_id=post.id).nodes) == [
        "(unapproved)",
        ["approved reply"],
    ]


def test_threads_are_shown_in_pages(
    post: Post, say: Callable[..., Comment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "THREADS_PER_PAGE", 2)
    roots = [say(name) for name in "abcde"]
    for root in roots:
        say(f"{root.content}1", root)
    pages = [reading.read_thread(post_id=post.id, page=page) for page in (1, 2, 3, 4)]
    assert [outline(page.nodes) for page in pages] == [
        ["a", ["a1"], "b", ["b1"]],
        ["c", ["c1"], "d", ["d1"]],
        ["e", ["e1"]],
        [],
    ]
    assert [page.has_next for page in pages] == [True, True, False, False]
    assert [page.total for page in pages[:3]] == [10, 10, 10]


def test_replies_deeper_than_the_deepest_level_stand_side_by_side(
    post: Post, say: Callable[..., Comment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MAX_DEPTH", 1)
    say("3", say("2", say("1", say("0"))))
    assert outline(reading.read_thread(post_id=post.id).nodes) == ["0", ["1", "2", "3"]]


def test_no_more_comments_are_loaded_than_a_page_can_bear(
    post: Post, say: Callable[..., Comment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MAX_COMMENTS", 3)
    root = say("root")
    for number in range(5):
        say(str(number), root)
    assert outline(reading.read_thread(post_id=post.id).nodes) == ["root", ["0", "1"]]


def test_a_thread_takes_one_statement_with_its_authors(
    app: Flask, post: Post, say: Callable[..., Comment], count_statements: Callable[..., Any]
) -> None:
    say("reply", say("comment"))
    say("imported", author_id=None, author_name="Old Reader")
    post_id = post.id
    db.session.expunge_all()
    with count_statements() as statements:
        nodes = reading.read_thread(post_id=post_id).nodes
        names = [node.comment.display_name for node in nodes]
    assert names[1] == "Old Reader"
    assert len(statements) == 1


def test_a_comment_to_reply_to_is_found_where_readers_see_it(
    post: Post, say: Callable[..., Comment]
) -> None:
    reply = say("reply", say("comment"))
    removed = say("removed", deleted_at=utc_now())
    say("below", removed)
    thread = reading.read_thread(post_id=post.id)
    found = thread.find(reply.id)
    assert found
    assert found.id == reply.id
    assert thread.find(removed.id) is None
    assert thread.find(None) is None
