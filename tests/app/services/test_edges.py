"""Every edge is asked for what has changed; what one of them does never harms a write."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage, Post, Role, User
from app.models.base import utc_now
from app.services import comments, edges, outbox, publishing, site

Asked = list[tuple[str, str, str]]
KEY = "the-key-of-the-edges"


class Edge(ThreadingHTTPServer):
    """Notes what it is asked for; answers 403 to whoever has not the key."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: Asked = []
        self.answers_with = 200

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler) -> None:
                sent = handler.headers
                self.asked.append((handler.path, sent["Accept-Language"], sent["Host"]))
                status = self.answers_with if sent["X-Refresh-Key"] == KEY else 403
                handler.send_response(status)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(handler, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def pages(self) -> list[str]:
        """Return the pages asked for in Chinese, in the order of asking."""
        return [path for path, language, _ in self.asked if language == "zh"]


@pytest.fixture
def edge(app: Flask) -> Iterator[Edge]:
    """Start an edge that the application refreshes."""
    server = Edge()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    app.config["EDGE_REFRESH_URL"] = f"http://localhost:{server.server_port}"
    app.config["EDGE_REFRESH_KEY"] = KEY
    edges._paused.clear()
    yield server
    server.shutdown()
    server.server_close()


def carry_out() -> None:
    """Carry out what is queued as if the seconds had passed."""
    db.session.execute(db.update(OutboxMessage).values(available_at=utc_now()))
    db.session.commit()
    outbox.deliver_due()


def waiting() -> list[OutboxMessage]:
    open_ones = select(OutboxMessage).where(OutboxMessage.done_at.is_(None))
    kinds = (site.REFRESH_KIND, publishing.GOES_LIVE_KIND)
    return list(db.session.scalars(open_ones.where(OutboxMessage.kind.in_(kinds))))


def test_a_new_article_is_asked_for_with_every_list_that_shows_it(
    app: Flask, edge: Edge, make_user: Callable[..., User]
) -> None:
    publishing.create_post(
        author=make_user(Role.EDITOR), title="News", content="x", is_published=True,
        tags="flask,数据", new_category="Tech",
    )  # fmt: skip
    carry_out()
    month = f"/archive/{utc_now():%Y-%m}"
    lists = {"/", "/articles", "/feed.atom", "/feed.json", "/archive", "/sitemap.xml", month}
    assert {"/articles/news", "/tags/flask", "/categories/tech", *lists} <= set(edge.pages)
    assert all(path.isascii() for path in edge.pages)
    assert {language for _, language, _ in edge.asked} == {"zh", "en"}
    assert {host for _, _, host in edge.asked} == {"localhost"}
    assert waiting() == []


def test_a_moved_article_is_asked_for_at_both_addresses_and_a_deleted_one_too(
    app: Flask, edge: Edge, make_user: Callable[..., User]
) -> None:
    author = make_user(Role.EDITOR)
    post = publishing.create_post(author=author, title="Old", content="x", is_published=True)
    publishing.update_post(post_id=post.id, editor=author, slug="new", tags="a")
    carry_out()
    assert {"/articles/old", "/articles/new", "/tags/a"} <= set(edge.pages)
    edge.asked.clear()
    publishing.delete_post(post_id=post.id, editor=author)
    carry_out()
    assert {"/articles/new", "/tags/a", "/"} <= set(edge.pages)


def test_a_draft_and_a_waiting_comment_concern_no_reader(
    app: Flask, edge: Edge, make_user: Callable[..., User], make_post: Callable[..., Post]
) -> None:
    publishing.create_post(author=make_user(Role.EDITOR), title="Draft", content="x")
    post = make_post()
    reader = make_user()
    waits = comments.add_comment(slug=post.slug, author=reader, content="First")
    assert not waits.is_approved
    assert waiting() == []
    comments.approve_comment(comment_id=waits.id, moderator=make_user(Role.EDITOR))
    carry_out()
    assert edge.pages == [post.path]


def test_an_article_whose_time_has_come_is_asked_for(
    app: Flask, edge: Edge, make_user: Callable[..., User]
) -> None:
    soon = utc_now() + timedelta(hours=1)
    post = publishing.create_post(
        author=make_user(Role.EDITOR), title="Later", content="x", is_published=True,
        published_at=soon,
    )  # fmt: skip
    assert post.path not in json.dumps([message.payload for message in waiting()])
    post.published_at = utc_now()
    db.session.commit()
    carry_out()
    assert post.path in edge.pages


@pytest.mark.parametrize("status", [403, 503])
def test_an_edge_that_refuses_is_asked_again_later(
    app: Flask, edge: Edge, make_user: Callable[..., User], status: int
) -> None:
    edge.answers_with = status
    publishing.create_post(
        author=make_user(Role.EDITOR), title="News", content="x", is_published=True
    )
    carry_out()
    (message,) = waiting()
    assert f"answered {status}" in (message.last_error or "")
    edge.answers_with = 200
    carry_out()
    assert waiting() == []


def test_a_hung_edge_is_given_up_and_then_left_alone(
    app: Flask, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as hung:
        addresses = [("127.0.0.1", edge.server_port), hung.getsockname()[:2]]
        monkeypatch.setattr(edges, "addresses", lambda: addresses)
        for _ in range(2):
            edge.asked.clear()
            started = time.monotonic()
            with pytest.raises(edges.RefreshFailed, match=r"127\.0\.0\.1"):
                edges.refresh(["/"])
            assert edge.pages == ["/"]
        assert time.monotonic() - started < 0.15


def test_a_write_neither_waits_for_an_edge_nor_fails_with_it(
    app: Flask, make_user: Callable[..., User]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        app.config["EDGE_REFRESH_URL"] = f"http://127.0.0.1:{hung.getsockname()[1]}"
        started = time.monotonic()
        publishing.create_post(
            author=make_user(Role.EDITOR), title="News", content="x", is_published=True
        )
        assert time.monotonic() - started < 1
        hung.setblocking(False)
        with pytest.raises(BlockingIOError):
            hung.accept()


def test_an_edge_that_no_name_leads_to_is_a_failure_too(app: Flask) -> None:
    app.config["EDGE_REFRESH_URL"] = "http://nowhere.invalid:8081"
    with pytest.raises(edges.RefreshFailed, match=r"nowhere\.invalid"):
        edges.refresh(["/"])


def test_without_edges_nothing_is_queued_and_nothing_asked(
    app: Flask, make_user: Callable[..., User]
) -> None:
    publishing.create_post(
        author=make_user(Role.EDITOR), title="News", content="x", is_published=True
    )
    assert waiting() == []
    edges.refresh(["/"])


def test_the_applications_own_copies_are_outdated_even_after_a_crash(
    app: Flask, edge: Edge
) -> None:
    site.queue_refresh(["/"])
    db.session.commit()
    before = site.version()  # The process died before it could touch the site.
    carry_out()
    assert site.version() != before


def test_many_pages_leave_room_for_what_has_just_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[list[str]] = []
    monkeypatch.setattr(edges, "refresh", parts.append)
    edges.refresh_in_parts(["/a", "/b", "/a", "/c", "/d", "/e"])
    assert parts == [["/a", "/b"], ["/c", "/d"], ["/e"]]


def test_a_page_is_asked_for_by_one_at_a_time_and_nobody_else_waits() -> None:
    came: list[str] = []

    def ask(page: str) -> None:
        with edges.turn([page]):
            came.append(page)

    with edges.turn(["/a", "/b"]):
        threads = [threading.Thread(target=ask, args=(page,)) for page in ("/b", "/c")]
        for thread in threads:
            thread.start()
        threads[1].join(5)
        assert came == ["/c"]
    threads[0].join(5)
    assert came == ["/c", "/b"]


def due(*changes: list[str]) -> None:
    """Queue the refreshes of some changes as if the seconds had passed."""
    for pages in changes:
        site.queue_refresh(pages)
    db.session.execute(db.update(OutboxMessage).values(available_at=utc_now()))
    db.session.commit()


def test_what_is_due_together_is_asked_for_once(app: Flask, edge: Edge) -> None:
    due(["/a", "/list"], ["/b", "/list"], ["/a", "/list"])
    site.change_version()
    assert outbox.deliver_due(edges=True) == 3
    assert sorted(edge.pages) == ["/a", "/b", "/list"]
    due(["/a", "/list"])
    assert outbox.deliver_due(edges=True) == 1
    assert sorted(edge.pages) == ["/a", "/a", "/b", "/list", "/list"], "a later change, once more"


def test_what_was_asked_for_with_an_outdated_copy_is_asked_for_again(
    app: Flask, edge: Edge
) -> None:
    due(["/list"])
    site.change_version()
    due(["/list"])  # The process died before it could touch the site.
    assert outbox.deliver_due(edges=True) == 2
    assert edge.pages == ["/list", "/list"]


def test_a_page_that_was_not_taken_is_asked_for_by_the_next_that_names_it(
    app: Flask, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(["/a", "/list"], ["/b", "/list"])
    site.change_version()
    real, faults = edges.refresh, [edges.RefreshFailed("hung")]

    def refresh(pages: list[str]) -> None:
        if faults:
            raise faults.pop()
        real(pages)

    monkeypatch.setattr(edges, "refresh", refresh)
    assert outbox.deliver_due(edges=True) == 1
    assert sorted(edge.pages) == ["/b", "/list"]
    assert len(waiting()) == 1
