"""Writes docs/k8s-connections.md: the table and the drawing of who may reach whom."""

from itertools import groupby

from scripts.k8s.combinations import COMBINATIONS
from scripts.k8s.manifests import Object
from scripts.k8s.network import CLUSTER_DNS, WORLD, Connection, connections

PAGE = "docs/k8s-connections.md"
OVERLAY = "staging"
HEAD = """# Who may reach whom in the cluster

Computed from the rendered manifests of the `staging` overlay (`make k8s-docs`); everything that is
not here is refused in both directions. What has to look names up may ask the cluster's DNS too.
CloudNativePG makes its own pods: what they may is in `components/cnpg/networkpolicy.yaml`.
"""


ADDITIONS = """
## What components add

| with | caller | called | port |
|---|---|---|---|
"""


def page(base: list[Object], combined: dict[str, list[Object]]) -> str:
    """Return the page for an overlay's objects, and for those of its combinations by name."""
    own = seen(base)
    rows = [
        f"| {name} | {caller} | {called} | {port} |"
        for name, objects in combined.items()
        for caller, called, port in seen(objects)
        if (caller, called, port) not in own
    ]
    return f"{HEAD}\n{drawing(own)}\n{table(own)}{ADDITIONS}" + "\n".join([*rows, ""])


def seen(objects: list[Object]) -> list[Connection]:
    """Return the connections that the page shows."""
    return [item for item in connections(objects) if item[1] != CLUSTER_DNS]


def shown(overlay: str) -> dict[str, str]:
    """Return which combinations of an overlay the page shows: name → components."""
    return {
        name: ", ".join(part.replace("-", "without ", 1) if part[0] == "-" else part for part in on)
        for name, (under, on) in COMBINATIONS.items()
        if under == overlay and on
    }


def drawing(found: list[Connection]) -> str:
    """Return the connections as a Mermaid graph, which forges draw."""
    lines = ["```mermaid", "flowchart TB"]
    # From readers on, so that their way is drawn straight and no label covers another.
    ordered = sorted(found, key=lambda item: (item[0] != WORLD, item))
    for (caller, called), group in groupby(ordered, key=lambda item: item[:2]):
        ports = ", ".join(port for _, _, port in sorted(group, key=lambda item: int(item[2])))
        lines.append(f'    {node(caller, "in")} -- "{ports}" --> {node(called, "out")}')
    return "\n".join([*lines, "```", ""])


def node(name: str, side: str) -> str:
    """Return a node; the world stands on both sides."""
    return f"{WORLD}_{side}((world))" if name == WORLD else f"{name}[{name}]"


def table(found: list[Connection]) -> str:
    """Return the connections as a table."""
    rows = [f"| {caller} | {called} | {port} |" for caller, called, port in found]
    return "\n".join(["| caller | called | port |", "|---|---|---|", *rows, ""])
