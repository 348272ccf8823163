"""The rows of the table that need the application alone: P4 to P7 and P10.

Each figure is a ratio of CPU time for one request: what a core serves in a second is its inverse,
and unlike the time on the clock it hardly depends on what else the machine does.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from scripts.bench.generator import TAKES_GZIP, Target, ask_many, fetch
from scripts.bench.servers import Server, bare, databases, ours, running, seed

LIST = "/api/v1/posts?per_page=20"


@dataclass(frozen=True)
class Row:
    """A figure, what it should be, and what it was made of (microseconds of CPU a request)."""

    name: str
    what: str
    value: float
    low: float
    high: float
    goal: float
    at_least: bool
    unit: str = ""
    ours: float = 0.0
    yardstick: float = 0.0

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal


@dataclass(frozen=True)
class Case:
    """Two servers that answer the same, to be compared."""

    name: str
    what: str
    goal: float
    server: Server
    path: str
    yardstick: str  # The path at the bare server.
    headers: str = ""


def application_rows(*, posts: int, requests: int, repeats: int) -> list[Row]:
    """Measure P4 to P7 on a seeded blog with PostgreSQL and Redis."""
    with databases() as environment, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        seed(environment, posts)
        kept = ours(environment)
        with running(kept):  # It makes the tables and the admin; the other one comes after.
            made = ours(environment, PAGE_CACHE_LIST_SECONDS="0", PAGE_CACHE_POST_SECONDS="0")
            article = busiest_article(kept)
            with running(made):
                bodies = Path(folder)
                for name, path in (("home", "/"), ("article", article)):
                    (bodies / f"{name}.html").write_bytes(fetch(kept.target(path)))
                    (bodies / f"{name}.gz").write_bytes(fetch(kept.target(path, TAKES_GZIP)))
                (bodies / "list.json").write_bytes(fetch(made.target(LIST)))
                yardstick = bare(bodies)
                with running(yardstick):
                    cases = [
                        Case("P4", "home page, kept", 0.60, kept, "/", "/home.gz", TAKES_GZIP),
                        Case("P4", "article, kept", 0.60, kept, article, "/article.gz", TAKES_GZIP),
                        Case("P5", "home page, made anew", 0.25, made, "/", "/home.html"),
                        Case("P5", "article, made anew", 0.25, made, article, "/article.html"),
                        Case("P6", "API list of 20", 0.30, made, LIST, "/list.json"),
                        Case("P7", "empty view", 0.80, kept, "/empty", "/empty"),
                    ]
                    return compare(cases, yardstick, requests, repeats)


def busiest_article(server: Server) -> str:
    """Return the path of the article with the most comments of the popular ones."""
    found = json.loads(fetch(server.target("/api/v1/posts/popular?limit=1")))
    path: str = found["items"][0]["url"]
    return path


def compare(cases: list[Case], yardstick: Server, requests: int, repeats: int) -> list[Row]:
    """Measure all cases in turn, again and again; return the median of the ratios."""
    ratios: list[list[float]] = [[] for _ in cases]
    costs: list[list[tuple[float, float]]] = [[] for _ in cases]
    expected = [fetch(case.server.target(case.path, case.headers)) for case in cases]
    for turn in range(repeats + 1):
        for number, case in enumerate(cases):
            target = case.server.target(case.path, case.headers)
            ours_cost = cost(case.server, target, requests, expected[number])
            target = yardstick.target(case.yardstick, case.headers)
            bare_cost = cost(yardstick, target, requests, expected[number])
            if turn:  # The first turn warms up.
                ratios[number].append(bare_cost / ours_cost)
                costs[number].append((ours_cost, bare_cost))
    return [
        row_of(case, found, cost_pairs)
        for case, found, cost_pairs in zip(cases, ratios, costs, strict=True)
    ]


def row_of(case: Case, ratios: list[float], costs: list[tuple[float, float]]) -> Row:
    """Return the row of a case."""
    ours_cost, bare_cost = (1e6 * median(values) for values in zip(*costs, strict=True))
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    if case.name == "P7":  # How much longer, not how many times as many.
        added, goal = (100 * (1 / value - 1) for value in (median(ratios), case.goal))
        low, high = 100 * (1 / high - 1), 100 * (1 / low - 1)
        return Row("P7", case.what, added, low, high, goal, False, "%", ours_cost, bare_cost)
    return Row(
        case.name, case.what, median(ratios), low, high, case.goal, True, "", ours_cost, bare_cost
    )


def cost(server: Server, target: Target, requests: int, expected: bytes) -> float:
    """Return the CPU seconds that a server spends on one request."""
    before = server.cpu_seconds()
    ask_many(target, requests, expected)
    return (server.cpu_seconds() - before) / requests


def memory_rows(*, posts: int, requests: int) -> list[Row]:
    """Measure P10: what one more worker costs, and whether a worker grows."""
    with databases() as environment:
        seed(environment, posts)
        settings = {"PAGE_CACHE_LIST_SECONDS": "0"}
        sizes = []
        for workers in ("1", "2"):
            server = ours(environment, WEB_CONCURRENCY=workers, **settings)
            with running(server):
                use(server, 400)
                sizes.append(server.worker_pss_mb())
                if workers == "1":
                    growth = grow(server, requests)
        more = sizes[1] - sizes[0]
    return [
        Row("P10", "one more worker", more, more, more, 15, False, "MB"),
        Row("P10", f"growth over {requests} requests", growth, growth, growth, 2, False, "%"),
    ]


def use(server: Server, requests: int) -> None:
    """Ask for pages of every kind."""
    for path in ("/", "/articles", "/archive", "/search?q=server", LIST, "/feed.atom"):
        ask_many(server.target(path), requests // 6, fetch(server.target(path)))


def grow(server: Server, requests: int) -> float:
    """Return by how much a warm worker grows (%)."""
    use(server, max(2000, requests // 10))
    before = server.worker_pss_mb()
    use(server, requests)
    return 100 * (server.worker_pss_mb() / before - 1)
