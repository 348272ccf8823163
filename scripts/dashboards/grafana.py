"""Writes dashboards as Grafana's JSON."""

import json
from typing import Any

from scripts.dashboards.panels import Dashboard, Panel

SOURCE = {"type": "prometheus", "uid": "prometheus"}
COLUMNS, WIDTH, HEIGHT = 24, 8, 7
GOOD, BAD = "green", "red"


def text(dashboard: Dashboard, runbooks: str) -> str:
    """Return the file that Grafana is provisioned with."""
    page = {
        "uid": f"ironpress-{dashboard.name}",
        "title": f"Ironpress: {dashboard.title}",
        "tags": ["ironpress"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "graphTooltip": 1,
        "links": [{"type": "dashboards", "tags": ["ironpress"], "title": "Ironpress"}],
        "annotations": {"list": [annotations("Load tests", "loadtest"), deploys()]},
        "templating": {"list": [variable(name, *of) for name, of in dashboard.variables.items()]},
        "panels": [
            panel(number, described, runbooks) for number, described in enumerate(dashboard.panels)
        ],
    }
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


def annotations(name: str, tag: str) -> dict[str, Any]:
    """Return the marks that `scripts/marks.py` writes into Grafana."""
    return {
        "name": name,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "iconColor": "purple",
        "target": {"type": "tags", "tags": [tag], "matchAny": True, "limit": 100},
    }


def deploys() -> dict[str, Any]:
    """Return a mark wherever another release begins to run."""
    running = "sum by (revision) (ironpress_build_info{})"
    return {
        "name": "Releases",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": f"{running.format('')} unless {running.format(' offset 1m')}",
        "titleFormat": "release {{revision}}",
    }


def variable(name: str, metric: str, label: str) -> dict[str, Any]:
    """Return a choice of a label's values, all at first."""
    return {
        "name": name,
        "type": "query",
        "datasource": SOURCE,
        "query": f"label_values({metric}, {label})",
        "definition": f"label_values({metric}, {label})",
        "includeAll": True,
        "allValue": ".+",
        "multi": True,
        "refresh": 2,
        "sort": 1,
        "current": {"text": "All", "value": "$__all"},
    }


def panel(number: int, described: Panel, runbooks: str) -> dict[str, Any]:
    """Return one panel; three stand side by side."""
    a_row = COLUMNS // WIDTH
    links = [{"title": "Runbook", "url": f"{runbooks}/{described.alert}.md", "targetBlank": True}]
    return {
        "id": number + 1,
        "title": described.title,
        "type": "stat" if described.big else "timeseries",
        "datasource": SOURCE,
        "gridPos": {
            "x": number % a_row * WIDTH,
            "y": number // a_row * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "links": links if described.alert else [],
        "fieldConfig": {
            "defaults": {
                "unit": described.unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps(described)},
                "custom": {
                    "fillOpacity": 8,
                    "showPoints": "never",
                    "thresholdsStyle": {"mode": "off" if described.bad is None else "line"},
                },
            },
            "overrides": [],
        },
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": SOURCE,
                "expr": query.expression,
                "legendFormat": query.name,
            }
            for place, query in enumerate(described.queries)
        ],
    }


def steps(described: Panel) -> list[dict[str, Any]]:
    """Return where a value turns bad."""
    if described.bad is None:
        return [{"color": GOOD, "value": None}]
    first, second = (BAD, GOOD) if described.below else (GOOD, BAD)
    return [{"color": first, "value": None}, {"color": second, "value": described.bad}]
