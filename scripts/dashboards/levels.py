"""The service levels: what was promised, what is kept, what is left."""

from scripts.dashboards.panels import Dashboard, Panel, Query
from scripts.slo import levels
from scripts.slo.levels import AnyLevel


def promise(level: AnyLevel) -> str:
    """Return what a level promises, in a few words."""
    threshold = getattr(level, "threshold", None)
    within = f" within {threshold:g} s" if threshold else ""
    return f"{level.title}: {level.objective:g} %{within}"


def panel(level: AnyLevel) -> Panel:
    """Return the plot of a level: the share of bad events beside the share that may be."""
    named = f'{{level="{level.name}"}}'
    return Panel(
        promise(level),
        "percentunit",
        (
            Query(f"slo:error_ratio:5m{named}", "bad, 5 min"),
            Query(f"slo:error_ratio:1h{named}", "bad, 1 h"),
            Query(f"slo:budget{named}", "may be bad"),
        ),
        bad=level.budget,
        alert=level.alert,
        rare=not hasattr(level, "route_class"),
    )


def dashboard() -> Dashboard:
    """Return the page, made of deploy/slo.yaml."""
    slo = levels.load()
    return Dashboard(
        "service-levels",
        "Service levels",
        (
            Panel(
                "Error budget left",
                "percentunit",
                (Query("slo:budget_left", "{{level}}"),),
                bad=0.1,
                below=True,
            ),
            Panel(
                "Alerts that fire",
                "short",
                (Query('count(ALERTS{alertstate="firing"}) or vector(0)', "alerts"),),
                bad=1,
                big=True,
            ),
            Panel(
                "Seen by a probe",
                "percentunit",
                (
                    Query(
                        'avg by (instance) (avg_over_time(probe_success{job="site"}[5m]))',
                        "{{instance}}",
                    ),
                ),
                bad=1,
                below=True,
                big=True,
                alert="SiteDown",
            ),
            *(panel(level) for level in slo.levels),
        ),
    )
