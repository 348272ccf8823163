"""P8: what the blog's size costs: the same requests to a small blog and to a large one.

Throughput is compared by CPU time for a request, the server's and the database's together.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from app.settings import ROOT
from scripts.bench.generator import Void, ask_many, connections, fetch
from scripts.bench.rows import Row
from scripts.bench.servers import Server, databases, ours, running, seed

SMALL = 1000
REPEATS, REQUESTS = 9, 40  # Of each address.
SEARCHES = ("server", "database", "数据库", "性能", "kubernetes")
SEARCH_REQUESTS = 200
CURSOR_PAGE = 50_000
PER_PAGE = 20
LINKS = 8


@dataclass(frozen=True)
class Blog:
    """A blog of some size, on a server without kept pages."""

    server: Server
    postgresql: int  # The process whose children serve connections.
    seed_seconds: float
    paths: dict[str, list[str]]

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server and of its database (s)."""
        total = self.server.cpu_seconds()
        postmaster = Path(f"/proc/{self.postgresql}/task/{self.postgresql}/children")
        for pid in postmaster.read_text().split():
            for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(file.read_text().split()[0]) / 1e9
        return total

    def cost(self, paths: list[str]) -> float:
        """Return the CPU time of a request (s); all answers of an address must be the same."""
        seconds = 0.0
        for path in paths:
            target = self.server.target(path)
            expected = fetch(target)
            before = self.cpu_seconds()
            ask_many(target, REQUESTS, expected)
            seconds += self.cpu_seconds() - before
        return seconds / REQUESTS / len(paths)


def size_rows(*, posts: int) -> list[Row]:
    """Measure P8 on two blogs that differ in nothing but their size."""
    with blog(SMALL) as small, blog(posts) as large:
        pairs = [(what, small.paths[what], large.paths[what]) for what in small.paths]
        rows = []
        for what, little, much in pairs:
            ratios, costs = [], []
            for turn in range(REPEATS + 1):
                few, many = small.cost(little), large.cost(much)
                if turn:  # The first one warms up.
                    ratios.append(few / many)
                    costs.append((1e6 * many, 1e6 * few))
            low, middle, high = quantiles(ratios, n=4)
            ours_cost, base = (median(values) for values in zip(*costs, strict=True))
            name = f"{SMALL} → {posts} posts: {what}"
            rows.append(Row("P8", name, middle, low, high, 0.9, True, "", ours_cost, base))
        return [*rows, search_row(large, posts), seed_row(large, posts)]


@contextmanager
def blog(posts: int) -> Iterator[Blog]:
    """Start a seeded blog."""
    with databases() as environment:
        begun = time.perf_counter()
        seed(environment, posts, comments=posts)
        seconds = time.perf_counter() - begun
        server = ours(environment, PAGE_CACHE_LIST_SECONDS="0", PAGE_CACHE_POST_SECONDS="0")
        with running(server):
            postmaster = Path(environment["DATABASE_FOLDER"]) / "postmaster.pid"
            found = Blog(server, int(postmaster.read_text().splitlines()[0]), seconds, {})
            found.paths.update(paths(server, environment, posts))
            yield found


def paths(server: Server, environment: dict[str, str], posts: int) -> dict[str, list[str]]:
    """Return what is asked for: addresses that every blog has, in its own words."""
    listed = fetch(server.target("/articles")).decode()
    deep = min(CURSOR_PAGE * PER_PAGE, posts // 2)
    code = f"from app.services.paging import make_cursor as m; print(m('id', {deep}, {deep}))"
    cursor = in_application(environment, code)
    return {
        "list": ["/articles?page=20"],
        "article": links("articles", listed),
        "tag": links("tags", listed),
        "search": ["/search?q=server"],
        "search, Chinese": [f"/search?q={quote('数据库')}"],
        "API, deep cursor": [f"/api/v1/posts?sort=id&per_page={PER_PAGE}&cursor={cursor}"],
    }


def links(kind: str, text: str) -> list[str]:
    """Return the first addresses of a kind on a page: one alone may be longer or rarer."""
    found = re.findall(rf'href="(/{kind}/[^"/?]+)"', text)
    if not found:
        raise Void(f"no {kind}")
    return found[:LINKS]


def in_application(environment: dict[str, str], code: str) -> str:
    """Run some code in the application and return what it prints."""
    code = f"from app import create_app\nwith create_app().app_context():\n    {code}"
    settings = {"PATH": os.environ["PATH"], "LOG_FORMAT": "text"} | environment
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, env=settings, capture_output=True, text=True
    )
    return done.stdout.splitlines()[-1]


def search_row(large: Blog, posts: int) -> Row:
    """Measure the slowest hundredth of searches, in English and Chinese."""
    times = []
    for query in SEARCHES:
        with connections(large.server.target(f"/search?q={quote(query)}"), 1) as (reader,):
            for _ in range(SEARCH_REQUESTS // len(SEARCHES)):
                begun = time.perf_counter()
                status, _ = reader.ask()
                if status != 200:
                    raise Void(f"search answers {status}")
                times.append(1000 * (time.perf_counter() - begun))
    low, _, high = quantiles(times, n=4)
    worst = sorted(times)[int(0.99 * len(times))]
    return Row("P8", f"search p99, {posts} posts", worst, low, high, 50, False, "ms")


def seed_row(large: Blog, posts: int) -> Row:
    """Return how fast the blog was filled, as many comments and the search index included."""
    rate = 60 * posts / large.seed_seconds
    return Row("P8", f"posts seeded a minute, of {posts}", rate, rate, rate, 50_000, True)
