"""Who may reach whom on which port, computed from the rendered network policies.

A connection is open when the caller's policies let it out and the called one's let it in, as
Kubernetes decides it: policies that select a pod add up; a direction that none selects is open.
"""

from collections.abc import Iterator

from scripts.k8s.manifests import Object, Pods, of_kind, pods

WORLD = "world"
CLUSTER_DNS = "cluster DNS"
NAMESPACE = "kubernetes.io/metadata.name"
NODE_DNS = "169.254.20.10/32"
Connection = tuple[str, str, str]


def connections(objects: list[Object]) -> list[Connection]:
    """Return every open connection as (caller, called, port), sorted."""
    policies = of_kind(objects, "NetworkPolicy")
    found = set()
    everybody = list(pods(objects))
    for caller in everybody:
        for called in everybody:
            out = ports(policies, "egress", caller, called)
            into = ports(policies, "ingress", called, caller)
            found |= {
                (caller.component, called.component, port)
                for port in open_ports(called)
                if allows(out, port) and allows(into, port)
            }
        found |= {(caller.component, name, port) for name, port in outward(policies, caller)}
    for called in everybody:
        into = ports(policies, "ingress", called, None)
        found |= {
            (WORLD, called.component, port) for port in open_ports(called) if allows(into, port)
        }
        found |= {(name, called.component, port) for name, port in inward(policies, called)}
    return sorted(found)


def open_ports(target: Pods) -> list[str]:
    """Return the ports that a pod's containers state."""
    return [
        str(port["containerPort"])
        for container in target.containers
        for port in container.get("ports", [])
    ]


def allows(ports: set[str] | None, port: str) -> bool:
    """Say whether a port is among the allowed ones; None allows every port."""
    return ports is None or port in ports


def ports(
    policies: list[Object], direction: str, subject: Pods, other: Pods | None
) -> set[str] | None:
    """Return the ports on which the policies of a pod let another (None: the world) through.

    None stands for every port.
    """
    selecting = list(governing(policies, direction, subject))
    if not selecting:
        return None
    allowed: set[str] = set()
    for policy in selecting:
        for rule in policy["spec"].get(direction) or []:
            peers = rule.get("from" if direction == "ingress" else "to")
            if peers is not None and not any(matches(peer, other) for peer in peers):
                continue
            if "ports" not in rule:
                return None
            allowed |= {str(entry["port"]) for entry in rule["ports"]}
    return allowed


def outward(policies: list[Object], caller: Pods) -> Iterator[tuple[str, str]]:
    """Yield where a pod may call outside of the application, and on which port."""
    selecting = list(governing(policies, "egress", caller))
    if not selecting:
        yield WORLD, "any"
    for policy in selecting:
        for rule in policy["spec"].get("egress") or []:
            for peer in rule.get("to", [{}]):
                if "ipBlock" in peer:
                    name = network(peer["ipBlock"])
                elif "namespaceSelector" in peer:
                    name = CLUSTER_DNS if "k8s-app" in str(peer) else "another namespace"
                elif not peer:
                    name = WORLD
                else:
                    continue
                for entry in rule.get("ports", [{"port": "any"}]):
                    yield name, f"{entry['port']}"


def inward(policies: list[Object], called: Pods) -> Iterator[tuple[str, str]]:
    """Yield which other namespace may call a pod, and on which of its ports."""
    for policy in governing(policies, "ingress", called):
        for rule in policy["spec"].get("ingress") or []:
            for peer in rule.get("from", []):
                if "namespaceSelector" in peer:
                    labels = peer["namespaceSelector"]["matchLabels"]
                    for entry in rule["ports"]:
                        if f"{entry['port']}" in open_ports(called):
                            yield f"namespace {labels[NAMESPACE]}", f"{entry['port']}"


def network(block: Object) -> str:
    """Return the name of a network: the world, the nodes' caches of names, or its addresses."""
    if block["cidr"] == NODE_DNS:
        return CLUSTER_DNS
    return WORLD if block["cidr"] in ("0.0.0.0/0", "::/0") else block["cidr"]


def governing(policies: list[Object], direction: str, subject: Pods) -> Iterator[Object]:
    """Yield the policies that select a pod for a direction."""
    for policy in policies:
        types = policy["spec"].get("policyTypes", ["Ingress"])
        if direction.capitalize() in types and selects(policy["spec"]["podSelector"], subject):
            yield policy


def matches(peer: Object, other: Pods | None) -> bool:
    """Say whether a peer of a rule is that pod of the same namespace, or the world for None."""
    if "ipBlock" in peer:
        return other is None and network(peer["ipBlock"]) == WORLD
    if other is None or "namespaceSelector" in peer:
        return False
    return selects(peer["podSelector"], other)


def selects(selector: Object, subject: Pods) -> bool:
    """Say whether a label selector selects a pod."""
    labels = subject.labels
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for term in selector.get("matchExpressions", []):
        value = labels.get(term["key"])
        is_listed = value in term.get("values", [])
        verdict = {
            "In": is_listed,
            "NotIn": not is_listed,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }[term["operator"]]
        if not verdict:
            return False
    return True
