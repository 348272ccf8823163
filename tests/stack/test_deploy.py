"""Another release comes, and goes, while readers and writers go on."""

import secrets
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.stack.stack import SERVICES, Stack, reference, run

BROKEN = f'FROM {reference("app")}\nCMD ["flask", "no-such-command"]\n'
BROKEN_EDGE = f'FROM {reference("edge")}\nENTRYPOINT ["nginx", "-c", "/nowhere"]\n'
# Leaves the processors to the containers that start.
PAUSE_SECONDS = 0.03


@pytest.fixture
def next_tag(stack: Stack) -> Iterator[str]:
    """Give the tag of a release that differs by its name."""
    tag = f"test-{secrets.token_hex(3)}"
    run("docker", "tag", reference("app"), f"ironpress-app:{tag}")
    yield tag
    run("docker", "image", "rm", f"ironpress-app:{tag}")


@pytest.fixture
def broken_tag(stack: Stack) -> Iterator[str]:
    """Give the tag of a release that does not start."""
    tag = f"test-{secrets.token_hex(3)}"
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", f"ironpress-app:{tag}", "-"],
        input=BROKEN, text=True, check=True, capture_output=True,
    )  # fmt: skip
    yield tag
    run("docker", "image", "rm", f"ironpress-app:{tag}")


@contextmanager
def readers_and_writers(stack: Stack) -> Iterator[Counter[str]]:
    """Ask all the time, past the page cache too; count what came."""
    seen: Counter[str] = Counter()
    stop = threading.Event()

    def ask(path: str, method: str) -> None:
        while not stop.wait(PAUSE_SECONDS):
            try:
                body = "username=x&password=y" if method == "POST" else None
                status = str(stack.ask(path, method, body=body).status)
            except OSError as error:
                status = type(error).__name__
            seen[f"{method} {status}"] += 1

    targets = [("/articles?x=1", "GET"), ("/about", "GET"), ("/contact", "POST")]
    threads = [threading.Thread(target=ask, args=target) for target in targets]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def everything(stack: Stack) -> set[str]:
    """Return the ids of all that keeps running."""
    return {one for service in SERVICES for one in stack.containers(service)}


def image_of(stack: Stack) -> set[str]:
    ids = stack.containers("web")
    return set(run("docker", "inspect", "--format", "{{.Config.Image}}", *ids).split())


def test_deploy_and_rollback_fail_no_request(stack: Stack, next_tag: str) -> None:
    before = set(stack.containers("web"))
    with readers_and_writers(stack) as seen:
        stack.script("deploy", next_tag)
        assert image_of(stack) == {f"ironpress-app:{next_tag}"}
        stack.script("rollback")
    assert image_of(stack) == {reference("app")}
    assert len(stack.containers("web")) == len(before)
    assert not before & set(stack.containers("web"))
    # A form without its token is refused by the application, which is an answer.
    assert set(seen) == {"GET 200", "POST 400"}, seen
    assert seen.total() > 100


def test_another_edge_refuses_no_connection(stack: Stack, next_tag: str) -> None:
    image = f"ironpress-edge:{next_tag}"
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", image, "-"],
        input=f"FROM {reference('edge')}\nLABEL next=true\n",
        text=True, check=True, capture_output=True,
    )  # fmt: skip
    before = stack.containers("edge")
    try:
        with readers_and_writers(stack) as seen:
            stack.script("deploy", next_tag)
            assert stack.inspect("edge")["Config"]["Image"] == image
            stack.script("rollback")
    finally:
        run("docker", "image", "rm", image)
    assert stack.containers("edge") != before
    assert set(seen) == {"GET 200", "POST 400"}, seen
    # Nobody waits any longer.
    assert "ironpress-hold" not in run("iptables", "--table", "raw", "--list-rules")


def test_starting_what_runs_changes_nothing(stack: Stack, next_tag: str) -> None:
    stack.script("deploy", next_tag)
    stack.script("rollback")
    before = everything(stack)
    stack.script("up")
    assert everything(stack) == before


def test_a_release_that_does_not_start_changes_nothing(stack: Stack, broken_tag: str) -> None:
    before = stack.containers("web")
    with pytest.raises(AssertionError, match="goes on"):
        stack.script("deploy", broken_tag, "--no-migration")
    assert stack.containers("web") == before
    assert stack.ask("/articles?x=1").status == 200


def test_an_edge_that_refuses_its_configuration_stays_away(stack: Stack, next_tag: str) -> None:
    image = f"ironpress-edge:{next_tag}"
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", image, "-"],
        input=BROKEN_EDGE, text=True, check=True, capture_output=True,
    )  # fmt: skip
    before = stack.containers("edge")
    try:
        with pytest.raises(AssertionError, match="the old one goes on"):
            stack.script("deploy", next_tag, "--no-migration")
    finally:
        run("docker", "image", "rm", image)
        stack.script("rollback")
    assert stack.containers("edge") == before
    assert stack.ask("/articles?x=1").status == 200


def test_a_renewed_certificate_is_served_without_a_failed_request(stack: Stack) -> None:
    with readers_and_writers(stack) as seen:
        (stack.folder / "certs/site.crt").unlink()
        stack.script("certs")
        run("docker", "kill", "--signal", "HUP", stack.containers("edge")[0])
        stack.script("bundle", "ps")
    assert set(seen) == {"GET 200", "POST 400"}, seen
