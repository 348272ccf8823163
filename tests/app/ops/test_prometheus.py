"""What Prometheus reads: bounded, right, and on a port of its own."""

import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY, CollectorRegistry
from sqlalchemy import insert

from app import metrics
from app.extensions import cache, db
from app.models import Comment, Post, Role, User
from app.models.base import utc_now
from app.ops import measuring, prometheus, schema
from app.ops.arbiter import ArbiterCollector
from app.services import mail
from app.services.outbox_handlers import HANDLERS
from app.settings import ROOT
from tests.conftest import PASSWORD

# `SLUGS=10000 pytest tests/app/ops/test_prometheus.py` asks for every one of them.
SLUGS = int(os.environ.get("SLUGS", "100"))


def value(name: str, **labels: str) -> float:
    """Return a metric's value; 0 where it was never touched."""
    return REGISTRY.get_sample_value(f"ironpress_{name}", labels) or 0.0


def series() -> int:
    """Return how many series of ours there are."""
    return sum(
        len(family.samples) for family in REGISTRY.collect() if family.name.startswith("ironpress_")
    )


def add_slugs_and_users(count: int, author: User) -> None:
    """Store them as they are once written, without rendering each."""
    now = utc_now()
    shared: dict[str, Any] = {"title": "T", "content": "c", "content_html": "<p>c</p>"}
    posts = [
        shared
        | {"slug": f"s{n}", "author_id": author.id, "is_published": True, "published_at": now}
        for n in range(count)
    ]
    users = [
        {"username": f"many{n}", "email": f"m{n}@example.org", "password_hash": "x", "role": 1}
        for n in range(count)
    ]
    db.session.execute(insert(Post.__table__), posts)  # type: ignore[arg-type]
    db.session.execute(insert(User.__table__), users)  # type: ignore[arg-type]
    db.session.commit()


def visit(client: FlaskClient, numbers: range) -> None:
    """Do with each number what could make a series of it."""
    for n in numbers:
        assert client.get(f"/articles/s{n}").status_code == 200
        client.get(f"/nowhere/{n}", headers={"User-Agent": f"agent{n}"})
        client.get(f"/search?q=word{n}")
        client.post("/auth/login", data={"username": f"many{n}", "password": f"wrong{n}"})
        client.open("/about", method=f"METHOD{n}", headers={"Host": f"host{n}.example.org"})


def test_ten_thousand_slugs_and_users_make_no_series(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    with app.app_context():
        author = User(username="author", email="a@example.org", password_hash="x", role=7)
        db.session.add(author)
        db.session.commit()
        add_slugs_and_users(10_000, author)
    client = app.test_client()
    visit(client, range(3))
    before = series()
    visit(client, range(3, SLUGS))
    print(f"{before} series before, {series()} after {SLUGS} slugs")
    assert series() == before
    assert value("http_request_duration_seconds_count", endpoint="main.article", method="GET",
                 status_class="2xx") >= SLUGS  # fmt: skip


def test_requests_are_counted_by_route_method_and_class(client: FlaskClient) -> None:
    labels = {"endpoint": "none", "method": "GET", "status_class": "4xx"}
    before = value("http_request_duration_seconds_count", **labels)
    missing = value("http_responses_total", code="404")
    client.get("/not-here")
    client.get("/healthz/live")
    assert value("http_request_duration_seconds_count", **labels) == before + 1
    assert value("http_responses_total", code="404") == missing + 1


def test_unexpected_errors_are_counted(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["main.about"] = lambda: 1 / 0
    before = value("unhandled_exceptions_total", endpoint="main.about")
    assert app.test_client().get("/about").status_code == 500
    assert value("unhandled_exceptions_total", endpoint="main.about") == before + 1


def test_logins_registrations_and_comments_are_counted(
    app: Flask,
    client: FlaskClient,
    log_in: Callable[..., FlaskClient],
    make_user: Callable[..., User],
    make_post: Callable[..., Post],
) -> None:
    names = [
        ("logins_total", {"result": "ok"}),
        ("logins_total", {"result": "refused"}),
        ("registrations_total", {"result": "ok"}),
        ("registrations_total", {"result": "refused"}),
        ("comments_total", {"state": "waiting"}),
        ("comments_total", {"state": "approved"}),
    ]
    before = [value(name, **labels) for name, labels in names]
    user, post = make_user(Role.GUEST), make_post()
    client.post("/auth/login", data={"username": user.username, "password": "wrong"})
    form = {
        "username": "newcomer",
        "email": "newcomer@example.org",
        "password": PASSWORD,
        "confirm_password": PASSWORD,
        "agree_terms": "y",
    }
    client.post("/auth/register", data=form)
    client.post("/auth/register", data=form)
    log_in(user).post(f"/articles/{post.slug}/comments", data={"content": "Well."})
    after = [value(name, **labels) for name, labels in names]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1, 1, 1, 0]


def test_refusals_by_rate_are_counted_by_their_limit(make_app: Callable[..., Flask]) -> None:
    client = make_app(rate_limits_enabled=True).test_client()
    before = value("rate_limited_total", limit="login")
    for number in range(12):
        client.post("/auth/login", data={"username": f"nobody{number}", "password": "x"})
    assert value("rate_limited_total", limit="login") == before + 2


def test_cached_pages_are_counted_by_how_they_were_come_by(make_app: Callable[..., Flask]) -> None:
    app = make_app(page_cache_list_seconds=60)
    with app.app_context():
        cache.clear()
    before = [value("cache_requests_total", cache="page", result=r) for r in ("miss", "hit")]
    for _ in range(3):
        app.test_client().get("/articles")
    after = [value("cache_requests_total", cache="page", result=r) for r in ("miss", "hit")]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 2]
    assert value("page_render_seconds_count", endpoint="main.articles") >= 1


def test_waits_for_a_connection_are_measured(
    make_app: Callable[..., Flask], postgresql_url: str
) -> None:
    app = make_app(
        database_url=postgresql_url,
        database_pool_size=1,
        database_max_overflow=0,
        database_pool_timeout=0.2,
    )
    before = value("database_pool_timeouts_total")
    waits = value("database_pool_wait_seconds_count")
    with app.app_context():
        connection = db.engine.connect()
        assert value("database_connections", state="in_use") == 1
        freed = threading.Timer(0.05, connection.close)
        freed.start()
        db.engine.connect().close()
        freed.join()
        with db.engine.connect(), pytest.raises(Exception, match="QueuePool limit"):
            db.engine.connect()
        db.drop_all()
    assert value("database_pool_wait_seconds_count") == waits + 2
    assert value("database_pool_timeouts_total") == before + 1
    assert value("database_connections", state="in_use") == 0
    assert value("database_pool_limit") == 1


def test_the_outbox_is_measured_by_kind(
    app: Flask,
    make_user: Callable[..., User],
    make_post: Callable[..., Post],
    make_comment: Callable[..., Comment],
) -> None:
    rows: list[dict[str, Any]] = [
        {"available_at": utc_now() - timedelta(minutes=2)},
        {"available_at": utc_now() + timedelta(hours=1), "attempts": 3},
        {"dead_at": utc_now(), "attempts": 10},
        {"done_at": utc_now()},
    ]
    for row in rows:
        db.session.add(mail.OutboxMessage(kind=mail.KIND, payload={}, **row))
    make_comment(make_post(), make_user(), is_approved=False)
    measuring.measure()
    depth = {
        state: value("outbox_messages", kind="mail", state=state) for state in measuring.STATES
    }
    assert depth == {"due": 1, "delayed": 1, "dead": 1}
    assert 119 < value("outbox_oldest_age_seconds", kind="mail") < 180
    assert value("outbox_messages", kind="goes_live", state="due") == 0
    assert value("comments_waiting") == 1
    assert time.time() - value("outbox_measured_timestamp_seconds") < 60
    assert {f.labels["kind"] for f in metrics.outbox_messages.collect()[0].samples} == set(HANDLERS)


def test_a_schema_that_is_not_this_releases_is_told(app: Flask) -> None:
    measuring.measure_schema()  # Made by create_all, never migrated.
    assert value("schema_is_current") == 0
    assert value("schema_info", current="none", expected=schema.revisions()[-1]) == 1


def test_a_scraper_that_does_not_wait_is_not_worth_a_line(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    server = prometheus.serve(0)
    server.shutdown()
    for failure in (BrokenPipeError(), ValueError("not expected")):
        try:
            raise failure
        except Exception:
            server.handle_error(None, ("10.0.0.1", 1))
    server.server_close()
    assert "".join(capfd.readouterr()) == ""
    assert [record.message for record in caplog.records] == ["A scrape failed."]


def test_metrics_are_served_to_whoever_asks_at_the_port(client: FlaskClient) -> None:
    server = prometheus.serve(0)
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
            assert answer.headers["Content-Type"].startswith("text/plain")
    finally:
        server.shutdown()
        server.server_close()
    assert re.search(r"^ironpress_build_info\{.*\} 1\.0$", text, re.M)


def test_the_arbiters_metrics_have_names_before_there_is_an_arbiter() -> None:
    registry = CollectorRegistry()
    registry.register(ArbiterCollector())
    assert registry.get_sample_value("ironpress_workers") == 0


def test_the_documentation_lists_every_metric() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.metrics", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
