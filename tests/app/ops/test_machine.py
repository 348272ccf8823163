"""Workers follow the container's CPU limit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.ops.machine import available_cpus, tmpfs


def version_2(folder: Path, quota: str) -> Path:
    (folder / "cpu.max").write_text(quota, encoding="ascii")
    return folder


def version_1(folder: Path, quota: str) -> Path:
    microseconds, period = quota.split()
    (folder / "cpu").mkdir()
    (folder / "cpu/cpu.cfs_quota_us").write_text(f"{microseconds}\n", encoding="ascii")
    (folder / "cpu/cpu.cfs_period_us").write_text(f"{period}\n", encoding="ascii")
    return folder


@pytest.mark.parametrize("version", [version_1, version_2])
@pytest.mark.parametrize(("quota", "expected"), [("50000 100000\n", 1), ("100000 100000\n", 1)])
def test_the_quota_of_the_container_counts(
    tmp_path: Path, version: Callable[[Path, str], Path], quota: str, expected: int
) -> None:
    assert available_cpus(version(tmp_path, quota)) == expected


@pytest.mark.parametrize(
    ("version", "quota"),
    [
        (version_1, "-1 100000\n"),
        (version_2, "max 100000\n"),
        (version_2, "nonsense"),
        (version_2, "100000000 100000\n"),  # More than the machine has.
    ],
)
def test_without_a_smaller_quota_all_cpus_of_the_affinity_count(
    tmp_path: Path, version: Callable[[Path, str], Path], quota: str
) -> None:
    unlimited = available_cpus(tmp_path / "absent")
    assert available_cpus(version(tmp_path, quota)) == unlimited >= 1


def test_the_memory_folder_is_writable_where_there_is_one() -> None:
    assert tmpfs() in {None, "/dev/shm"}
