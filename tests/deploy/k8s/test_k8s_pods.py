"""What every pod may do, by the rendered manifests: Pod Security `restricted` and more."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.k8s.budget import quantity
from scripts.k8s.manifests import Object, Pods, named, of_kind, pods

VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
SERVING = {"edge", "web"}
BROUGHT = {"upload-store"}  # The operator makes these.


def containers(objects: list[Object]) -> Iterator[tuple[Pods, Object]]:
    for group in pods(objects):
        for container in group.containers:
            yield group, container


def test_pods_run_as_a_numeric_user_that_is_not_root(objects: list[Object]) -> None:
    for group in pods(objects):
        context = group.spec["securityContext"]
        assert context["runAsNonRoot"] is True, group.name
        assert context["runAsUser"] >= 10001, group.name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, group.name


def test_pods_see_nothing_of_their_node(objects: list[Object]) -> None:
    for group in pods(objects):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(group.spec), group.name
        assert group.spec["automountServiceAccountToken"] is False, group.name
        assert group.spec["enableServiceLinks"] is False, group.name
        for volume in group.spec.get("volumes", []):
            assert set(volume) - {"name"} <= VOLUMES, (group.name, volume)
        for container in group.containers:
            assert not [port for port in container.get("ports", []) if "hostPort" in port]


def test_containers_can_gain_nothing_and_write_only_where_they_should(
    objects: list[Object],
) -> None:
    for group, container in containers(objects):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, (group.name, container["name"])
        assert context["readOnlyRootFilesystem"] is True, (group.name, container["name"])
        assert context["capabilities"] == {"drop": ["ALL"]}, (group.name, container["name"])
        assert not context.get("privileged")
        assert "procMount" not in context


def test_every_service_account_is_of_one_component_and_has_no_token(objects: list[Object]) -> None:
    accounts = {item["metadata"]["name"]: item for item in of_kind(objects, "ServiceAccount")}
    for group in pods(objects):
        account = accounts[group.spec["serviceAccountName"]]
        assert account["automountServiceAccountToken"] is False
        owner = account["metadata"]["labels"]["app.kubernetes.io/component"]
        assert group.component in (owner, f"{owner}-worker")


def test_every_container_has_requests_and_limits(objects: list[Object]) -> None:
    for group, container in containers(objects):
        resources = container["resources"]
        assert set(resources["requests"]) >= {"cpu", "memory"}, (group.name, container["name"])
        assert set(resources["limits"]) >= {"cpu", "memory"}, (group.name, container["name"])


def test_temporary_folders_have_a_size(objects: list[Object]) -> None:
    for group in pods(objects):
        for volume in group.spec.get("volumes", []):
            if "emptyDir" in volume:
                assert volume["emptyDir"]["sizeLimit"], (group.name, volume["name"])


def test_what_keeps_running_says_whether_it_is_well(objects: list[Object]) -> None:
    for group in pods(objects):
        if group.kind in ("Deployment", "StatefulSet"):
            container = group.spec["containers"][0]
            assert "readinessProbe" in container, group.name
            assert "livenessProbe" in container, group.name


def test_web_is_restarted_only_for_its_own_fault(objects: list[Object]) -> None:
    web = named(objects, "Deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    paths = {
        kind: web[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "readiness", "liveness")
    }
    assert paths == {
        "startup": "/healthz/startup",
        "readiness": "/healthz/ready",
        "liveness": "/healthz/live",
    }


def test_a_rollout_takes_nothing_away_before_the_new_is_there(objects: list[Object]) -> None:
    for item in of_kind(objects, "Deployment"):
        assert item["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_what_readers_wait_for_finishes_before_it_stops(objects: list[Object]) -> None:
    for group in pods(objects):
        if group.component in SERVING:
            pause = group.spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pause >= 5
            assert group.spec["terminationGracePeriodSeconds"] >= pause + 20 + 5


def test_what_readers_wait_for_is_spread_and_kept_during_a_drain(objects: list[Object]) -> None:
    budgets = {item["metadata"]["name"] for item in of_kind(objects, "PodDisruptionBudget")}
    assert budgets >= SERVING
    for group in pods(objects):
        if group.component in SERVING:
            keys = {term["topologyKey"] for term in group.spec["topologySpreadConstraints"]}
            assert keys == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}


def test_objects_carry_the_recommended_labels(objects: list[Object]) -> None:
    for item in objects:
        if item["kind"] != "Namespace":
            labels = item["metadata"]["labels"]
            assert labels["app.kubernetes.io/name"] == "ironpress", item["metadata"]
            assert labels["app.kubernetes.io/part-of"] == "ironpress", item["metadata"]


def test_images_are_of_one_release_and_never_the_latest(objects: list[Object]) -> None:
    tags = set()
    for _group, container in containers(objects):
        _name, _, tag = container["image"].rpartition(":")
        assert tag not in ("", "latest"), container["image"]
        tags.add(tag)
    assert len(tags) == 1


def test_secrets_are_files_of_those_who_need_them(objects: list[Object]) -> None:
    for _group, container in containers(objects):
        assert "secretRef" not in str(container.get("envFrom", []))
        assert "secretKeyRef" not in str(container.get("env", []))
    mounted = {
        group.component: {
            (volume["secret"]["secretName"].partition("-")[0], item["key"])
            for volume in group.spec["volumes"]
            if volume["name"] == "secrets"
            for item in volume["secret"].get("items", [{"key": "all"}])
        }
        for group in pods(objects)
    }
    assert mounted["edge"] == {("edge", "edge_refresh")}
    assert mounted["migrate"] == {("migration", "all")}
    for component, keys in mounted.items():
        assert (("migration", "all") in keys) == (component == "migrate")


def test_no_secret_stands_anywhere_else(objects: list[Object]) -> None:
    values = {
        line
        for item in of_kind(objects, "Secret")
        for value in item["data"].values()
        for line in b64decode(value).decode().splitlines()
        if len(line) >= 32 and "BEGIN" not in line and "END" not in line
    }
    assert values
    others = [item for item in objects if item["kind"] not in ("Secret", "PrometheusRule")]
    text = json.dumps(others)
    assert [value for value in values if value in text] == []


def test_containers_stay_within_what_the_namespace_allows_one(objects: list[Object]) -> None:
    ((bounds,),) = (item["spec"]["limits"] for item in of_kind(objects, "LimitRange"))
    for group, container in containers(objects):
        for resource, most in bounds["max"].items():
            asked, limit = (
                quantity(container["resources"][side][resource]) for side in ("requests", "limits")
            )
            assert asked <= limit <= quantity(most), (group.name, container["name"])


def test_the_namespace_enforces_what_the_pods_keep(objects: list[Object]) -> None:
    (namespace,) = of_kind(objects, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_what_is_referred_to_exists(objects: list[Object]) -> None:
    made = {(item["kind"], item["metadata"]["name"]) for item in objects}
    made |= {  # Secrets that an operator makes of these.
        ("Secret", item["spec"].get("secretName") or item["spec"]["target"]["name"])
        for item in objects
        if item["kind"] in ("Certificate", "ExternalSecret")
    }
    made |= {  # Claims that a stateful set makes of its templates.
        ("PersistentVolumeClaim", f"{claim['metadata']['name']}-{item['metadata']['name']}-0")
        for item in of_kind(objects, "StatefulSet")
        for claim in item["spec"].get("volumeClaimTemplates", [])
    }
    for group in pods(objects):
        for volume in group.spec["volumes"]:
            if "secret" in volume and volume["secret"]["secretName"] not in BROUGHT:
                assert ("Secret", volume["secret"]["secretName"]) in made, group.name
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in made, group.name
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", claim) in made, group.name


def test_hosts_are_the_installations(objects: list[Object]) -> None:
    assert "SITE_HOST" not in str([item.get("spec") for item in objects])


def test_the_edge_gets_every_file_that_is_written_for_it(
    manifests: Path, rendered: Callable[[str], list[Object]]
) -> None:
    written = {path.name for path in (manifests / "overlays/dev/installation/site").glob("*.conf")}
    (given,) = (
        item
        for item in of_kind(rendered("dev"), "ConfigMap")
        if item["metadata"]["name"].startswith("edge-site")
    )
    assert set(given["data"]) == written
