"""The archive is kept in a bucket as well, and brings the database back on another machine."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.stack import backups
from tests.stack.stack import ADMIN, Stack, free_port, run, wait_until

# Nothing writes to these between the look and the loss.
SAME = ("categories", "posts", "users", "tags")


@pytest.fixture
def bucket() -> Iterator[int]:
    """Start a server that speaks S3, for containers to reach; give its port."""
    port = free_port()
    everywhere = ("--host", "0.0.0.0")  # noqa: S104  # Containers come by their own bridge.
    command = [sys.executable, "-m", "moto.server", *everywhere, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        wait_until(lambda: is_there(port), 60)
        httpx.put(f"http://127.0.0.1:{port}/archive").raise_for_status()
        yield port
        server.terminate()


def is_there(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/moto-api/", timeout=1).is_success
    except httpx.TransportError:
        return False


def address_of_this_machine() -> str:
    """Return this machine's address on a network that stays when a bundle goes."""
    found = json.loads(run("docker", "network", "inspect", "bridge"))
    address: str = found[0]["IPAM"]["Config"][0]["Gateway"]
    return address


@pytest.mark.slow
def test_after_the_loss_of_the_machine_the_bucket_brings_it_all_back(
    images: None, bucket: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stack = Stack(tmp_path_factory.mktemp("bundle"))
    try:
        stack.start()
        stack.flask("create-admin", ADMIN[0], "chief@example.org", ADMIN_PASSWORD=ADMIN[1])
        stack.flask("seed")
        secret = stack.folder / "secrets/backup_store"
        secret.unlink()
        secret.write_text(f"s3+http://key:secret@{address_of_this_machine()}:{bucket}/archive")
        stack.start()
        wait_until(lambda: backups.metrics(stack).get("base_timestamp_seconds"), seconds=120)
        backups.write(stack, "in-the-bucket", 50)
        expected = backups.sums(stack)
        written = time.time()
        wait_until(lambda: mirrored(stack) > written + 2, seconds=60)
        # The secrets were kept elsewhere; everything else goes with the machine.
        stack.script("bundle", "down", "--volumes", "--timeout", "5")
        assert "files fetched" in stack.script("backup", "fetch")
        output = backups.restore(stack, INTO="production")
        found = backups.restored_sums(output)
        assert {table: found[table] for table in SAME} == {table: expected[table] for table in SAME}
        assert stack.ask("/articles?x=1").status == 200
    finally:
        stack.stop()


def mirrored(stack: Stack) -> float:
    """Return up to when everything is in the bucket."""
    return backups.metrics(stack).get("mirrored_timestamp_seconds", 0)
