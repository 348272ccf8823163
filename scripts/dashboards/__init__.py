"""Dashboards as code: declared once, shown by Grafana and by `make report`."""

from scripts.dashboards import app, data, edge, levels, load
from scripts.dashboards.panels import Dashboard

DASHBOARDS: tuple[Dashboard, ...] = (
    levels.dashboard(),
    edge.DASHBOARD,
    app.DASHBOARD,
    data.DASHBOARD,
    load.DASHBOARD,
)
