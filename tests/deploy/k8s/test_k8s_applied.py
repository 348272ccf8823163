"""What a cluster would refuse, or break later, although it renders and has a valid form."""

import json
from collections.abc import Callable

import yaml

from app.settings import ROOT
from scripts.k8s.budget import settings
from scripts.k8s.manifests import Object, named, of_kind, pods

CLUSTER_SCOPED = {"Namespace", "PriorityClass"}
ANNOTATION_BYTES = 262_144


def test_what_is_the_clusters_is_named_by_the_namespace(
    rendered: Callable[[str], list[Object]],
) -> None:
    """Else one overlay would change, or delete, what another needs."""
    seen: set[tuple[str, str]] = set()
    for name in ("dev", "staging", "production"):
        objects = rendered(name)
        (namespace,) = (item["metadata"]["name"] for item in of_kind(objects, "Namespace"))
        found = {
            (item["kind"], item["metadata"]["name"])
            for item in objects
            if "namespace" not in item["metadata"]
        }
        assert {kind for kind, _ in found} == CLUSTER_SCOPED
        assert all(given.startswith(namespace) for _, given in found)
        assert not found & seen
        seen |= found


def test_every_pod_has_a_priority_of_its_own_overlay(objects: list[Object]) -> None:
    made = {item["metadata"]["name"] for item in of_kind(objects, "PriorityClass")}
    for group in pods(objects):
        assert group.spec["priorityClassName"] in made, group.name
    for item in of_kind(objects, "Cluster"):
        assert item["spec"]["priorityClassName"] in made


def test_every_object_fits_the_annotation_that_apply_writes(objects: list[Object]) -> None:
    for item in objects:
        assert len(json.dumps(item)) < ANNOTATION_BYTES, item["metadata"]["name"]


def test_who_scales_is_the_autoscaler_alone(objects: list[Object]) -> None:
    """A count in the manifest would undo its work at every apply."""
    scaled = {
        item["spec"]["scaleTargetRef"]["name"]
        for item in of_kind(objects, "HorizontalPodAutoscaler")
    }
    assert scaled == {"web"}
    for name in scaled:
        assert "replicas" not in named(objects, "Deployment", name)["spec"]


def test_one_pod_goes_at_a_time_where_there_are_several(objects: list[Object]) -> None:
    """Until it is gone it has its connections and its part of the quota: the budget counts one."""
    for group in pods(objects):
        spec = group.workload["spec"]
        if group.kind == "Deployment" and spec.get("replicas", 2) > 1:
            assert spec["minReadySeconds"] >= group.spec["terminationGracePeriodSeconds"]
    web = named(objects, "HorizontalPodAutoscaler", "web")
    (policy,) = web["spec"]["behavior"]["scaleDown"]["policies"]
    grace = named(objects, "Deployment", "web")["spec"]["template"]["spec"]
    assert policy["value"] == 1
    assert policy["periodSeconds"] > grace["terminationGracePeriodSeconds"]


def test_a_template_of_volumes_never_changes(objects: list[Object]) -> None:
    """It cannot be changed; so no release, hash or overlay's label may be in it."""
    for item in of_kind(objects, "StatefulSet"):
        for claim in item["spec"]["volumeClaimTemplates"]:
            labels = claim["metadata"].get("labels", {})
            assert set(labels) <= {"app.kubernetes.io/name", "app.kubernetes.io/part-of"}
            assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]


def test_what_selects_pods_never_changes(objects: list[Object]) -> None:
    for group in pods(objects):
        if group.kind in ("Deployment", "StatefulSet"):
            assert group.workload["spec"]["selector"] == {
                "matchLabels": {"app.kubernetes.io/component": group.component}
            }


def test_a_secret_that_changes_replaces_its_readers_alone(
    rendered: Callable[[str], list[Object]],
) -> None:
    """docs/k8s.md says whom; above all the database is not started anew for a mail server."""
    readers = {
        volume["secret"]["secretName"]: {
            group.component
            for group in pods(rendered("dev"))
            for other in group.spec["volumes"]
            if other.get("secret", {}).get("secretName") == volume["secret"]["secretName"]
        }
        for group in pods(rendered("dev"))
        for volume in group.spec["volumes"]
        if "secret" in volume
    }
    assert {name.rpartition("-")[0] or name: who for name, who in readers.items()} == {
        "app": {"web", "worker"},
        "backup": {"backup"},
        "edge": {"edge"},
        "edge-certificate": {"edge"},
        "migration": {"migrate"},
        "postgres": {"postgres"},
        "redis": {"redis"},
    }


def test_a_setting_of_the_site_does_not_start_the_database_anew(objects: list[Object]) -> None:
    for group in pods(objects):
        if group.component in ("postgres", "redis", "backup"):
            assert "settings-" not in str(group.spec), group.name


def test_cloudnativepg_takes_as_many_connections_as_are_counted_on(
    rendered: Callable[[str], list[Object]],
) -> None:
    objects = rendered("staging-cnpg")
    (cluster,) = of_kind(objects, "Cluster")
    given = cluster["spec"]["postgresql"]["parameters"]["max_connections"]
    assert given == settings(objects)["MAX_CONNECTIONS"]


def test_applying_the_overlay_restores_nothing(rendered: Callable[[str], list[Object]]) -> None:
    assert named(rendered("staging-restore"), "Job", "restore")["spec"]["suspend"] is True


def test_images_that_were_loaded_by_hand_are_used(objects: list[Object]) -> None:
    for group in pods(objects):
        for container in group.containers:
            assert container.get("imagePullPolicy", "IfNotPresent") == "IfNotPresent"


def test_a_manifest_holds_one_object() -> None:
    for path in (ROOT / "deploy/k8s").rglob("*.yaml"):
        if "overlays" not in path.parts:  # They hold differences.
            assert len(list(yaml.safe_load_all(path.read_text(encoding="utf-8")))) == 1, path


def test_the_edges_memory_does_not_grow_with_its_nodes_cores() -> None:
    configuration = (ROOT / "deploy/nginx/conf/nginx.conf").read_text(encoding="utf-8")
    assert "\nworker_processes 2;\n" in configuration
