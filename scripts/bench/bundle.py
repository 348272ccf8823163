"""The rows that need the whole bundle: P1 to P3, and how fast it starts (P11)."""

import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from urllib.request import Request, urlopen

from scripts.bench.edge import hot_page_rows
from scripts.bench.generator import Target, Void, connections
from scripts.bench.rows import Row
from tests.stack.browser import Browser
from tests.stack.stack import ADMIN, HOST, Stack, address, run, wait_until

IMAGES = ("app", "backup", "edge", "postgres", "redis")
# As many web containers as the bundle has; Redis lets one of them render a page.
CLIENTS, EDITS, READS_AFTER = 1000, 40, 20
AT_ONCE = 20
METRICS_PORT, WEB_PORT = 9101, 8000
LIST_SECONDS = 60  # The application's PAGE_CACHE_LIST_SECONDS.
EDGE_SECONDS = 11  # For so long the edge does not ask whether its copy is still right.
OUTDATE = """
from app import create_app
from app.services import site
app = create_app()
with app.app_context():
    site.touch()
"""
# One address asks for what a thousand would.
ONE_CLIENT = {"EDGE_CONNECTIONS": "2000", "EDGE_REQUESTS_PER_SECOND": "1000000"}
RENDERS = 'ironpress_page_render_seconds_count\\{{endpoint="{}"\\}} (\\S+)'


def bundle_rows() -> list[Row]:
    """Bring a bundle up, measure it and take it down."""
    run("scripts/images", *IMAGES)
    with started() as (stack, seconds):
        admin = Browser(stack)
        admin.log_in(*ADMIN)
        stack.ask("/archive")
        asked_at = time.monotonic()  # The archive expires while the rest is measured.
        rows = [Row("P11", "make up, from built images", seconds, seconds, seconds, 20, False, "s")]
        rows.append(ready_row(stack))
        rows += hot_page_rows(stack, admin.first_article())
        rows.append(publish_row(stack, admin))
        rows += herd_rows(stack, expires_at=asked_at + LIST_SECONDS)
        return rows


@contextmanager
def started(**settings: str) -> Iterator[tuple[Stack, float]]:
    """Give a bundle with sample articles, and how long it took to come up (s)."""
    with tempfile.TemporaryDirectory(prefix="ironpress-bench-") as folder:
        stack = Stack(Path(folder), more={**ONE_CLIENT, **settings})
        try:
            stack.script("secrets")
            stack.script("certs")
            begun = time.monotonic()
            stack.start()
            seconds = time.monotonic() - begun
            name, password = ADMIN
            stack.flask("create-admin", name, "chief@example.org", ADMIN_PASSWORD=password)
            stack.flask("seed")
            yield stack, seconds
        finally:
            stack.stop()


def ready_row(stack: Stack) -> Row:
    """Measure P11: from the container's start to its first answer that it is ready."""
    web = stack.containers("web")[0]
    seconds = []
    for _ in range(5):
        run("docker", "stop", "--time", "5", web)
        run("docker", "start", web)
        url = f"http://{address(web)}:{WEB_PORT}/healthz/ready"
        wait_until(partial(answers, url), seconds=60)
        now = time.time()
        begun = run("docker", "inspect", "--format", "{{.State.StartedAt}}", web).strip()
        seconds.append(now - datetime.fromisoformat(f"{begun[:26]}+00:00").timestamp())
    low, middle, high = quantiles(seconds, n=4)
    return Row("P11", "started container to ready", middle, low, high, 1.0, False, "s")


def answers(url: str) -> bool:
    """Say whether an address answers 200; look often, since the moment is what is measured."""
    for _ in range(20):
        try:
            probe = Request(url, headers={"Host": "127.0.0.1"})  # noqa: S310
            with urlopen(probe, timeout=1) as answer:  # noqa: S310  # A container's address.
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.01)
    return False


def publish_row(stack: Stack, admin: Browser) -> Row:
    """Measure P3: from the answer to an author's save until an anonymous reader sees it."""
    title = f"Bench {secrets.token_hex(4)}"
    path = f"/articles/{title.lower().replace(' ', '-')}"
    admin.submit("/desk/posts/new", title=title, content="word0", is_published="y")
    wait_until(lambda: "word0" in stack.ask(path).body)
    found = re.search(r"/desk/posts/\d+/edit", admin.get(path).body)
    if not found:
        raise Void("the article cannot be edited")
    times = []
    target = Target(stack.https_port, path, HOST, stack.tls())
    # In turn: the edge closes a connection after a thousand requests.
    with connections(target, EDITS) as opened:
        reader = cycle(opened)
        for number in range(1, EDITS + 1):
            version = re.search(r'name="version"[^>]*value="(\d+)"', admin.get(found[0]).body)
            word = f"word{number}x"
            admin.submit(
                found[0],
                title=title,
                content=word,
                is_published="y",
                version=version[1] if version else "",
            )
            saved = time.perf_counter()
            while word.encode() not in next(reader).ask()[1]:
                if time.perf_counter() - saved > 5:
                    raise Void("a change was not seen")
            times.append(1000 * (time.perf_counter() - saved))
            if any(word.encode() not in next(reader).ask()[1] for _ in range(READS_AFTER)):
                raise Void("a reader saw the former text after the new one")
    times.sort()
    worst = times[-1 - len(times) // 100]
    what = f"save to seen, p99 of {EDITS}, 0 stale"
    return Row(
        "P3", what, worst, times[len(times) // 4], times[3 * len(times) // 4], 100, False, "ms"
    )


def herd_rows(stack: Stack, expires_at: float) -> list[Row]:
    """Measure P2: renders of a page that many readers ask for at once."""
    found = re.search(r'href="(/tags/[^"?]+)"', stack.ask("/articles").body)
    if not found:
        raise Void("the list names no tag")
    rows = [herd_row(stack, "cold start", found[1], "main.tag")]
    stack.ask("/about")
    stack.python("web", OUTDATE)
    time.sleep(EDGE_SECONDS)  # Now the edge compares its copy with the application's.
    rows.append(herd_row(stack, "refresh", "/about", "main.about"))
    time.sleep(max(0.0, expires_at - time.monotonic()))
    rows.append(herd_row(stack, "expiry", "/archive", "main.archive"))
    return rows


def herd_row(stack: Stack, when: str, path: str, endpoint: str) -> Row:
    """Ask for one page from many connections in the same moment, and count its renders."""
    before = renders(stack, endpoint)
    target = Target(stack.https_port, path, HOST, stack.tls())
    with connections(target, CLIENTS) as readers:
        for number, reader in enumerate(readers):
            if number % AT_ONCE == 0:
                time.sleep(0.005)  # The edge counts by the millisecond, and would refuse more.
            reader.send()
        statuses = {reader.receive()[0] for reader in readers}
    if statuses != {200}:
        raise Void(f"{path}: {statuses}")
    time.sleep(1.5)  # What the edge renews behind an old copy, and the workers' counts.
    count = renders(stack, endpoint) - before
    if not count:
        raise Void(f"nobody has rendered {path}")
    return Row("P2", f"renders for {CLIENTS} at {when}", count, count, count, 1, False)


def renders(stack: Stack, endpoint: str) -> float:
    """Return how many pages of a kind the web containers have rendered."""
    total = 0.0
    for web in stack.containers("web"):
        with urlopen(f"http://{address(web)}:{METRICS_PORT}/metrics", timeout=10) as answer:
            total += sum(map(float, re.findall(RENDERS.format(endpoint), answer.read().decode())))
    return total
