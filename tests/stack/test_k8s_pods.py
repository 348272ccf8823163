"""The pods of the manifests run as they are rendered, under any user, and serve the blog."""

import os
import secrets
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.k8s.manifests import render
from tests.stack.kubelet import Kubelet, new_user
from tests.stack.stack import free_port, run

HOST = "localhost"


@pytest.fixture(scope="module", params=[10001, 1000730000])
def kubelet(
    request: pytest.FixtureRequest, images: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kubelet, int]]:
    """Start every pod of the `dev` overlay; give them with the edge's port."""
    folder = tmp_path_factory.mktemp("k8s")
    overlay = folder / "k8s/overlays/dev"
    run("cp", "-r", str(ROOT / "deploy/k8s"), str(ROOT / "deploy/monitoring"), str(folder))
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": "/nonexistent",
        "HTTPS_PORT": str(port),
        "SITE_HOST": HOST,
    }
    subprocess.run(
        [ROOT / "scripts/k8s-site", str(overlay)], check=True, capture_output=True, env=environment
    )
    network = f"ironpress-k8s-{secrets.token_hex(3)}"
    run("docker", "network", "create", network)
    objects = new_user(deepcopy(render(overlay)), request.param)
    kubelet = Kubelet(objects, folder / "volumes", network)
    try:
        started = {name: kubelet.start(name) for name in ("postgres", "redis")}
        kubelet.complete("migrate")
        started |= {name: kubelet.start(name) for name in ("web", "worker", "backup")}
        started["edge"] = kubelet.start("edge", publish=port)
        for component, container_id in started.items():
            kubelet.wait_until_ready(component, container_id)
        yield kubelet, port
    finally:
        kubelet.stop()
        run("docker", "network", "rm", network)


def ask(kubelet: Kubelet, port: int, path: str) -> tuple[int, str]:
    certificate = Path(kubelet.folder).parent / "k8s/overlays/dev/installation/ca/ca.crt"
    context = ssl.create_default_context(cafile=str(certificate))
    address = f"https://{HOST}:{port}{path}"
    with urllib.request.urlopen(address, timeout=20, context=context) as answer:
        return answer.status, answer.headers["Cache-Status"] or ""


def test_the_blog_answers_and_the_edge_keeps_its_pages(kubelet: tuple[Kubelet, int]) -> None:
    pods, port = kubelet
    assert ask(pods, port, "/about")[0] == 200
    assert ask(pods, port, "/about")[1].startswith("edge; hit")


def test_nothing_ended_and_nothing_was_killed(kubelet: tuple[Kubelet, int]) -> None:
    pods, _port = kubelet
    state = "{{.State.Status}} {{.State.OOMKilled}} {{.RestartCount}}"
    shown = run("docker", "inspect", "--format", state, *pods.started).split("\n")
    assert set(filter(None, shown)) == {"running false 0"}
