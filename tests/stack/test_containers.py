"""What every container may do is read from the running container, not from a file."""

import io
import json
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.stack.stack import IMAGES, SERVICES, Stack, reference, run

SECRETS_IN_CONNECTIONS = ("database_url", "database_owner_url", "redis_url")
TOOLS = ("apt", "apt-get", "dpkg", "gcc", "cc", "pip", "pip3", "perl", "curl", "wget")
SHELLS = ("sh", "bash", "dash", "busybox")


def process_status(stack: Stack, service: str) -> dict[str, str]:
    lines = Path(f"/proc/{stack.inspect(service)['State']['Pid']}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("service", SERVICES)
def test_the_process_has_no_root_no_capability_and_no_way_to_more(
    stack: Stack, service: str
) -> None:
    status = process_status(stack, service)
    assert {int(uid) for uid in status["Uid"].split()} == {10001}
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


@pytest.mark.parametrize("service", SERVICES)
def test_the_root_is_read_only_and_what_may_be_written_cannot_be_run(
    stack: Stack, service: str
) -> None:
    pid = stack.inspect(service)["State"]["Pid"]
    mounts = {
        fields[4]: (fields[5].split(","), fields[fields.index("-") + 1])
        for fields in map(str.split, Path(f"/proc/{pid}/mountinfo").read_text().splitlines())
    }
    assert "ro" in mounts["/"][0]
    assert {"noexec", "nosuid", "nodev"} <= set(mounts["/tmp"][0])
    for path, (options, kind) in mounts.items():
        if kind == "tmpfs" and "rw" in options and not path.startswith(("/dev", "/proc", "/sys")):
            assert "noexec" in options, path


@pytest.mark.parametrize("service", SERVICES)
def test_memory_processors_processes_and_logs_are_bounded(stack: Stack, service: str) -> None:
    host = stack.inspect(service)["HostConfig"]
    assert 0 < host["Memory"] <= 1 << 30
    assert host["MemorySwap"] == host["Memory"]
    assert 0 < host["NanoCpus"] <= 2_000_000_000
    assert 0 < host["PidsLimit"] <= 256
    assert host["LogConfig"]["Config"] == {"max-file": "5", "max-size": "10m"}
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert not host["Privileged"]


def test_only_the_edge_is_published_and_only_its_two_ports(stack: Stack) -> None:
    published = {}
    for service in SERVICES:
        ports = stack.inspect(service)["NetworkSettings"]["Ports"]
        published[service] = {
            int(binding["HostPort"]) for bindings in ports.values() for binding in bindings or ()
        }
    assert published.pop("edge") == {stack.http_port, stack.https_port}
    assert set().union(*published.values()) == set()


def test_no_secret_shows_in_the_engine_the_environment_or_a_log(stack: Stack) -> None:
    secrets = [
        path.read_text().strip()
        for path in (stack.folder / "secrets").iterdir()
        if path.name.endswith(("_key", "_password"))
    ]
    assert len(secrets) == 11
    ids = stack.containers(ended=True)
    shown = run("docker", "inspect", *ids) + stack.logs("")
    for service in SERVICES:
        shown += Path(f"/proc/{stack.inspect(service)['State']['Pid']}/environ").read_text()
    for image in IMAGES:
        shown += run("docker", "history", "--no-trunc", reference(image))
    assert not [secret for secret in secrets if secret in shown]


def test_secrets_are_readable_by_the_containers_user_only(stack: Stack) -> None:
    for path in (stack.folder / "secrets").iterdir():
        state = path.stat()
        assert (stat.S_IMODE(state.st_mode), state.st_uid) == (0o400, 10001), path


def image_files(image: str) -> list[tarfile.TarInfo]:
    container = run("docker", "create", "--network", "none", reference(image)).strip()
    try:
        exported = subprocess.run(
            ["docker", "export", container], capture_output=True, check=True
        ).stdout
    finally:
        run("docker", "rm", container)
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        return archive.getmembers()


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_nothing_to_install_compile_or_climb_with(images: None, image: str) -> None:
    files = image_files(image)
    assert not [file.name for file in files if file.isfile() and file.mode & 0o6000]
    programs = {
        Path(file.name).name
        for file in files
        if Path(file.name).parent.name in ("bin", "sbin") and not file.isdir()
    }
    assert not programs & set(TOOLS)
    # PostgreSQL's programs start each other through a shell.
    assert programs & set(SHELLS) == ({"dash", "sh"} if image in ("backup", "postgres") else set())
    assert not [file.name for file in files if file.name.endswith(("/pip", "/ensurepip"))]


def test_the_application_carries_no_test_and_no_development_package(images: None) -> None:
    packages = {
        file.name.partition("dist-packages/")[2].partition("/")[0] for file in image_files("app")
    }
    assert "flask" in packages
    assert not packages & {"pytest", "locust", "mypy", "playwright", "hypothesis", "pip"}


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_what_it_is(images: None, image: str) -> None:
    config = json.loads(run("docker", "inspect", reference(image)))[0]["Config"]
    assert config["User"] == "10001:0"
    for label in ("title", "description", "version", "revision"):
        assert config["Labels"][f"org.opencontainers.image.{label}"], label


@pytest.mark.parametrize("uid", ["12345", "1000730000"])
def test_the_application_runs_under_any_uid(images: None, uid: str) -> None:
    output = run(
        "docker", "run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL",
        "--user", f"{uid}:0", reference("app"), "flask", "--version",
    )  # fmt: skip
    assert "Flask 3" in output
