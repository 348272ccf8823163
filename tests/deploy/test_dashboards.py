"""The dashboards show every metric of ours, and nothing that does not exist."""

import json
import re

from app import metrics
from app.settings import ROOT
from scripts.dashboards import DASHBOARDS
from scripts.slo import levels
from tests.deploy.alerts.promtool import written_rules
from tests.deploy.queries import declared, names, queries

ASKED = {name for query in queries() for name in names(query)}


def test_every_metric_of_ours_is_shown_or_watched() -> None:
    assert [name for name, shown in declared().items() if not shown & ASKED] == []


def test_no_query_asks_for_a_metric_of_ours_that_does_not_exist() -> None:
    recorded = {rule["record"] for rule in written_rules() if "record" in rule}
    known = set().union(recorded, *declared().values())
    assert {name for name in ASKED if name.startswith(("ironpress_", "slo:"))} - known == set()


def test_the_names_in_a_query_are_found() -> None:
    query = 'sum by (le) (rate(a_total{b="c"}[5m] offset 1m)) / on (x) d:e and max(f) > bool 1e9'
    assert names(query) == {"a_total", "d:e", "f"}


def test_a_threshold_lies_on_a_limit_of_the_buckets() -> None:
    program = (ROOT / "deploy/monitoring/edge.mtail").read_text()
    limits = re.findall(r"request_duration_seconds by class buckets (.*)", program)[0].split(", ")
    for level in levels.load().levels:
        if level.kind == "latency":
            assert f"{level.threshold:g}" in limits, level.name
        if level.kind == "delay":
            assert level.threshold in metrics.DELAY_BUCKETS, level.name


def test_every_panel_has_a_unit_and_links_to_a_runbook_that_is_there() -> None:
    for page in DASHBOARDS:
        for panel in page.panels:
            assert panel.unit
            assert not panel.alert or (ROOT / f"docs/runbooks/{panel.alert}.md").exists(), panel
            assert panel.queries


def test_grafana_gets_every_page_with_numbers_that_are_not_used_twice() -> None:
    folder = ROOT / "deploy/monitoring/grafana/dashboards"
    pages = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    assert {page["uid"] for page in pages} == {f"ironpress-{page.name}" for page in DASHBOARDS}
    for page in pages:
        numbers = [panel["id"] for panel in page["panels"]]
        assert len(set(numbers)) == len(numbers)
        assert all(target["expr"] for panel in page["panels"] for target in panel["targets"])
