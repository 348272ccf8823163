"""Requests that two servers could read in two ways, as bytes; each hides a second request.

`{host}` is the site's name, `{carrier}` and `{canary}` are paths of one case: what a server takes
for a request of its own shows the canary in its log.
"""

from collections.abc import Iterator

SECOND = b"GET {canary} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
METHODS = (b"POST", b"GET")

# Ways to write one header that one reader obeys and another overlooks.
ENCODINGS = (
    CHUNKED,
    b"transfer-encoding: chunked",
    b"TRANSFER-ENCODING: CHUNKED",
    b"Transfer-Encoding:chunked",
    b"Transfer-Encoding:  chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: chunked ",
    b"Transfer-Encoding: chunked\t",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: \x0cchunked",
    b"Transfer-Encoding: chunked\x0b",
    b"Transfer-Encoding: chunked\x00",
    b"Transfer-Encoding: \x00chunked",
    b"Transfer-Encoding: \xa0chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunkedx",
    b"Transfer-Encoding: chunk",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, gzip",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: chunked;q=0.5",
    b'Transfer-Encoding: "chunked"',
    b"Transfer-Encoding: 'chunked'",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked,",
    b"Transfer-Encoding:",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding\t: chunked",
    b"Transfer_Encoding: chunked",
    b"Transfer-Encoding\x00: chunked",
    b"Transfer-Encoding\xad: chunked",
    b"Transfer Encoding: chunked",
    b" Transfer-Encoding: chunked",
    b"\tTransfer-Encoding: chunked",
    b"X: y\r\n Transfer-Encoding: chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding:\r\n\tchunked",
    b"Transfer-Encoding:\n chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"X: y\r\r\nTransfer-Encoding: chunked",
    b"Content-Encoding: chunked",
    b"TE: chunked",
    b"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
    b"Connection: Content-Length\r\nTransfer-Encoding: chunked",
)
LENGTHS = (
    b"Content-Length: {n}\r\nContent-Length: 0",
    b"Content-Length: 0\r\nContent-Length: {n}",
    b"Content-Length: {n}\r\nContent-Length: {n}",
    b"Content-Length: {n}, {n}",
    b"Content-Length: 0, {n}",
    b"Content-Length: {n}, 0",
    b"Content-Length: +{n}",
    b"Content-Length: -{n}",
    b"Content-Length: -0",
    b"Content-Length: 0x{n}",
    b"Content-Length: 0{n}",
    b"Content-Length: {n}.0",
    b"Content-Length: {n}e0",
    b"Content-Length: {n}_0",
    b"Content-Length: {n} 0",
    b"Content-Length: {n};",
    b"Content-Length: {n}\x00",
    b"Content-Length: \x0b{n}",
    b"Content-Length: {n}\x0c",
    b"Content-Length: \xef\xbc\x95",
    b'Content-Length: "{n}"',
    b"Content-Length:",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: 4294967296",
    b"Content-Length : {n}",
    b"Content_Length: {n}",
    b"Content-Length\x00: {n}",
    b" Content-Length: {n}",
    b"Content-Length:\r\n {n}",
    b"X: y\r\n Content-Length: {n}",
    b"X: y\nContent-Length: {n}",
    b"X: y\rContent-Length: {n}",
    b"Content-Length: {n}\nX: y",
    b"Connection: Content-Length\r\nContent-Length: {n}",
    b"Expect: 100-continue\r\nContent-Length: {n}",
    b"Expect: 100-Continue \r\nContent-Length: {n}",
    b"Expect: x\r\nContent-Length: {n}",
)
CHUNKS = (
    b"5;x=y\r\nhello\r\n0\r\n\r\n",
    b'5;x="\r\n"\r\nhello\r\n0\r\n\r\n',
    b"5;x\nhello\r\n0\r\n\r\n",
    b"5;\r\rhello\r\n0\r\n\r\n",
    b"5;" + b"x" * 5000 + b"\r\nhello\r\n0\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n",
    b" 5\r\nhello\r\n0\r\n\r\n",
    b"5\t\r\nhello\r\n0\r\n\r\n",
    b"5\nhello\n0\n\n",
    b"5\rhello\r0\r\r",
    b"5\r\nhello\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"5\r\nhelloXX0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"+5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"0_5\r\nhello\r\n0\r\n\r\n",
    b"5_0\r\nhello\r\n0\r\n\r\n",
    b"5.0\r\nhello\r\n0\r\n\r\n",
    b"05\r\nhello\r\n0\r\n\r\n",
    b"0" * 40 + b"5\r\nhello\r\n0\r\n\r\n",
    b"FFFFFFFFFFFFFFFF5\r\nhello\r\n0\r\n\r\n",
    b"100000005\r\nhello\r\n0\r\n\r\n",
    b"-1\r\nhello\r\n0\r\n\r\n",
    b"G\r\nhello\r\n0\r\n\r\n",
    b"\r\nhello\r\n0\r\n\r\n",
    b"5\x00\r\nhello\r\n0\r\n\r\n",
    b"5;\x00\r\nhello\r\n0\r\n\r\n",
    b"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n",
    b"0\r\n\r\n",
    b"00\r\n\r\n",
    b"0;x\r\n\r\n",
    b"0\n\n",
    b"0\r\n\n",
    b"0\n\r\n",
    b"0\r\nX: y\r\n\r\n",
    b"0\r\nHost: elsewhere.example.org\r\n\r\n",
    b"0\r\nContent-Length: 50\r\n\r\n",
    b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"0\r\nX\r\n\r\n",
    b"0\r\n: y\r\n\r\n",
    b"0\r\n X: y\r\n\r\n",
    b"0\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"0\r\n0\r\n\r\n",
    b"5\r\nhel",
)
REQUEST_LINES = (
    b"GET  {carrier} HTTP/1.1",
    b"GET\t{carrier} HTTP/1.1",
    b"GET\x0b{carrier} HTTP/1.1",
    b"GET {carrier}  HTTP/1.1",
    b"GET {carrier}\tHTTP/1.1",
    b" GET {carrier} HTTP/1.1",
    b"\r\nGET {carrier} HTTP/1.1",
    b"\r\n\r\n\r\nGET {carrier} HTTP/1.1",
    b"\nGET {carrier} HTTP/1.1",
    b"\x00GET {carrier} HTTP/1.1",
    b"get {carrier} HTTP/1.1",
    b"G\x00T {carrier} HTTP/1.1",
    b"GET{carrier} HTTP/1.1",
    b"GET {carrier} http/1.1",
    b"GET {carrier} HTTP/1.1 ",
    b"GET {carrier} HTTP/1.1 HTTP/1.1",
    b"GET {carrier} HTTP/1.1 {canary} HTTP/1.1",
    b"GET {carrier} HTTP/1.0",
    b"GET {carrier} HTTP/1.2",
    b"GET {carrier} HTTP/1.10",
    b"GET {carrier} HTTP/01.1",
    b"GET {carrier} HTTP/2.0",
    b"GET {carrier} HTTP/9.9",
    b"GET {carrier} HTTP/1",
    b"GET {carrier} XTTP/1.1",
    b"GET {carrier} ICAP/1.0",
    b"GET {carrier}",
    b"GET",
    b"GET {carrier} {canary} HTTP/1.1",
    b"GET {carrier}\x00{canary} HTTP/1.1",
    b"GET {carrier}\r{canary} HTTP/1.1",
    b"GET {carrier}%00 HTTP/1.1",
    b"GET {carrier}%0d%0aX:%20y HTTP/1.1",
    b"GET {carrier}%20HTTP/1.1%0d%0aHost:%20x%0d%0a%0d%0aGET%20{canary} HTTP/1.1",
    b"GET {carrier}#x HTTP/1.1",
    b"GET {carrier}?x#{canary} HTTP/1.1",
    b"GET {carrier}\\x HTTP/1.1",
    b"GET \\{carrier} HTTP/1.1",
    b"GET /{carrier} HTTP/1.1",
    b"GET /.{carrier} HTTP/1.1",
    b"GET /../../..{carrier} HTTP/1.1",
    b"GET {carrier}\xff\xfe HTTP/1.1",
    b"GET {carrier}\xe4\xb8\xad HTTP/1.1",
    b"GET {carrier}%zz HTTP/1.1",
    b"GET {carrier}%c0%af HTTP/1.1",
    b"GET " + b"/a" * 20_000 + b" HTTP/1.1",
    b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"GET ? HTTP/1.1",
    b"GET x HTTP/1.1",
    b"GET https://{host}{carrier} HTTP/1.1",
    b"GET http://{host}{carrier} HTTP/1.1",
    b"GET HTTPS://{host}{carrier} HTTP/1.1",
    b"GET https://{host}:443{carrier} HTTP/1.1",
    b"GET https://elsewhere.example.org{carrier} HTTP/1.1",
    b"GET https://{host}@elsewhere.example.org{carrier} HTTP/1.1",
    b"GET https://elsewhere.example.org@{host}{carrier} HTTP/1.1",
    b"GET https://{host} HTTP/1.1",
    b"GET https://{host}?x HTTP/1.1",
    b"GET https:/{carrier} HTTP/1.1",
    b"GET https:{carrier} HTTP/1.1",
    b"GET file://{carrier} HTTP/1.1",
    b"GET gopher://{host}{carrier} HTTP/1.1",
    b"GET http://127.0.0.1:8000{carrier} HTTP/1.1",
    b"GET http://web:8000{carrier} HTTP/1.1",
    b"GET http://[::1]{carrier} HTTP/1.1",
    b"CONNECT {host}:443 HTTP/1.1",
    b"CONNECT web:8000 HTTP/1.1",
    b"CONNECT {carrier} HTTP/1.1",
    b"TRACE {carrier} HTTP/1.1",
    b"TRACK {carrier} HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"PURGE {carrier} HTTP/1.1",
    b"PROPFIND {carrier} HTTP/1.1",
    b"DEBUG {carrier} HTTP/1.1",
    b"HEAD {carrier} HTTP/1.1",
    b"A" * 300 + b" {carrier} HTTP/1.1",
)
HEADERS = (
    b"Host: {host}",
    b"Host: elsewhere.example.org",
    b"Host:",
    b"Host : {host}",
    b"Host: {host}, elsewhere.example.org",
    b"Host_: elsewhere.example.org",
    b"X: y\r\n Host: elsewhere.example.org",
    b"X: y\nHost: elsewhere.example.org",
    b"X: y\rHost: elsewhere.example.org",
    b"X: y\r\n z",
    b"X: y\r\n\tz",
    b"X:\r\n y",
    b"X",
    b": y",
    b"X Y: z",
    b"X\x00: y",
    b"X: y\x00",
    b"X: \x01\x02\x1f",
    b"X: \x7f",
    b"X: \xff\xfe",
    b"X\xe9: y",
    b"X(: y",
    b"X: y\n",
    b"X: y\r",
    b"X: y\r\n\r",
    b"X: y\n\nGET {canary} HTTP/1.1\r\nHost: {host}",
    b"X: y\r\rGET {canary} HTTP/1.1\r\rHost: {host}",
    b"X: y\n\rGET {canary} HTTP/1.1\r\nHost: {host}",
    b"X: y\\r\\n\\r\\nGET {canary} HTTP/1.1",
    b"X: y%0d%0a%0d%0aGET {canary} HTTP/1.1",
    "X: y嘊嘍GET {canary} HTTP/1.1".encode(),
    b"Connection: close, Host, X-Forwarded-For",
    b"Connection: X-Request-ID",
    b"Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
    b"\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777",
    b"Connection: keep-alive\r\nConnection: close",
    b"Proxy-Connection: keep-alive",
    b"Keep-Alive: timeout=9999",
    b"TE: trailers\r\nTrailer: Host",
    b"Expect: 100-continue",
    b"X-HTTP-Method-Override: DELETE",
    b"X-Original-URL: {canary}",
    b"X-Rewrite-URL: {canary}",
    b"X-Accel-Redirect: {canary}",
    b"X-Sendfile: /etc/passwd",
    b"Script-Name: {canary}",
    b"SCRIPT_NAME: {canary}",
    b"Path-Info: {canary}",
    b"PATH_INFO: {canary}",
    b"X-Forwarded-Prefix: {canary}",
    b"Max-Forwards: 0",
    b"Range: bytes=0-,0-,0-",
    b"X: " + b"y" * 15_000,
    b"X: " + b"y" * 20_000,
    b"\r\n".join(b"X-%d: y" % number for number in range(99)),
    b"\r\n".join(b"X-%d: y" % number for number in range(1001)),
)
# Second requests in a row, wanted or not.
ROWS = (
    b"GET {carrier} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET {carrier} HTTP/1.0\r\nHost: {host}\r\nConnection: keep-alive\r\n\r\n",
    b"GET {carrier} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    b"HEAD {carrier} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET {carrier} HTTP/1.1\nHost: {host}\n\n",
    b"GET {carrier} HTTP/1.1\rHost: {host}\r\r",
    b"GET {carrier} HTTP/1.1\r\nHost: {host}\r\n\n",
    b"GET {carrier} HTTP/1.1\r\nHost: {host}\n\r\n",
    b"GET {carrier}\r\n",
    b"GET {carrier} HTTP/0.9\r\n\r\n",
    b"OPTIONS {carrier} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n",
)


def cases() -> Iterator[tuple[str, bytes]]:
    """Yield a name and the bytes of every case."""
    for method in METHODS:
        start = method + b" {carrier} HTTP/1.1\r\nHost: {host}\r\n"
        for number, encoding in enumerate(ENCODINGS):
            # The length says that the second request is body, the encoding that it is not …
            ended = b"0\r\n\r\n" + SECOND
            length = b"Content-Length: {length}\r\n"
            for order, header in enumerate((length + encoding, encoding + b"\r\n" + length[:-2])):
                yield f"cl.te {method!r} {number}.{order}", sized(start + header, ended)
            # … or the other way round.
            head = start + b"Content-Length: 4\r\n" + encoding + b"\r\n\r\n{hex}\r\n"
            yield f"te.cl {method!r} {number}", head + b"{body}" + SECOND + b"{end}\r\n0\r\n\r\n"
        for number, length in enumerate(LENGTHS):
            yield f"length {method!r} {number}", sized(start + length, SECOND)
        for number, chunks in enumerate(CHUNKS):
            yield f"chunk {method!r} {number}", start + CHUNKED + b"\r\n\r\n" + chunks + SECOND
    for number, line in enumerate(REQUEST_LINES):
        yield f"line {number}", line + b"\r\nHost: {host}\r\n\r\n" + SECOND
    for number, header in enumerate(HEADERS):
        yield (
            f"header {number}",
            (b"GET {carrier} HTTP/1.1\r\nHost: {host}\r\n" + header + b"\r\n\r\n" + SECOND),
        )
        yield (
            f"header first {number}",
            (b"GET {carrier} HTTP/1.1\r\n" + header + b"\r\nHost: {host}\r\n\r\n" + SECOND),
        )
    for number, first in enumerate(ROWS):
        yield f"row {number}", first + SECOND


def sized(head: bytes, body: bytes) -> bytes:
    """Join head and body; the length is the body's once its places are filled in."""
    return head + b"\r\n\r\n{body}" + body


def fill(template: bytes, host: str, carrier: str, canary: str) -> bytes:
    """Return the bytes of a case with its paths and lengths."""
    filled = (
        template.replace(b"{host}", host.encode())
        .replace(b"{carrier}", carrier.encode())
        .replace(b"{canary}", canary.encode())
    )
    head, marker, body = filled.partition(b"{body}")
    body, _, tail = body.partition(b"{end}")
    size = len(body)
    for place, text in ((b"{length}", b"%d"), (b"{n}", b"%d"), (b"{hex}", b"%x")):
        head = head.replace(place, text % size) if marker else head
    return head + body + tail
