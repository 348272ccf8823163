"""The pods of the manifests run as they are rendered, under any user, and serve the blog."""

import json
import os
import secrets
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.k8s.manifests import Object, render
from tests.stack import backups
from tests.stack.kubelet import Kubelet, new_user
from tests.stack.provider import Provider
from tests.stack.stack import free_port, reference, run, wait_until

HOST = "localhost"
# Prints how many categories' names begin so.
COUNT = """
import sys
from app import create_app, db
from app.models import Category
with create_app().app_context():
    print(db.session.query(Category).filter(Category.name.startswith(sys.argv[1])).count())
"""


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
    objects = new_user(deepcopy(with_components(overlay, "restore")), request.param)
    kubelet = Kubelet(objects, folder / "volumes", network)
    try:
        for name in ("postgres", "redis"):
            kubelet.start(name)
        kubelet.complete("migrate")
        for name in ("web", "worker", "backup"):
            kubelet.start(name)
        kubelet.start("edge", publish=port)
        for component, container_id in kubelet.ids.items():
            kubelet.wait_until_ready(component, container_id)
        yield kubelet, port
    finally:
        kubelet.stop()
        run("docker", "network", "rm", network)


def with_components(overlay: Path, *names: str) -> list[Object]:
    """Render an overlay with some more components."""
    path = overlay / "kustomization.yaml"
    kept = path.read_text()
    lines = "".join(f"  - ../../components/{name}\n" for name in names)
    path.write_text(kept.replace("patches:\n", f"{lines}patches:\n"))
    try:
        return render(overlay)
    finally:
        path.write_text(kept)


@pytest.fixture
def renewing(kubelet: tuple[Kubelet, int]) -> Iterator[tuple[Kubelet, int, Path]]:
    """Start an edge whose certificate somebody renews; give it with its port and installation."""
    pods, _port = kubelet
    run("scripts/images", "acme")
    overlay = pods.folder.parent / "k8s/overlays/dev"
    secret = next(item for item in pods.objects if of_certificate(item))
    objects = with_components(overlay, "cert-manager")
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


def committed(pods: Kubelet, prefix: str, pod: str = "web") -> None:
    """Write a few rows from a web pod."""
    assert pods.python(pod, backups.WRITE, "5", "0", prefix).count(prefix) == 5


def backed_up(pods: Kubelet) -> dict[str, float]:
    """Return what the backup's pod tells Prometheus."""
    address = f"http://{pods.address(pods.ids['backup'])}:9102/metrics"
    with urllib.request.urlopen(address, timeout=20) as answer:
        return backups.figures(answer.read().decode())


def sums(pods: Kubelet) -> dict[str, list[object]]:
    """Return rows and row hashes of every table of the database."""
    found: dict[str, list[object]] = json.loads(
        pods.python("backup", backups.ASK, "marks.sums(connection)")
    )
    return found


def test_the_backups_pod_takes_a_backup_and_proves_it(kubelet: tuple[Kubelet, int]) -> None:
    pods, _port = kubelet
    wait_until(lambda: "verified_timestamp_seconds" in backed_up(pods), seconds=120)


def test_the_job_of_restore_puts_the_newest_moment_back(kubelet: tuple[Kubelet, int]) -> None:
    """The steps of docs/k8s.md; the database's volume is lost."""
    pods, port = kubelet
    ask(pods, port, "/about")
    wait_until(lambda: "base_timestamp_seconds" in backed_up(pods), seconds=120)
    committed(pods, "restored")
    expected = sums(pods)
    run("docker", "exec", pods.ids["backup"], "python3.13", "-m", "ironpress_backup", "catch-up")
    for component in ("worker", "backup", "postgres"):
        pods.scale_to_none(component)
    for path in (pods.folder / "database-postgres-0").iterdir():
        shutil.rmtree(path)
    said = pods.complete("restore", network="none")
    assert ask(pods, port, "/about")[0] == 200
    for component in ("postgres", "backup", "worker"):
        pods.wait_until_ready(component, pods.start(component), seconds=120)
    assert sums(pods) == expected
    assert "database of before is kept as none" in said
    pods.wait_until_ready("web", pods.ids["web"])
    committed(pods, "after")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """Give a provider whose servers are not started yet."""
    provider = Provider(tmp_path)
    try:
        yield provider
    finally:
        provider.stop()


@pytest.mark.parametrize("kubelet", [10001], indirect=True)
def test_the_blog_moves_to_a_managed_database(
    kubelet: tuple[Kubelet, int], provider: Provider
) -> None:
    """The copy of docs/k8s.md by its own commands, then the pods that use the copy."""
    pods, _port = kubelet
    committed(pods, "moved")
    overlay = pods.folder.parent / "k8s/overlays/dev"
    given = overlay / "installation/secrets"
    postgres, redis = provider.postgres(), provider.redis(given / "redis_acl")
    old = (given / "database_owner_url").read_text().strip().replace("@postgres/", "@127.0.0.1/")
    new = provider.addresses(postgres, redis, (given / "redis_password").read_text().strip())
    for name, value in new.items():
        (given / name).write_text(f"{value}\n")
    plain = "--no-owner --no-privileges"
    run(
        "sh", "-ec",
        f"docker exec {pods.ids['postgres']} pg_dump --format custom {plain} '{old}' |"
        f" docker run --rm --interactive --volume {given}:/run/secrets:ro --user $(id -u):0"
        f" --entrypoint pg_restore {reference('postgres')} {plain} --exit-on-error"
        f" --dbname \"$(cat {given}/database_owner_url)\"",
    )  # fmt: skip
    objects = new_user(with_components(overlay, "external-data"), 10001)
    managed = Kubelet(objects, pods.folder / "moved", pods.network)
    try:
        managed.complete("migrate")
        managed.wait_until_ready("web", managed.start("web", name="managed"))
        assert managed.python("managed", COUNT, "moved") == "5"
        committed(managed, "managed", pod="managed")
    finally:
        managed.stop()
