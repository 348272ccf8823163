"""Workers follow the container's CPU limit."""

from pathlib import Path

import pytest

from app.ops.machine import available_cpus, tmpfs


@pytest.mark.parametrize(
    ("content", "expected"), [("50000 100000\n", 1), ("100000 100000\n", 1), ("nonsense", None)]
)
def test_the_quota_of_the_container_counts(
    tmp_path: Path, content: str, expected: int | None
) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(content, encoding="ascii")
    unlimited = available_cpus(tmp_path / "absent")
    assert available_cpus(file) == (expected or unlimited)


def test_no_limit_means_all_cpus_of_the_affinity(tmp_path: Path) -> None:
    file = tmp_path / "cpu.max"
    file.write_text("max 100000\n", encoding="ascii")
    assert available_cpus(file) == available_cpus(tmp_path / "absent") >= 1


def test_a_quota_above_the_machine_is_cut_to_it(tmp_path: Path) -> None:
    file = tmp_path / "cpu.max"
    file.write_text("100000000 100000\n", encoding="ascii")
    assert available_cpus(file) == available_cpus(tmp_path / "absent")


def test_the_memory_folder_is_writable_where_there_is_one() -> None:
    assert tmpfs() in {None, "/dev/shm"}
