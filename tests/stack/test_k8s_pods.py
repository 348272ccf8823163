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
from scripts.k8s.manifests import Object, render
from tests.stack.kubelet import Kubelet, new_user
from tests.stack.stack import free_port, run, wait_until

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


@pytest.fixture
def renewing(kubelet: tuple[Kubelet, int]) -> Iterator[tuple[Kubelet, int, Path]]:
    """Start an edge whose certificate somebody renews; give it with its port and installation."""
    pods, _port = kubelet
    run("scripts/images", "acme")
    overlay = pods.folder.parent / "k8s/overlays/dev"
    path = overlay / "kustomization.yaml"
    kept = path.read_text()
    secret = next(item for item in pods.objects if of_certificate(item))
    path.write_text(kept.replace("patches:", "  - ../../components/cert-manager\npatches:"))
    try:
        objects = render(overlay)
    finally:
        path.write_text(kept)
    # What cert-manager would make of its Certificate.
    secret = deepcopy(secret) | {"metadata": {"name": "edge-certificate"}}
    user = pods.pod("edge").spec["securityContext"]["runAsUser"]
    port = free_port()
    own = Kubelet(new_user([*objects, secret], user), pods.folder / "renewing", pods.network)
    try:
        own.wait_until_ready("edge", own.start("edge", publish=port, name="edge-renewing"))
        yield own, port, overlay / "installation"
    finally:
        own.stop()


def of_certificate(item: Object) -> bool:
    """Say whether this is the secret with the edge's certificate."""
    return item["kind"] == "Secret" and item["metadata"]["name"].startswith("edge-certificate")


def served(port: int) -> str:
    """Return the certificate that is served."""
    return ssl.get_server_certificate((HOST, port), timeout=20)


def test_a_renewed_certificate_is_served_without_a_restart(
    renewing: tuple[Kubelet, int, Path],
) -> None:
    pods, port, installation = renewing
    before = served(port)
    (installation / "certs/site.crt").unlink()
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "/nonexistent", "SITE_HOST": HOST}
    environment["BUNDLE_DIR"] = str(installation)
    run("scripts/certs", env=environment)
    mounted = pods.folder / "edge-certificate"
    for name in ("site.key", "site.crt"):
        # As a kubelet does it: whole, with the pod's group.
        new = mounted / f"{name}.new"
        new.write_bytes((installation / "certs" / name).read_bytes())
        new.chmod(0o440)
        os.chown(new, 0, 10001)
        new.rename(mounted / name)
    expected = (installation / "certs/site.crt").read_text()
    wait_until(lambda: served(port).strip() in expected, seconds=60)
    assert before.strip() not in expected
    state = "{{.State.Status}} {{.RestartCount}}"
    shown = run("docker", "inspect", "--format", state, *pods.started).split("\n")
    assert set(filter(None, shown)) == {"running 0"}


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
