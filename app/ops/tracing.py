"""Records traces with OpenTelemetry and sends them by OTLP/HTTP, where TRACING_ENDPOINT is set.

Nothing of it is imported while it is off. The packages are an extra (`requirements/tracing.txt`).
The edge starts each trace, under the request's id; OTEL_* variables set sampling, batching and
headers as the SDK documents.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import correlation
from app.extensions import db
from app.ops import frame
from app.ops.frame import Exchange
from app.ops.logs import logged_path, service_name
from app.version import VERSION

# A receiver that is away is tried for so long, also by a process that ends.
SEND_SECONDS = 2
MISSING = (
    "TRACING_ENDPOINT is set, but OpenTelemetry is not installed: "
    "pip install -r requirements/tracing.txt, or build the image with TRACING=1."
)


def init_app(app: Flask) -> None:
    """Record requests, statements, cache calls and messages where an endpoint is given."""
    endpoint = app.config["TRACING_ENDPOINT"]
    if not endpoint:
        return
    try:
        correlation.tracer = tracer = OpenTelemetryTracer(endpoint)
    except ImportError:
        raise SystemExit(MISSING) from None
    around = frame.of(app)
    around.beginnings.append(tracer.start_request)
    around.endings.append(partial(tracer.note_answer, app))
    around.closings.append(tracer.end_request)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", tracer.start_statement)
        event.listen(db.engine, "after_cursor_execute", tracer.end_statement)
        event.listen(db.engine, "handle_error", tracer.fail_statement)


def stop() -> None:
    """Send what is still held; the process ends right after."""
    if isinstance(correlation.tracer, OpenTelemetryTracer):
        correlation.tracer.provider.shutdown()


class OpenTelemetryTracer:
    """Makes spans, and finds the present one."""

    def __init__(self, endpoint: str) -> None:
        from opentelemetry import context, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        about = {"service.name": service_name(), "service.version": VERSION}
        self.provider = TracerProvider(resource=Resource.create(about))
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS)
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("ironpress", VERSION)
        self.propagator = TraceContextTextMapPropagator()
        self.trace, self.context = trace, context

    def parent(self, traceparent: str | None) -> Any:
        """Return the context of a traceparent; the present one for None."""
        return self.propagator.extract({"traceparent": traceparent}) if traceparent else None

    @contextmanager
    def span(self, name: str, parent: str | None, attributes: dict[str, Any]) -> Iterator[Any]:
        """Record a span, unless it would belong to nothing."""
        if parent is None and not self.trace.get_current_span().is_recording():
            yield None
            return
        named = {key.replace("__", "."): value for key, value in attributes.items()}
        with self.tracer.start_as_current_span(
            name, context=self.parent(parent), attributes=named
        ) as span:
            yield span

    def traceparent(self) -> str | None:
        """Return the present trace and span."""
        carrier: dict[str, str] = {}
        self.propagator.inject(carrier)
        return carrier.get("traceparent")

    def start_request(self, exchange: Exchange) -> None:
        """Begin the span of a request, in the trace that the edge has begun."""
        method = exchange.environ["REQUEST_METHOD"]
        span = self.tracer.start_span(
            method,
            context=self.parent(exchange.environ.get("HTTP_TRACEPARENT")),
            kind=self.trace.SpanKind.SERVER,
            attributes={"http.request.method": method, "http.request.id": exchange.request_id},
        )
        exchange.span = span, self.context.attach(self.trace.set_span_in_context(span))

    def note_answer(self, app: Flask, exchange: Exchange) -> None:
        """Note who answered, and how the request went."""
        span, _ = exchange.span
        rules = app.url_map.iter_rules(exchange.endpoint) if exchange.endpoint else iter(())
        if rule := next(rules, None):
            span.update_name(f"{exchange.environ['REQUEST_METHOD']} {rule.rule}")
            span.set_attribute("http.route", rule.rule)
        span.set_attribute("url.path", logged_path(exchange))
        span.set_attribute("http.response.status_code", exchange.status)
        if exchange.status >= 500:
            span.set_status(self.trace.StatusCode.ERROR)

    def end_request(self, exchange: Exchange) -> None:
        """End the span of a request."""
        span, token = exchange.span
        self.context.detach(token)
        span.end()

    def start_statement(self, connection: Any, _: Any, statement: str, *__: Any) -> None:
        """Begin the span of a statement, whose values are not recorded."""
        if not self.trace.get_current_span().is_recording():
            return
        span = self.tracer.start_span(
            f"sql {statement.split(maxsplit=1)[0].lower()}",
            kind=self.trace.SpanKind.CLIENT,
            attributes={
                "db.system.name": connection.dialect.name,
                "db.query.text": statement,
            },
        )
        connection.info.setdefault("spans", []).append(span)

    def end_statement(self, connection: Any, *_: Any) -> None:
        """End the span of a statement."""
        if spans := connection.info.get("spans"):
            spans.pop().end()

    def fail_statement(self, failure: Any) -> None:
        """End the span of a statement that failed; the error's text may hold values."""
        if failure.connection is not None and (spans := failure.connection.info.get("spans")):
            span = spans.pop()
            span.set_attribute("error.type", type(failure.original_exception).__name__)
            span.set_status(self.trace.StatusCode.ERROR)
            span.end()
