"""Whether an overlay's pods at their maximum fit its quota and the database's connections."""

from collections import Counter
from math import ceil

from scripts.connections import LISTENER, Demand, Shared, pgbouncer, room
from scripts.k8s.manifests import Object, Pods, named, of_kind, pods

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
        f"{name:<16} {needed:>16,.6g} of {quantity(hard[name]):>16,.6g}"
        for name, needed in sorted(demand(objects).items())
    ]
    limit = room(max_connections(objects))
    return [*rows, f"{'connections':<16} {connections(objects):>16} of {limit:>16}"]


def quantity(text: str | int) -> float:
    """Return a Kubernetes quantity as a number of its base unit."""
    text = str(text)
    for unit, factor in UNITS.items():
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)


def most(objects: list[Object], group: Pods) -> int:
    """Return how many pods of a workload there can be, one more during a rollout included."""
    autoscalers = {
        item["spec"]["scaleTargetRef"]["name"]: item["spec"]["maxReplicas"]
        for item in of_kind(objects, "HorizontalPodAutoscaler")
    }
    count: int = autoscalers.get(group.name) or group.workload["spec"].get("replicas", 1)
    return count + (1 if group.kind == "Deployment" else 0)


def demand(objects: list[Object]) -> Counter[str]:
    """Return what all pods at their maximum need, by the quota's names."""
    total: Counter[str] = Counter()
    for group in pods(objects):
        count = most(objects, group)
        total["pods"] += count
        for side in ("requests", "limits"):
            for resource in ("cpu", "memory"):
                total[f"{side}.{resource}"] += count * pod_needs(group, side, resource)
    return total


def pod_needs(group: Pods, side: str, resource: str) -> float:
    """Return what one pod needs: its containers together, or the largest that runs before them."""

    def needs(container: Object) -> float:
        return quantity(container["resources"][side][resource])

    before = [needs(container) for container in group.spec.get("initContainers", [])]
    return max(sum(needs(container) for container in group.spec["containers"]), *before, 0)


def settings(objects: list[Object]) -> dict[str, str]:
    """Return the settings that the application's pods get."""
    web = named(objects, "Deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    name = web["envFrom"][0]["configMapRef"]["name"]
    data: dict[str, str] = named(objects, "ConfigMap", name)["data"]
    return data


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
    """Return what the worker has to tell: one more pod in a rollout, and parts without metrics."""
    if pooled := shared(objects):
        return Demand(web_processes=1, web_pool=pooled.opens, shared=pooled).others
    surge = sum(pod_connections(objects, group) for group in pods(objects))
    return Demand(web_processes=2, web_pool=surge).others
