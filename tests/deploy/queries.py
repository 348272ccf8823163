"""Every query of rules, panels and runbooks, and the metrics that they ask for."""

import re

from ironpress_backup import metrics as backup

from app import metrics
from app.metric_text import described
from app.ops.arbiter import ArbiterCollector
from app.settings import ROOT
from scripts.dashboards import DASHBOARDS
from scripts.dashboards.grafana import deploys
from scripts.dashboards.panels import plain
from tests.deploy.alerts.promtool import written_rules

RUNBOOK = re.compile(r"promtool query instant http://localhost:9090 '(.*)'")
# Texts, labels and times are no metrics; nor are functions and words.
BESIDE = re.compile(
    r"""("[^"]*"|'[^']*'|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring)\s*\([^)]*\))"""
)
NAME = re.compile(r"(?<![\w.:])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()")
WORDS = {"and", "or", "unless", "bool", "offset"}
EDGE = re.compile(r"^(counter|histogram) (\w+)", re.MULTILINE)
LOAD = re.compile(r"# TYPE \{PREFIX\}(\w+)")
PARTS = {"histogram": ("_bucket", "_count", "_sum")}


def queries() -> set[str]:
    """Return every query."""
    found = {q.expression for page in DASHBOARDS for panel in page.panels for q in panel.queries}
    found |= {metric for page in DASHBOARDS for metric, _ in page.variables.values()}
    found |= {deploys()["expr"]} | {rule["expr"] for rule in written_rules()}
    for path in (ROOT / "docs/runbooks").glob("*.md"):
        found |= set(RUNBOOK.findall(path.read_text()))
    return {plain(query) for query in found}


def names(query: str) -> set[str]:
    """Return the metrics that a query asks for."""
    return set(NAME.findall(BESIDE.sub(" ", query))) - WORDS


def declared() -> dict[str, set[str]]:
    """Return the names under which Prometheus keeps each metric that is made by us."""
    found = {}
    for metric in metrics.declared():
        name, kind, _ = described(metric)
        found[name] = shown(name, kind)
    for family in ArbiterCollector().describe():
        found[family.name] = shown(family.name, family.type)
    program = (ROOT / "deploy/monitoring/edge.mtail").read_text()
    for kind, name in EDGE.findall(program):
        found[name] = shown(name.removesuffix("_total"), kind)
    of_backup = {backup.PREFIX + name for name in backup.HELP}
    # Locust's packages are not there where this runs.
    load = (ROOT / "loadtests/exposition.py").read_text()
    of_load = {f"ironpress_loadtest{name}" for name in LOAD.findall(load)}
    return found | {name: {name} for name in of_backup | of_load}


def shown(name: str, kind: str) -> set[str]:
    """Return a metric's names by its type."""
    if kind == "counter":
        return {f"{name}_total"}
    return {name + part for part in PARTS.get(kind, ("",))}
