"""What panels and runbooks ask is asked of the Prometheus that scrapes the bundle."""

import re
import subprocess
from pathlib import Path

from app.settings import ROOT
from scripts.dashboards import DASHBOARDS
from scripts.dashboards.panels import plain
from scripts.dashboards.report import main as report
from tests.deploy.alerts.promtool import written_alerts
from tests.deploy.test_runbooks import COMMANDS, FOLDER
from tests.stack.browser import Browser
from tests.stack.prometheus import Prometheus
from tests.stack.stack import Stack, wait_until

QUERY = re.compile(
    r"scripts/bundle exec -T prometheus promtool query instant http://localhost:9090 '(.*)'"
)


def test_every_panel_shows_something(stack: Stack, prometheus: Prometheus, admin: Browser) -> None:
    empty: list[str] = []

    def all_shown() -> bool:
        admin.get("/desk/")
        for path in ("/", "/articles", "/api/v1/posts", "/static/css/site.css", "/absent"):
            stack.ask(path)
        stack.ask("/auth/login", "POST", body="")
        empty[:] = [
            f"{page.title}: {panel.title}: {query.expression}"
            for page in DASHBOARDS
            for panel in page.panels
            for query in panel.queries
            if not prometheus.query(plain(query.expression)) and not panel.rare
        ]
        return not empty

    try:
        wait_until(all_shown, 90)
    except AssertionError:
        raise AssertionError("\n".join(empty)) from None


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
    for command in [queries[0], *(line for line in others if "backup" not in line)]:
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


def test_the_report_is_one_file_with_every_panel(
    prometheus: Prometheus, tmp_path: Path, monkeypatch
) -> None:
    out = tmp_path / "report.html"
    address = f"http://127.0.0.1:{prometheus.ports['PROMETHEUS_PORT']}"
    monkeypatch.setattr(
        "sys.argv", ["report", "--prometheus", address, "--hours", "0.1", "--out", str(out)]
    )
    report()
    text = out.read_text()
    assert text.count("<figure>") == sum(len(page.panels) for page in DASHBOARDS)
    assert text.count("<svg") > 30
    assert not re.search(r'(?:src|href)="https?:', text)
