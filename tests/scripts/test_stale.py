"""Who has read a secret that was changed later is found."""

from pathlib import Path

from scripts.stale import is_stale


def container(file: Path, created: str) -> dict[str, object]:
    return {"Created": created, "Mounts": [{"Source": str(file), "Destination": "/run/secrets/x"}]}


def test_a_changed_or_missing_secret_makes_its_reader_stale(tmp_path: Path) -> None:
    file = tmp_path / "x"
    assert is_stale(container(file, "2026-11-25T18:50:40Z"))
    file.touch()
    assert is_stale(container(file, "2020-11-25T18:50:40.834123456Z"))
    assert not is_stale(container(file, "2100-11-25T18:50:40.8Z"))


def test_another_file_that_changes_does_not(tmp_path: Path) -> None:
    file = tmp_path / "site.conf"
    file.touch()
    mounts = [{"Source": str(file), "Destination": "/etc/nginx/site"}]
    assert not is_stale({"Created": "2020-11-25T18:50:40.834Z", "Mounts": mounts})
