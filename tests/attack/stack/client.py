"""A client that keeps its connection and sends what it is told, however odd."""

import http.client
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.stack.front import Edge
from tests.stack.stack import HOST, Answer

Headers = Iterable[tuple[str, str]]
Item = TypeVar("Item")
Found = TypeVar("Found")


class Client:
    """Asks over one connection after the other."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.connection = http.client.HTTPSConnection(HOST, timeout=30)

    def __enter__(self) -> "Client":
        """Give the client, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.connection.close()

    def ask(
        self, path: str, headers: Headers = (), method: str = "GET", body: bytes | None = None
    ) -> Answer:
        """Send a request; once more where the edge has ended the connection meanwhile."""
        for attempt in range(2):
            try:
                return self.send(path, headers, method, body)
            except (http.client.HTTPException, OSError):
                self.connection.close()
                if attempt:
                    raise
        raise AssertionError

    def send(self, path: str, headers: Headers, method: str, body: bytes | None) -> Answer:
        """Send a request over the connection at hand."""
        connection = self.connection
        if connection.sock is None:
            connection.sock = self.edge.connect()
        given = [*headers]
        names = {name.lower() for name, _ in given}
        connection._validate_path = lambda url: None  # type: ignore[attr-defined]
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if "host" not in names:
            connection.putheader("Host", HOST)
        for name, value in given:
            connection.putheader(name, value.encode("utf-8"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read().decode("utf-8", "replace")
        return Answer(answer.status, answer.getheaders(), content)


def in_parallel(
    edge: Edge, items: list[Item], work: Callable[[Client, Item], Found], workers: int = 4
) -> list[Found]:
    """Work through items with a few clients at once; return what each gave."""

    def run(share: list[Item]) -> list[Found]:
        with Client(edge) as client:
            return [work(client, item) for item in share]

    shares = [items[number::workers] for number in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        return [found for part in pool.map(run, shares) for found in part]
