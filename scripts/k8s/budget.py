"""Whether an overlay's pods at their maximum fit its quota and the database's connections."""

from collections import Counter
from math import ceil

from scripts.connections import LISTENER, Demand, Shared, pgbouncer, room
from scripts.k8s.manifests import Object, Pods, named, of_kind, pods

RESOURCES = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
UNITS = {"m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def faults(objects: list[Object]) -> list[str]:
    """Return a sentence for everything that exceeds its bound."""
    found = []
    (quota,) = of_kind(objects, "ResourceQuota")
    for name, needed in demand(objects).items():
        allowed = quantity(quota["spec"]["hard"][name])
        if needed > allowed:
            found.append(
                f"{name}: all pods at their maximum need {needed:g}, the quota allows {allowed:g}."
                " Lower maxReplicas of the HorizontalPodAutoscaler, or raise the ResourceQuota."
            )
    needed, allowed = connections(objects), room(max_connections(objects))
    if needed > allowed:
        found.append(
            f"Connections: all pods at their maximum may open {needed}, PostgreSQL allows"
            f" {allowed}. Lower maxReplicas or DATABASE_POOL_SIZE, or raise MAX_CONNECTIONS."
        )
    return found


def table(objects: list[Object]) -> list[str]:
    """Return a line for each bound: what all pods at their maximum need of it, and what it is."""
    (quota,) = of_kind(objects, "ResourceQuota")
    hard = quota["spec"]["hard"]
    rows = [
        (name, readable(name, needed), readable(name, quantity(hard[name])))
        for name, needed in sorted(demand(objects).items())
    ]
    rows.append(("connections", str(connections(objects)), str(room(max_connections(objects)))))
    return [f"{name:<22} {needed:>10} of {most:>10}" for name, needed, most in rows]


def readable(name: str, value: float) -> str:
    """Return an amount of one of the quota's resources, memory in MiB."""
    return f"{value / UNITS['Mi']:,.0f} MiB" if name.endswith("memory") else f"{value:g}"


def quantity(text: str | int) -> float:
    """Return a Kubernetes quantity as a number of its base unit."""
    text = str(text)
    for unit, factor in UNITS.items():
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)


def usual(objects: list[Object], group: Pods) -> int:
    """Return how many pods of a workload there can be while nothing is rolled out."""
    for item in of_kind(objects, "HorizontalPodAutoscaler"):
        if item["spec"]["scaleTargetRef"]["name"] == group.name:
            return int(item["spec"]["maxReplicas"])
    spec = group.workload["spec"]
    return int(spec.get("replicas") or spec.get("parallelism", 1))


def most(objects: list[Object], group: Pods) -> int:
    """Return how many pods of a workload there can be at the busiest moment of a rollout.

    That is one more, and where there are several another that is still going: `minReadySeconds`
    gives it the time.
    """
    count = usual(objects, group)
    if group.kind != "Deployment":
        return count
    return count + (2 if count > 1 else 1)


def demand(objects: list[Object]) -> Counter[str]:
    """Return what all pods at their maximum need, by the quota's names."""
    total: Counter[str] = Counter()
    for group in pods(objects):
        count = most(objects, group)
        total["pods"] += count
        for name in RESOURCES:
            total[name] += count * pod_needs(group, *name.split("."))
    for cluster in of_kind(objects, "Cluster"):
        # CloudNativePG's instances, and one that is being made.
        count = cluster["spec"]["instances"] + 1
        total["pods"] += count
        for name in RESOURCES:
            side, resource = name.split(".")
            total[name] += count * quantity(cluster["spec"]["resources"][side][resource])
    total["persistentvolumeclaims"] = claims(objects)
    return total


def claims(objects: list[Object]) -> int:
    """Return how many volumes are claimed."""
    return (
        len(of_kind(objects, "PersistentVolumeClaim"))
        + sum(
            item["spec"].get("replicas", 1) * len(item["spec"].get("volumeClaimTemplates", []))
            for item in of_kind(objects, "StatefulSet")
        )
        + sum(
            # Its data and its log; and of one that is being made.
            2 * (item["spec"]["instances"] + 1)
            for item in of_kind(objects, "Cluster")
        )
    )


def pod_needs(group: Pods, side: str, resource: str) -> float:
    """Return what one pod needs: its containers together, or the largest that runs before them."""

    def needs(container: Object) -> float:
        return quantity(container["resources"][side][resource])

    before = [needs(container) for container in group.spec.get("initContainers", [])]
    return max(sum(needs(container) for container in group.spec["containers"]), *before, 0)


def settings(objects: list[Object]) -> dict[str, str]:
    """Return the settings that the application's pods get."""
    web = named(objects, "Deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    given: dict[str, str] = {}
    for source in web["envFrom"]:
        given |= named(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    return given


def max_connections(objects: list[Object]) -> int:
    """Return how many connections the database takes."""
    return int(settings(objects)["MAX_CONNECTIONS"])


def pod_connections(objects: list[Object], group: Pods) -> int:
    """Return how many connections one pod may open."""
    given = settings(objects)
    if group.component == "web":
        cpus = ceil(quantity(group.spec["containers"][0]["resources"]["limits"]["cpu"]))
        return (cpus + 1) * (int(given["DATABASE_POOL_SIZE"]) + int(given["DATABASE_MAX_OVERFLOW"]))
    # Its pool of 2 and as many at a peak.
    return 4 + LISTENER if group.component == "worker" else 0


def shared(objects: list[Object]) -> Shared | None:
    """Return what all of PgBouncer may open and takes, where there is one."""
    for group in pods(objects):
        if group.component == "pgbouncer":
            each = pgbouncer()
            return Shared(each.opens * most(objects, group), each.takes)
    return None


def connections(objects: list[Object]) -> int:
    """Return how many connections all pods at their maximum may open."""
    own = {
        part: sum(
            most(objects, group) * pod_connections(objects, group)
            for group in pods(objects)
            if group.component == part
        )
        for part in ("web", "worker")
    }
    return Demand(
        web_processes=1, web_pool=own["web"], worker=own["worker"], shared=shared(objects)
    ).total


def others(objects: list[Object]) -> str:
    """Return what the worker has to tell: pods of a rollout, and parts without metrics."""
    if pooled := shared(objects):
        return Demand(web_processes=1, web_pool=pooled.opens, shared=pooled).others
    surge = sum(
        (most(objects, group) - usual(objects, group)) * pod_connections(objects, group)
        for group in pods(objects)
    )
    return Demand(web_processes=2, web_pool=surge).others
