"""All pods at their maximum fit the quota and the database's connections, or rendering says no."""

from collections.abc import Callable
from copy import deepcopy

from scripts.k8s.budget import connections, faults, others, quantity, settings
from scripts.k8s.manifests import Object, named


def test_every_combination_fits(objects: list[Object]) -> None:
    assert faults(objects) == []


def test_the_worker_is_told_what_nobody_else_measures(objects: list[Object]) -> None:
    assert settings(objects)["OTHER_CONNECTIONS"] == others(objects)


def test_more_replicas_than_connections_are_refused_with_what_to_do(
    rendered: Callable[[str], list[Object]],
) -> None:
    objects = deepcopy(rendered("staging"))
    named(objects, "HorizontalPodAutoscaler", "web")["spec"]["maxReplicas"] = 60
    sentences = " ".join(faults(objects))
    assert "Connections:" in sentences
    assert "limits.memory:" in sentences
    assert "Lower maxReplicas" in sentences


def test_another_web_pod_costs_its_workers_pools(
    rendered: Callable[[str], list[Object]],
) -> None:
    objects = deepcopy(rendered("staging"))
    before = connections(objects)
    named(objects, "HorizontalPodAutoscaler", "web")["spec"]["maxReplicas"] += 1
    assert connections(objects) - before == 2 * (8 + 2)


def test_behind_pgbouncer_another_web_pod_costs_no_connection(
    rendered: Callable[[str], list[Object]],
) -> None:
    objects = deepcopy(rendered("staging-pgbouncer"))
    before = connections(objects)
    named(objects, "HorizontalPodAutoscaler", "web")["spec"]["maxReplicas"] += 10
    assert connections(objects) == before


def test_quantities_are_read_as_kubernetes_writes_them() -> None:
    assert [quantity(text) for text in ("500m", "2", "1Gi", 3)] == [0.5, 2, 2**30, 3]
