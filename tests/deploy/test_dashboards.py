"""The dashboards show every metric of ours, and nothing that does not exist."""

import json
import re

from app import metrics
from app.settings import ROOT
from scripts.dashboards import DASHBOARDS
from scripts.dashboards.panels import plain
from scripts.slo import levels
from tests.deploy.alerts.promtool import written_rules

NAME = re.compile(r"\bironpress_[a-z_]+[a-z]\b")
EDGE = re.compile(r"^(?:counter|histogram) (\w+)", re.MULTILINE)
SUFFIX = re.compile(r"_(?:total|bucket|count|sum)$")


def used() -> set[str]:
    """Return the names of our metrics in panels and rules, without what a type adds to them."""
    queries = [q.expression for page in DASHBOARDS for panel in page.panels for q in panel.queries]
    queries += [rule["expr"] for rule in written_rules()]
    return {SUFFIX.sub("", name) for query in queries for name in NAME.findall(plain(query))}


def declared() -> set[str]:
    """Return the names of the metrics of the application and of the edge."""
    of_app = {metric._name for listed in metrics.DECLARED.values() for metric in listed}
    of_edge = EDGE.findall((ROOT / "deploy/monitoring/edge.mtail").read_text())
    return of_app | {SUFFIX.sub("", name) for name in of_edge}


def test_every_metric_of_ours_is_shown_or_watched() -> None:
    assert declared() - used() == set()


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
