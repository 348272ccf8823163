"""Traces arrive at an OTLP receiver, whole and without values; off, they cost nothing."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app import correlation
from app.extensions import db
from app.models import Post, User
from app.ops import tracing
from app.services import outbox
from app.settings import ROOT
from tests.server import Server

TRACE = "0af7651916cd43dd8448eb211c80319c"
EDGE_SPAN = "b7ad6b7169203331"


@dataclass
class Receiver:
    """What an OTLP/HTTP receiver has got."""

    endpoint: str = ""
    spans: list[Any] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    def take(self, body: bytes) -> None:
        """Read one message of the protocol."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.services.add(about["service.name"])
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name: str) -> Any:
        """Return the span of a name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture(autouse=True)
def recording() -> Iterator[None]:
    """Record for a test alone; a thread left behind would go on sending in those after it."""
    yield
    tracing.stop()
    correlation.tracer = None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Receive traces."""
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            assert self.path == "/v1/traces"
            got.take(gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        got.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield got
        server.shutdown()
        thread.join()


def test_a_trace_goes_from_the_edge_through_view_sql_and_cache_to_the_worker(
    make_app: Callable[..., Flask], postgresql_url: str, redis_url: str, receiver: Receiver
) -> None:
    app = make_app(
        tracing_endpoint=receiver.endpoint,
        database_url=postgresql_url,
        redis_url=redis_url,
        page_cache_post_seconds=60,
    )
    with app.app_context():
        author = User(username="ann", email="ann@example.org", password_hash="x", role=7)
        db.session.add(author)
        db.session.flush()
        db.session.add(Post(author_id=author.id, title="T", content="c", is_published=True))
        db.session.commit()
    headers = {"traceparent": f"00-{TRACE}-{EDGE_SPAN}-01"}
    client = app.test_client()
    assert client.get("/articles/t?canary=value", headers=headers).status_code == 200
    client.post("/auth/reset", data={"email": "canary@example.org"}, headers=headers)
    with app.app_context():
        assert outbox.deliver_due() >= 1
        db.drop_all()
    tracing.stop()

    assert {span.trace_id.hex() for span in receiver.spans} == {TRACE}
    view = receiver.named("GET /articles/<slug>")
    assert view.parent_span_id.hex() == EDGE_SPAN
    attributes = {one.key: one.value for one in view.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["url.path"].string_value == "/articles/t"
    render = receiver.named("render page")
    assert render.parent_span_id == view.span_id
    names = {span.name for span in receiver.spans if span.parent_span_id == view.span_id}
    assert {"cache get", "cache set"} <= names
    statements = [span for span in receiver.spans if span.name == "sql select"]
    assert render.span_id in {span.parent_span_id for span in statements}
    asked, done = receiver.named("POST /auth/reset"), receiver.named("outbox password_reset")
    assert done.parent_span_id == asked.span_id
    assert any(span.parent_span_id == done.span_id for span in statements)
    assert "canary" not in str(receiver.spans)


def test_failures_are_marked_and_show_no_values(
    make_app: Callable[..., Flask], receiver: Receiver
) -> None:
    app = make_app(tracing_endpoint=receiver.endpoint)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> None:
        db.session.execute(db.text("SELECT * FROM nowhere WHERE x = :x"), {"x": "canary"})

    app.view_functions["main.about"] = fail
    assert app.test_client().get("/about").status_code == 503
    tracing.stop()
    view, statement = receiver.named("GET /about"), receiver.named("sql select")
    assert view.status.code == statement.status.code == 2
    assert "canary" not in str(receiver.spans)


def test_workers_send_what_they_recorded_after_the_fork_up_to_their_end(
    serve: Callable[..., Server], receiver: Receiver
) -> None:
    server = serve(TRACING_ENDPOINT=receiver.endpoint, WEB_CONCURRENCY="2")
    for _ in range(20):
        server.get("/about")
    assert server.stop() == 0
    assert [span.name for span in receiver.spans].count("GET /about") == 20
    assert "ironpress-web" in receiver.services


def test_a_receiver_that_is_away_costs_no_request(make_app: Callable[..., Flask]) -> None:
    app = make_app(tracing_endpoint="http://127.0.0.1:9")
    assert app.test_client().get("/about").status_code == 200


def test_off_nothing_is_imported_and_missing_it_is_said() -> None:
    # redis-py imports OpenTelemetry's API where that is installed.
    code = (
        "import sys\n"
        "from app import create_app, correlation\n"
        "create_app('testing')\n"
        "assert not [name for name in sys.modules if 'otlp' in name]\n"
        "assert correlation.tracer is None\n"
        "sys.modules['opentelemetry'] = None\n"
        "create_app('testing', tracing_endpoint='http://127.0.0.1:4318')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.strip() == tracing.MISSING
