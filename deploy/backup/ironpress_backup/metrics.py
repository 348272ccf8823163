"""Tells Prometheus and the health check how the service is."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from ironpress_backup import files

if TYPE_CHECKING:
    from ironpress_backup.service import Service

PREFIX = "ironpress_backup_"
TASKS = ("wal", "base", "verify", "uploads", "mirror")
HELP = {
    "archived_timestamp_seconds": "Every commit up to this moment is in the archive.",
    "wal_receiving": "Whether the log is streamed from the primary.",
    "wal_lag_bytes": "Log of the primary that the archive does not hold yet.",
    "slot_safe_bytes": "Log the primary may write before it gives up our slot.",
    "gaps_total": "Times the stream was torn.",
    "base_timestamp_seconds": "End of the newest base backup.",
    "base_bytes": "Size of the newest base backup, encrypted.",
    "base_seconds": "Duration of the newest base backup.",
    "base_count": "Base backups kept.",
    "verified_timestamp_seconds": "End of the last restore that was verified.",
    "verify_seconds": "Duration of the last verified restore.",
    "uploads_timestamp_seconds": "Last time when all uploads were in the archive.",
    "mirrored_timestamp_seconds": "Last time when all of the archive was in the bucket.",
    "interval_seconds": "Time between two runs of a scheduled task.",
    "failures_total": "Failed tasks.",
    "archive_free_bytes": "Room where the archive is.",
}


def samples(service: "Service") -> Iterator[tuple[str, str, float | None]]:
    """Give name, labels and value of every sample; None where there is nothing to say yet."""
    stream, archive, settings = service.stream, service.archive, service.settings
    bases = archive.bases(stream.system) if stream.system else []
    newest = bases[-1] if bases else {}
    proof = files.read_json(archive.folder / stream.system / "verified.json")
    yield "archived_timestamp_seconds", "", stream.archived_time or None
    yield "wal_receiving", "", stream.receiving
    yield "wal_lag_bytes", "", stream.lag_bytes
    yield "slot_safe_bytes", "", stream.safe_bytes
    yield "gaps_total", "", stream.gaps
    yield "base_timestamp_seconds", "", newest.get("finished")
    yield "base_bytes", "", newest.get("size")
    yield "base_seconds", "", newest["finished"] - newest["started"] if newest else None
    yield "base_count", "", len(bases)
    yield "verified_timestamp_seconds", "", proof.get("finished")
    yield "verify_seconds", "", proof.get("seconds")
    yield "uploads_timestamp_seconds", "", service.uploads_time or None
    mirror = service.mirror
    yield "mirrored_timestamp_seconds", "", mirror.time or None if mirror else None
    yield "interval_seconds", '{task="base"}', settings.base_interval
    yield "interval_seconds", '{task="verify"}', settings.verify_interval
    for task in TASKS:
        yield "failures_total", f'{{task="{task}"}}', service.failures[task]
    yield "archive_free_bytes", "", service.free_bytes()


def text(service: "Service") -> str:
    """Return all samples in Prometheus' text format."""
    lines: list[str] = []
    for name, labels, value in samples(service):
        head = f"# HELP {PREFIX}{name} {HELP[name]}"
        if head not in lines:
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [head, f"# TYPE {PREFIX}{name} {kind}"]
        if value is not None:
            lines.append(f"{PREFIX}{name}{labels} {float(value)!r}")
    return "\n".join(lines) + "\n"


def serve(service: "Service") -> None:
    """Answer /metrics and /healthz in the background."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self.answer(200, text(service))
            elif self.path == "/healthz":
                well = service.healthy()
                self.answer(200 if well else 503, "ok\n" if well else "unhealthy\n")
            else:
                self.answer(404, "There are /metrics and /healthz.\n")

        def answer(self, status: int, body: str) -> None:
            """Send a short text."""
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing of requests."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *about: Any) -> None:
            """Say what failed, unless whoever asked did not wait for it."""
            if not isinstance(sys.exception(), OSError):
                super().handle_error(*about)

    address = ("", service.settings.metrics_port)
    threading.Thread(target=Server(address, Handler).serve_forever, daemon=True).start()
