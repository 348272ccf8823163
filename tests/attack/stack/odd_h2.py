"""HTTP/2 requests that an HTTP/1.1 server behind the edge could read in another way."""

from collections.abc import Iterator
from itertools import product

from tests.attack.stack.h2 import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PUSH,
    RESET,
    SETTINGS,
    WINDOW,
    Pairs,
    block,
    frame,
    pseudo,
)

BOTH = END_STREAM | END_HEADERS
ENDS = (b"\r\n", b"\n", b"\r", b"\x00", b"\r\n ", b"\n\t", b"\x0b", b"\x85")


def request(pairs: Pairs, stream: int = 1) -> bytes:
    """Return a request without a body."""
    return frame(HEADERS, BOTH, stream, block(pairs))


def with_body(pairs: Pairs, body: bytes, stream: int = 1) -> bytes:
    """Return a request with a body."""
    return frame(HEADERS, END_HEADERS, stream, block(pairs)) + frame(DATA, END_STREAM, stream, body)


def cases(host: str, carrier: str, canary: str) -> Iterator[tuple[str, bytes]]:
    """Yield a name and the frames of every case."""
    start, post = pseudo(carrier, host), pseudo(carrier, host, "POST")
    second = f"GET {canary} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    yield from lengths(post, second)
    yield from injections(start, second)
    yield from names(start)
    yield from pseudo_headers(start, host, canary)
    yield from streams(start, post)


def lengths(post: Pairs, second: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield bodies that are not as long as they say, or say it in two ways."""
    size = len(second)
    said = [0, 1, size - 1, size + 1, size * 10]
    values = [str(number).encode() for number in said]
    values += [b"", b"-1", b"+5", b"0x5", b"5,5", b"5 ", b" 5", b"5.0", b"9" * 20, b"x", b"5\r\n"]
    for value in values:
        yield f"length {value!r}", with_body([*post, (b"content-length", value)], second)
        two = [(b"content-length", value), (b"content-length", str(size).encode())]
        yield f"two lengths {value!r}", with_body(post + two, second)
    for value in (b"chunked", b"Chunked", b" chunked", b"identity", b"gzip, chunked", b"x", b""):
        header = (b"transfer-encoding", value)
        yield f"encoding {value!r}", with_body([*post, header], b"0\r\n\r\n" + second)
        length = (b"content-length", str(size + 5).encode())
        yield f"both {value!r}", with_body([*post, length, header], b"0\r\n\r\n" + second)


def injections(start: Pairs, second: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield texts that would end a line, and with it a header or the request, of HTTP/1.1."""
    smuggled = [b"x: y", b"transfer-encoding: chunked", b"content-length: 0", b"\r\n" + second]
    for end, more in product(ENDS, smuggled):
        yield f"value {end!r} {more[:8]!r}", request([*start, (b"x", b"y" + end + more)])
        yield f"name {end!r} {more[:8]!r}", request([*start, (b"x" + end + more, b"y")])
        for number, (name, value) in enumerate(start):
            changed = [*start[:number], (name, value + end + more), *start[number + 1 :]]
            yield f"{name!r} {end!r} {more[:8]!r}", request(changed)
        yield f"cookie {end!r} {more[:8]!r}", request([*start, (b"cookie", b"a=b" + end + more)])


def names(start: Pairs) -> Iterator[tuple[str, bytes]]:
    """Yield headers that HTTP/2 has no place for, and names that are none."""
    pairs = [
        (b"connection", b"close"),
        (b"connection", b"keep-alive, x-forwarded-for"),
        (b"keep-alive", b"timeout=5"),
        (b"proxy-connection", b"keep-alive"),
        (b"upgrade", b"websocket"),
        (b"upgrade", b"h2c"),
        (b"te", b"trailers"),
        (b"te", b"gzip"),
        (b"host", b"elsewhere.example.org"),
        (b"host", b""),
        (b"expect", b"100-continue"),
        (b"X-Upper", b"y"),
        (b"Content-Length", b"5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"", b"y"),
        (b" ", b"y"),
        (b"x y", b"z"),
        (b"x:", b"y"),
        (b":x", b"y"),
        (b":status", b"200"),
        (b"x\xff", b"y"),
        (b"x(", b"y"),
        (b"x_y", b"z"),
        (b"content_length", b"5"),
        (b"transfer_encoding", b"chunked"),
        (b"x-forwarded-for", b"203.0.113.9"),
        (b"x", b" y "),
        (b"x", b"\x01"),
        (b"x", b"\x7f"),
        (b"x", b"y" * 15_000),
        (b"x", b"y" * 15_900),
    ]
    for name, value in pairs:
        yield f"{name!r}: {value[:12]!r}", request([*start, (name, value)])


def pseudo_headers(start: Pairs, host: str, canary: str) -> Iterator[tuple[str, bytes]]:
    """Yield beginnings that are not those of a request."""
    for number, (name, value) in enumerate(start):
        rest = start[:number] + start[number + 1 :]
        yield f"without {name!r}", request(rest)
        yield f"twice {name!r}", request([*start, (name, value)])
        yield f"empty {name!r}", request([*start[:number], (name, b""), *start[number + 1 :]])
        yield f"late {name!r}", request([*rest, (b"x", b"y"), (name, value)])
    second = canary.encode()
    changes: Pairs = [
        (b":path", b"*"),
        (b":path", second[1:]),
        (b":path", b"https://elsewhere.example.org" + second),
        (b":path", b"/x HTTP/1.1"),
        (b":path", b"/x\x20" + second),
        (b":path", b"/x\t" + second),
        (b":path", b"/x\xe4\xb8\xad"),
        (b":path", b"/x%00"),
        (b":path", b"/x#" + second),
        (b":path", b"\\" + second),
        (b":path", b"//" + second),
        (b":path", b"?x"),
        (b":method", b"GET / HTTP/1.1"),
        (b":method", b"get"),
        (b":method", b"CONNECT"),
        (b":method", b"TRACE"),
        (b":method", b"G\x00T"),
        (b":method", b"A" * 300),
        (b":scheme", b"http"),
        (b":scheme", b"file"),
        (b":scheme", b"https://elsewhere.example.org" + second + b"?"),
        (b":scheme", b"HTTPS"),
        (b":authority", b"elsewhere.example.org"),
        (b":authority", b"web:8000"),
        (b":authority", host.encode() + b":99999"),
        (b":authority", b"x@" + host.encode()),
        (b":authority", host.encode() + b"/" + second),
        (b":authority", host.encode() + b", x"),
        (b":authority", host.upper().encode()),
        (b":authority", host.encode() + b"."),
    ]
    for name, value in changes:
        pairs = [(key, value if key == name else kept) for key, kept in start]
        yield f"{name!r} = {value[:20]!r}", request(pairs)


def streams(start: Pairs, post: Pairs) -> Iterator[tuple[str, bytes]]:
    """Yield frames in an order, of a size or on a stream that is not allowed."""
    good, header = request(start), block(start)
    open_post = frame(HEADERS, END_HEADERS, 1, block(post))
    yield "even stream", request(start, 2)
    yield "stream 0", request(start, 0)
    yield "same stream twice", good + good
    yield "lower stream", request(start, 5) + request(start, 3)
    yield "data first", frame(DATA, END_STREAM, 1, b"x")
    yield "data after the end", good + frame(DATA, END_STREAM, 1, b"x")
    yield "headers twice", open_post + frame(HEADERS, END_HEADERS, 1, block(post))
    yield "trailer", open_post + frame(HEADERS, BOTH, 1, block([(b"x", b"y")]))
    yield "trailer of a request", open_post + frame(HEADERS, BOTH, 1, header)
    yield (
        "trailer with a length",
        open_post + frame(HEADERS, BOTH, 1, block([(b"content-length", b"5")])),
    )
    yield (
        "continued",
        frame(HEADERS, END_STREAM, 1, header[:9]) + frame(CONTINUATION, END_HEADERS, 1, header[9:]),
    )
    yield "continued by another", frame(HEADERS, END_STREAM, 1, header[:9]) + request(start, 3)
    yield (
        "continued elsewhere",
        frame(HEADERS, END_STREAM, 1, header[:9]) + frame(CONTINUATION, END_HEADERS, 3, header[9:]),
    )
    yield "continuation alone", frame(CONTINUATION, END_HEADERS, 1, header)
    yield "too much padding", frame(HEADERS, BOTH | PADDED, 1, b"\xff" + header)
    yield "data of padding", open_post + frame(DATA, END_STREAM | PADDED, 1, b"\xff" * 9)
    yield "index 0", frame(HEADERS, BOTH, 1, b"\x80" + header)
    yield "index too high", frame(HEADERS, BOTH, 1, b"\xff\xff\xff\x7f" + header)
    yield "broken code", frame(HEADERS, BOTH, 1, header + b"\x00\x81\xff\x81\xff")
    yield "cut off", frame(HEADERS, BOTH, 1, header[:-3])
    yield "table too large", frame(HEADERS, BOTH, 1, b"\x3f\xff\xff\xff\x7f" + header)
    yield "push", frame(PUSH, END_HEADERS, 1, b"\0\0\0\2" + header)
    yield "unknown frame", frame(0x42, 0xFF, 1, b"x") + good
    yield "settings on a stream", frame(SETTINGS, 0, 1) + good
    yield "odd settings", frame(SETTINGS, 0, 0, b"\0\4\xff\xff\xff\xff") + good
    yield "settings cut off", frame(SETTINGS, 0, 0, b"\0") + good
    yield "acknowledged nothing", frame(SETTINGS, ACK, 0, b"\0\0\0\0\0\0") + good
    yield "ping of nine", frame(PING, 0, 0, b"x" * 9) + good
    yield "window of 0", frame(WINDOW, 0, 0, bytes(4)) + good
    yield "window too large", frame(WINDOW, 0, 0, b"\x7f\xff\xff\xff") * 2 + good
    yield "depends on itself", frame(PRIORITY, 0, 1, b"\0\0\0\1\xff") + good
    yield "reset of nothing", frame(RESET, 0, 7, bytes(4)) + good
    yield "goodbye first", frame(GOAWAY, 0, 0, bytes(8)) + good
    yield "too long a frame", frame(DATA, 0, 1, b"x" * 20_000)
    yield "HTTP/1.1 after the preface", b"GET / HTTP/1.1\r\n\r\n"
