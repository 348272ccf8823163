"""Ways out of a container: none of them leads anywhere, tried and read from inside."""

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.stack.stack import SERVICES, Stack, reference, run

UID = 10001
# Where a container may write, besides memory that is gone with it.
WRITABLE = {
    "backup": {"/var/lib/backup/archive", "/var/lib/backup/work"},
    "edge": {"/var/cache/nginx"},
    "postgres": {"/var/lib/postgresql"},
    "redis": set(),
    "web": {"/var/lib/ironpress/uploads"},
    "worker": set(),
}
NETWORKS = {
    "backup": {"data"},
    "edge": {"outside", "front"},
    "postgres": {"data"},
    "redis": {"data"},
    "web": {"front", "data"},
    "worker": {"data", "front", "mail"},
}
LEAD_OUT = {"outside", "mail"}
DEVICES = {"console", "full", "null", "ptmx", "random", "tty", "urandom", "zero"}
# Where this kernel has them.
KERNEL_IS_HIDDEN = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware")
KERNEL_IS_READ_ONLY = ("/proc/bus", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/sys")
SPACES = ("ipc", "mnt", "net", "pid", "uts")
OF_PYTHON = ("web", "worker", "backup")
# Each must fail: with an OSError, or with what the C library returns.
ATTEMPTS = {
    "become root": "os.setuid(0)",
    "a user namespace": "os.unshare(os.CLONE_NEWUSER)",
    "a mount namespace": "os.unshare(os.CLONE_NEWNS)",
    "a network namespace": "os.unshare(os.CLONE_NEWNET)",
    "the host's namespace": "os.setns(os.open('/proc/1/ns/mnt', 0), 0)",
    "a device": "os.mknod('/tmp/disk', 0o600 | stat.S_IFBLK, os.makedev(8, 0))",
    "another root": "os.chroot('/tmp')",
    "a mount": "call(libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None))",
    "an unmount": "call(libc.umount2(b'/tmp', 0))",
    "a module": "call(libc.syscall(313, -1, b'', 0))",
    "a program for the kernel": "call(libc.syscall(321, 0, None, 0))",
    "keys of the kernel": "call(libc.syscall(250, 0, -3, 1))",
    "events of the processor": "call(libc.syscall(298, None, 0, -1, -1, 0))",
    "a page fault of one's own": "call(libc.syscall(323, 0))",
    "a file by its handle": "call(libc.syscall(304, 3, None, 0))",
    "another time": "time.clock_settime(time.CLOCK_REALTIME, 0)",
    "another name": "socket.sethostname('x')",
    "a raw socket": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    "every packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a program in /tmp": "run(b'#!/usr/bin/python3.13\\n', '/tmp/program')",
    "a program in /dev/shm": "run(b'#!/usr/bin/python3.13\\n', '/dev/shm/program')",
    "a file in /usr": "open('/usr/x', 'w')",
    "a file in /etc": "open('/etc/x', 'w')",
    "another resolver": "open('/etc/resolv.conf', 'a')",
    "other hosts": "open('/etc/hosts', 'a')",
    "the kernel's settings": "open('/proc/sys/kernel/core_pattern', 'w')",
    "the kernel's memory": "open('/dev/mem')",
    "a reboot": "open('/proc/sysrq-trigger', 'w')",
    "the engine": "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
    "a cloud's secrets": "socket.create_connection(('169.254.169.254', 80), 2)",
    "a secret of others": "open('/run/secrets/postgres_password')",
}
PROLOGUE = """
import ctypes, os, socket, stat, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), 'refused')
def run(content, path):
    with open(path, 'wb') as file:
        file.write(content)
    os.chmod(path, 0o700)
    subprocess.run([path], check=True)
"""
TRIED = len(ATTEMPTS) * len(OF_PYTHON) - 1


def of_container(stack: Stack, service: str, file: str) -> Path:
    """Return a path of the kernel's about a service's main process."""
    return Path(f"/proc/{stack.inspect(service)['State']['Pid']}/{file}")


def mounts(stack: Stack, service: str) -> dict[str, list[str]]:
    """Return the options of every mount, by path."""
    lines = of_container(stack, service, "mountinfo").read_text().splitlines()
    return {fields[4]: fields[5].split(",") for fields in map(str.split, lines)}


def trying(names: Iterable[str]) -> str:
    """Return a program that makes attempts and prints the names of those that succeed."""
    return PROLOGUE + "".join(
        f"try:\n    {ATTEMPTS[name]}\n    print({name!r})\n"
        f"except (OSError, subprocess.SubprocessError):\n    pass\n"
        for name in names
    )


@pytest.mark.parametrize("service", OF_PYTHON)
def test_no_way_out_of_a_container_is_open(stack: Stack, service: str) -> None:
    # The worker may reach the world, a cloud's own services with it: it delivers mail.
    own = ATTEMPTS.keys() - ({"a cloud's secrets"} if service == "worker" else set())
    assert stack.python(service, trying(sorted(own))).splitlines() == []


WALLS = {
    "user": ("--user", "10001:0"),  # The last one counts.
    "capabilities": ("--cap-drop", "ALL"),
    "root": ("--read-only",),
    "memory": ("--tmpfs", "/tmp:mode=1777"),
    "network": ("--network", "none"),
}
# What is taken away, and what then succeeds.
MUTATIONS = [
    ({"user", "capabilities"}, {"a raw socket", "another root", "become root"}),
    ({"user", "root"}, {"a file in /usr", "a file in /etc"}),
    ({"memory", "root"}, {"a program in /tmp"}),
]


def succeeding(names: set[str], without: set[str]) -> set[str]:
    """Return the attempts that succeed in a container of the application without some walls."""
    walls = [word for name, words in WALLS.items() if name not in without for word in words]
    walls = ["--user", "0:0", *walls]
    command = ("--entrypoint", "python3.13", reference("app"), "-c", trying(sorted(names)))
    return set(run("docker", "run", "--rm", *walls, *command).splitlines())


@pytest.mark.parametrize(
    ("walls", "ways"), MUTATIONS, ids=[" and ".join(sorted(walls)) for walls, _ in MUTATIONS]
)
def test_a_wall_of_the_container_bears_load(images: None, walls: set[str], ways: set[str]) -> None:
    assert succeeding(ways, without=set()) == set()
    assert succeeding(ways, without=walls) == ways


@pytest.mark.parametrize("service", SERVICES)
def test_only_harmless_devices_are_there(stack: Stack, service: str) -> None:
    folder = of_container(stack, service, "root/dev")
    found = {
        entry.name
        for entry in os.scandir(folder)
        if stat.S_ISBLK(mode := entry.stat(follow_symlinks=False).st_mode) or stat.S_ISCHR(mode)
    }
    assert found <= DEVICES


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_writes_to_its_own_places_alone(stack: Stack, service: str) -> None:
    root = of_container(stack, service, "root")
    writable = set()
    for path, options in mounts(stack, service).items():
        if "rw" not in options or path.startswith(("/proc", "/sys", "/dev")):
            continue
        state = (root / path.lstrip("/")).stat()
        owned = state.st_uid == UID or (state.st_gid == 0 and state.st_mode & stat.S_IWGRP)
        if (owned or state.st_mode & stat.S_IWOTH) and "noexec" not in options:
            writable.add(path)
    assert writable == WRITABLE[service]
    for mount in stack.inspect(service)["Mounts"]:
        if mount["Type"] == "bind":
            assert not mount["RW"], mount
            assert Path(mount["Source"]).is_relative_to(stack.folder), mount


@pytest.mark.parametrize("service", SERVICES)
def test_the_kernel_is_out_of_reach_and_every_space_is_the_containers_own(
    stack: Stack, service: str
) -> None:
    found = mounts(stack, service)
    for path in filter(os.path.exists, KERNEL_IS_HIDDEN):
        assert path in found, path
    for path in filter(os.path.exists, KERNEL_IS_READ_ONLY):
        assert "ro" in found[path], path
    for space in SPACES:
        own = of_container(stack, service, f"ns/{space}").readlink()
        assert own != Path(f"/proc/self/ns/{space}").readlink(), space
    limits = of_container(stack, service, "limits").read_text()
    assert [line.split()[-3:-1] for line in limits.splitlines() if "core file" in line] == [
        ["0", "0"]
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_in_its_own_networks_alone(stack: Stack, service: str) -> None:
    networks = {
        name.removeprefix(f"{stack.name}_")
        for name in stack.inspect(service)["NetworkSettings"]["Networks"]
    }
    assert networks == NETWORKS[service]
    for network in networks - LEAD_OUT:
        (found,) = json.loads(run("docker", "network", "inspect", f"{stack.name}_{network}"))
        assert found["Internal"]
