"""Who may reach whom in a cluster is what the documentation's table says."""

from collections.abc import Callable

from app.settings import ROOT
from scripts.k8s.manifests import Object, of_kind
from scripts.k8s.network import WORLD, connections
from scripts.k8s.page import OVERLAY, PAGE, page, shown


def test_nobody_reaches_anybody_unless_a_policy_says_so(objects: list[Object]) -> None:
    deny = next(
        item
        for item in of_kind(objects, "NetworkPolicy")
        if item["metadata"]["name"] == "default-deny"
    )
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_world_reaches_the_edge_alone(objects: list[Object]) -> None:
    open_to_all = {called for caller, called, _ in connections(objects) if caller == WORLD}
    assert open_to_all == {"edge"}


def test_the_edge_sees_no_data(objects: list[Object]) -> None:
    seen = {called for caller, called, _ in connections(objects) if caller == "edge"}
    assert seen <= {"web", "cluster DNS"}, seen


def test_only_the_worker_leaves_the_cluster_but_for_a_store(objects: list[Object]) -> None:
    leaving = {
        caller for caller, called, port in connections(objects) if called == WORLD and port != "443"
    }
    assert leaving == {"worker"}


def test_a_store_is_reached_by_those_alone_who_keep_something_in_it(
    rendered: Callable[[str], list[Object]],
) -> None:
    def reach_the_world(name: str) -> set[str]:
        found = connections(rendered(name))
        return {caller for caller, called, port in found if called == WORLD and port == "443"}

    assert reach_the_world("dev-s3") == {"web", "worker"}
    assert reach_the_world("staging-s3") == {"web", "worker", "backup"}
    assert reach_the_world("staging") == set()


def test_a_managed_database_is_looked_for_in_private_networks_alone(
    rendered: Callable[[str], list[Object]],
) -> None:
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
    for caller in ("web", "worker", "migrate"):
        found = connections(rendered("production"))
        assert {one for who, one, port in found if (who, port) == (caller, "5432")} == private


def test_behind_pgbouncer_web_has_no_other_way_to_the_database(
    rendered: Callable[[str], list[Object]],
) -> None:
    found = connections(rendered("staging-pgbouncer"))
    assert {("web", "pgbouncer", "5432"), ("pgbouncer", "postgres", "5432")} <= set(found)
    assert ("web", "postgres", "5432") not in found


def test_a_policy_less_pod_would_be_seen(rendered: Callable[[str], list[Object]]) -> None:
    objects = [item for item in rendered("dev") if item["kind"] != "NetworkPolicy"]
    assert (WORLD, "postgres", "5432") in connections(objects)
    assert ("edge", "redis", "6379") in connections(objects)


def test_the_page_of_connections_is_current(rendered: Callable[[str], list[Object]]) -> None:
    combined = {parts: rendered(name) for name, parts in shown(OVERLAY).items()}
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(rendered(OVERLAY), combined)
