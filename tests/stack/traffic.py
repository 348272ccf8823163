"""Steady readers and writers of a bundle, as a process of their own: counts every answer.

`python -m tests.stack.traffic PORT CA_FILE CONNECTIONS` asks until its input ends, then prints
what came as JSON. It finds out how much the bundle serves at most, then asks for 70 % of that. A
wrong status or body is a failure. A kept connection that the edge has closed, without a byte of
an answer, is opened anew, as every browser does; a new connection must be answered.
"""

import asyncio
import json
import random
import ssl
import sys
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

HOST = "blog.example.org"
SHARE = 0.7
MEASURE_SECONDS = 5.0
ANSWER_SECONDS = 10.0
KEEP_SECONDS = 5.0


@dataclass(frozen=True)
class Request:
    """A request, and what its answer must be; `weight` says how often it is sent."""

    method: str
    path: str
    status: int
    content: bytes
    weight: int

    def encoded(self, port: int) -> bytes:
        """Return it as it is sent."""
        body = b"username=x&password=y" if self.method == "POST" else b""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {HOST}:{port}"]
        if body:
            lines += [
                f"Content-Length: {len(body)}",
                "Content-Type: application/x-www-form-urlencoded",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + body


# Most readers are anonymous; an unknown query goes past the page cache, to the application. A form
# without its token is refused by the application, which is an answer.
REQUESTS = (
    Request("GET", "/", 200, b"</html>", 8),
    Request("GET", "/articles", 200, b"</html>", 6),
    Request("GET", "/about", 200, b"</html>", 4),
    Request("GET", "/articles?x=1", 200, b"</html>", 1),
    Request("POST", "/contact", 400, b"</html>", 1),
)


class ClosedError(Exception):
    """The other side has closed the connection before it answered."""


@dataclass
class Traffic:
    """All the clients of one run."""

    port: int
    context: ssl.SSLContext
    seen: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    reopened: int = 0
    interval: float = 0.0
    next_at: float = 0.0
    slowest: float = 0.0
    stopped: bool = False

    async def client(self) -> None:
        """Ask one request after the other; begin a new connection every few seconds."""
        while not self.stopped:
            connection = None
            try:
                connection = await asyncio.wait_for(self.connect(), ANSWER_SECONDS)
                await self.use(*connection)
            except (OSError, TimeoutError, ClosedError, asyncio.IncompleteReadError) as error:
                self.failures[f"{type(error).__name__} {error}"[:80]] += 1
            finally:
                if connection:
                    connection[1].close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context, server_hostname=HOST
        )

    async def use(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send requests on a connection until it is old or closed."""
        end = monotonic() + KEEP_SECONDS * random.uniform(0.5, 1.5)
        fresh = True
        while not self.stopped and monotonic() < end:
            await self.turn()
            request = random.choices(REQUESTS, [one.weight for one in REQUESTS])[0]
            started = monotonic()
            try:
                writer.write(request.encoded(self.port))
                status, body, closes = await asyncio.wait_for(answer(reader), ANSWER_SECONDS)
            except (ClosedError, ConnectionError):
                if fresh:
                    raise
                self.reopened += 1
                return
            self.slowest = max(self.slowest, monotonic() - started)
            if status == request.status and request.content in body:
                self.seen[f"{request.method} {request.path} {status}"] += 1
            else:
                self.failures[f"{request.method} {request.path}: {status}, {len(body)} bytes"] += 1
            if closes:
                return
            fresh = False

    async def turn(self) -> None:
        """Wait until the next request is due, by a clock that does not wait for answers."""
        if not self.interval:
            return
        now = monotonic()
        # What could not be asked in time is not made up for in a burst.
        self.next_at = max(self.next_at + self.interval, now - 0.5)
        await asyncio.sleep(self.next_at - now)


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Read one answer: its status, its body, and whether the connection ends with it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        raise ClosedError("closed without an answer") from error
    lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:])
    }
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(lines[0].split()[1]), body, headers.get("connection") == "close"


async def run(port: int, ca_file: str, connections: int) -> None:
    """Measure, then ask at a share of that until the input ends; print what came."""
    traffic = Traffic(port, ssl.create_default_context(cafile=ca_file))
    clients = [asyncio.create_task(traffic.client()) for _ in range(connections)]
    await asyncio.sleep(MEASURE_SECONDS)
    most = traffic.seen.total() / MEASURE_SECONDS
    if not most:
        sys.exit(f"Nothing is answered: {dict(traffic.failures)}")
    traffic.interval = 1 / (most * SHARE)
    traffic.next_at = started = monotonic()
    before = traffic.seen.total()
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    # Each line asks how far it is; the end of the input ends it.
    while await commands.readline():
        print(traffic.seen.total(), flush=True)
    rate = (traffic.seen.total() - before) / (monotonic() - started)
    traffic.stopped = True
    await asyncio.gather(*clients)
    print(
        json.dumps(
            {
                "answers": traffic.seen.total(),
                "by kind": traffic.seen,
                "failures": traffic.failures,
                "connections opened anew": traffic.reopened,
                "most per second": round(most),
                "asked per second": round(rate),
                "slowest (s)": round(traffic.slowest, 2),
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
