"""HTTP/2 by hand: frames and header blocks that no library would write."""

import socket
import ssl
import time
from dataclasses import dataclass, field

from tests.stack.front import Edge

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 0x1, 0x4, 0x8
ACK = 0x1
HEADER_BYTES = 9
# Of the static table: what nginx writes as one byte.
INDEXED_STATUS = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}
LITERAL_STATUS = (0x08, 0x48)

Pairs = list[tuple[bytes, bytes]]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    )


def text(value: bytes) -> bytes:
    """Return a text of a header block, not compressed."""
    size = len(value)
    if size < 127:
        return bytes((size,)) + value
    size -= 127
    prefix = bytearray((127,))
    while size >= 128:
        prefix.append(size % 128 + 128)
        size //= 128
    return bytes((*prefix, size)) + value


def block(pairs: Pairs) -> bytes:
    """Return a header block: literal names and values, nothing indexed."""
    return b"".join(b"\x00" + text(name) + text(value) for name, value in pairs)


def pseudo(path: str, host: str, method: str = "GET") -> Pairs:
    """Return the four headers that begin a request."""
    return [
        (b":method", method.encode()),
        (b":scheme", b"https"),
        (b":authority", host.encode()),
        (b":path", path.encode()),
    ]


@dataclass
class Answers:
    """What came back: statuses by stream, and the ends that were put to streams or connection."""

    statuses: dict[int, int] = field(default_factory=dict)
    resets: dict[int, int] = field(default_factory=dict)
    goaway: int | None = None
    is_ended: bool = False


def connect(edge: Edge) -> ssl.SSLSocket:
    """Open a connection that speaks HTTP/2."""
    context = edge.stack.tls()
    context.set_alpn_protocols(["h2"])
    return edge.connect(context=context)


def converse(edge: Edge, frames: bytes, wanted: int = 1, seconds: float = 3) -> Answers:
    """Send frames after the preface; return the answers, once there are enough or it is over."""
    found = Answers()
    with connect(edge) as client:
        try:
            client.sendall(PREFACE + frame(SETTINGS, 0, 0) + frames)
            read(client, found, wanted, time.monotonic() + seconds)
        except OSError:
            found.is_ended = True
    return found


def read(client: socket.socket, found: Answers, wanted: int, deadline: float) -> None:
    """Read frames until as many streams as wanted have an answer, or time is over."""
    pending = bytearray()
    while len(found.statuses) + len(found.resets) < wanted and found.goaway is None:
        client.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data = client.recv(65536)
        except TimeoutError:
            return
        if not data:
            found.is_ended = True
            return
        pending += data
        while len(pending) >= HEADER_BYTES:
            size = int.from_bytes(pending[:3], "big")
            if len(pending) < HEADER_BYTES + size:
                break
            note(found, pending[3], int.from_bytes(pending[5:9], "big"), pending[9 : 9 + size])
            del pending[: HEADER_BYTES + size]


def note(found: Answers, kind: int, stream: int, payload: bytearray) -> None:
    """Keep what a frame says of a request."""
    if kind == HEADERS:
        found.statuses[stream] = status(payload)
    elif kind == RESET:
        found.resets[stream] = int.from_bytes(payload[:4], "big")
    elif kind == GOAWAY:
        found.goaway = int.from_bytes(payload[4:8], "big")


def status(payload: bytearray) -> int:
    """Return the status that begins a header block of nginx's."""
    start = 0
    while payload[start] & 0xE0 == 0x20:  # A new size of the table.
        start += 1
    if payload[start] in INDEXED_STATUS:
        return INDEXED_STATUS[payload[start]]
    assert payload[start] in LITERAL_STATUS, payload[:8]
    return int(payload[start + 2 : start + 5])
