"""What panels and runbooks ask is asked of the Prometheus that scrapes the bundle."""

import random
import re
import subprocess
from contextlib import suppress
from html import unescape
from pathlib import Path

from app.settings import ROOT
from scripts.dashboards import DASHBOARDS
from scripts.dashboards.panels import plain
from scripts.dashboards.report import main as report
from tests.deploy.alerts.promtool import written_alerts
from tests.deploy.queries import names, queries
from tests.deploy.test_runbooks import COMMANDS, FOLDER
from tests.stack.browser import Browser
from tests.stack.prometheus import Prometheus
from tests.stack.stack import Stack, wait_until

QUERY = re.compile(
    r"scripts/bundle exec -T prometheus promtool query instant http://localhost:9090 '(.*)'"
)


EMPTY = re.compile(r"<h3>([^<]*)(?:<a [^>]*>runbook</a>)?</h3><p class=none>")

# What is there only after an event that no test brings about, while a load test runs, or with a
# bucket for the archive (test_backup_bucket.py).
EXCUSED = (
    "ironpress_backup_mirrored",
    "ironpress_loadtest_",
    "ironpress_rate_limited",
    "ironpress_unhandled_exceptions",
)


def excused(query: str) -> bool:
    return any(name.startswith(EXCUSED) for name in names(query))


def visit(stack: Stack, admin: Browser) -> None:
    """Do a little of all that the panels show."""
    admin.get("/desk/")
    for path in ("/", "/articles", "/api/v1/posts", "/static/css/site.css", "/absent"):
        stack.ask(path)
    stack.ask(f"/articles?page={random.randrange(10**6)}")  # Not kept yet: is rendered.
    stack.ask("/auth/login", "POST", body="")


MAIL = """
    INSERT INTO outbox (kind, payload, attempts, created_at, available_at) VALUES (
        'mail', '{"to": "x@example.org", "subject": "s", "text": "t", "html": "h"}', 0,
        now(), now())
"""


def publish(stack: Stack, admin: Browser) -> None:
    """Publish an article, by which the edge is refreshed; send a mail, whom no limit holds up."""
    stack.sql(MAIL)
    title = f"Seen {random.randrange(10**9)}"
    answer = admin.submit("/desk/posts/new", title=title, content="Seen.", is_published="y")
    assert answer.status == 302, answer.body


def test_every_metric_that_is_asked_for_is_scraped(
    stack: Stack, prometheus: Prometheus, admin: Browser
) -> None:
    publish(stack, admin)
    wanted = {name for query in queries() if not excused(query) for name in names(query)}

    def missing() -> set[str]:
        visit(stack, admin)
        answer = prometheus.ask("PROMETHEUS_PORT", "/api/v1/label/__name__/values")
        return wanted - set(answer["data"]) - {"ALERTS"}  # None may have fired.

    with suppress(AssertionError):
        wait_until(lambda: not missing(), 90)
    assert missing() == set()


def test_every_panel_shows_something(stack: Stack, prometheus: Prometheus, admin: Browser) -> None:
    def empty() -> list[str]:
        publish(stack, admin)
        visit(stack, admin)
        return [
            f"{page.title}: {panel.title}: {query.expression}"
            for page in DASHBOARDS
            for panel in page.panels
            for query in panel.queries
            if not excused(query.expression) and not prometheus.query(plain(query.expression))
        ]

    with suppress(AssertionError):
        wait_until(lambda: not empty(), 90)
    assert empty() == []


def test_every_rule_can_be_computed(prometheus: Prometheus) -> None:
    def states() -> set[str]:
        groups = prometheus.ask("PROMETHEUS_PORT", "/api/v1/rules")["data"]["groups"]
        return {rule["health"] for group in groups for rule in group["rules"]}

    wait_until(lambda: states() == {"ok"}, 60)
    groups = prometheus.ask("PROMETHEUS_PORT", "/api/v1/rules")["data"]["groups"]
    loaded = {rule["name"] for group in groups for rule in group["rules"] if "state" in rule}
    assert loaded == {alert["alert"] for alert in written_alerts()}


def commands() -> set[str]:
    found = (COMMANDS.search(path.read_text()) for path in FOLDER.glob("*.md"))
    return {line for match in found if match for line in match[1].splitlines()}


def test_the_commands_of_the_runbooks_run(stack: Stack, prometheus: Prometheus) -> None:
    failed = {}
    queries = sorted(command for command in commands() if QUERY.fullmatch(command))
    others = sorted(commands() - set(queries))
    for command in queries[1:]:  # The way by promtool is the same for all: one of them goes it.
        match = QUERY.fullmatch(command)
        assert match
        prometheus.query(match[1])
    for command in [queries[0], *others]:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=ROOT,
            env=stack.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            failed[command] = done.stderr[-300:]
    assert not failed


def test_the_report_is_one_file_in_which_every_panel_shows_something(
    stack: Stack, prometheus: Prometheus, admin: Browser, tmp_path: Path, monkeypatch
) -> None:
    out = tmp_path / "report.html"
    address = f"http://127.0.0.1:{prometheus.ports['PROMETHEUS_PORT']}"
    monkeypatch.setattr(
        "sys.argv", ["report", "--prometheus", address, "--hours", "0.1", "--out", str(out)]
    )
    may_be_empty = {
        panel.title
        for page in DASHBOARDS
        for panel in page.panels
        if all(excused(query.expression) for query in panel.queries)
    }

    def empty() -> set[str]:
        publish(stack, admin)
        visit(stack, admin)
        report()
        return {unescape(title.strip()) for title in EMPTY.findall(out.read_text())} - may_be_empty

    with suppress(AssertionError):
        wait_until(lambda: not empty(), 90)
    assert empty() == set()
    text = out.read_text()
    assert text.count("<figure>") == sum(len(page.panels) for page in DASHBOARDS)
    assert not re.search(r'(?:src|href)="https?:', text)
