"""The archive in a bucket: against a server that speaks S3."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from ironpress_backup import bucket as s3
from ironpress_backup.bucket import Bucket
from ironpress_backup.mirror import Mirror
from ironpress_backup.programs import BackupError

DAY = 24 * 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start the server and give its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        host = f"127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"http://{host}/moto-api/", timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.1)  # Nothing tells when another program listens.
        yield host
        run.terminate()


@pytest.fixture
def bucket(server: str) -> Bucket:
    """Give an empty bucket."""
    httpx.post(f"http://{server}/moto-api/reset").raise_for_status()
    made = Bucket.at(f"s3+http://key:se%2Fcret@{server}/archive?region=us-east-1")
    made.request("PUT", "")
    return made


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Give an archive with a base backup and some log."""
    for name, content in {
        "7/base/one/base.tar.zst.age": b"base" * 1000,
        "7/base/one/backup.json": b'{"name": "one"}',
        "7/wal/000000010000000000000001.zst.age": b"log",
        "7/wal/000000010000000000000002.partial.zst.age": b"lo",
        "7/position.json": b'{"lsn": "0/2"}',
        "uploads/ab/picture ü.png.zst.age": b"picture",
    }.items():
        path = tmp_path / "archive" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "archive"


def content_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def mirror_of(folder: Path, bucket: Bucket) -> Mirror:
    return Mirror(folder, bucket, 7 * DAY)


def test_the_archive_comes_back_from_the_bucket(
    archive: Path, bucket: Bucket, tmp_path: Path
) -> None:
    mirror_of(archive, bucket).tick(time.time())
    other = tmp_path / "other"
    other.mkdir()
    assert mirror_of(other, bucket).bring_back() == 6
    assert content_of(other) == content_of(archive)


def test_what_grows_and_what_is_forgotten_follows(archive: Path, bucket: Bucket) -> None:
    mirror = mirror_of(archive, bucket)
    mirror.tick(time.time())
    partial = archive / "7/wal/000000010000000000000002.partial.zst.age"
    partial.with_name("000000010000000000000002.zst.age").write_bytes(b"log")
    partial.unlink()
    (archive / "7/position.json").write_bytes(b'{"lsn": "0/3"}')  # Of the same size.
    mirror.tick(time.time())
    assert {kept.name: kept.size for kept in bucket.listed()} == {
        name: len(content) for name, content in content_of(archive).items()
    }


def test_lists_arrive_after_what_they_list(
    archive: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    put = Bucket.put

    def noted(self: Bucket, path: Path, name: str) -> None:
        order.append(name)
        put(self, path, name)

    monkeypatch.setattr(Bucket, "put", noted)
    mirror_of(archive, bucket).tick(time.time())
    assert [name.endswith(".json") for name in order] == [False] * 4 + [True] * 2


def test_an_archive_that_is_gone_deletes_nothing_in_the_bucket(
    archive: Path, bucket: Bucket, tmp_path: Path
) -> None:
    mirror_of(archive, bucket).tick(time.time())
    empty = tmp_path / "empty"
    empty.mkdir()
    mirror_of(empty, bucket).tick(time.time() + 1000 * DAY)
    assert len(list(bucket.listed())) == 6


def test_what_was_forgotten_while_nobody_looked_is_forgotten_late(
    archive: Path, bucket: Bucket
) -> None:
    mirror_of(archive, bucket).tick(time.time())
    (archive / "7/wal/000000010000000000000001.zst.age").unlink()
    mirror_of(archive, bucket).tick(time.time() + DAY)
    assert len(list(bucket.listed())) == 6
    mirror_of(archive, bucket).tick(time.time() + 15 * DAY)
    assert len(list(bucket.listed())) == 5


def test_a_large_file_is_sent_in_parts(
    archive: Path, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "PART_BYTES", 5 << 20)  # A store's least.
    large = archive / "7/base/one/base.tar.zst.age"
    large.write_bytes(bytes(range(256)) * (11 << 12))
    bucket.put(large, "large")
    bucket.get("large", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == large.read_bytes()


def test_a_bucket_that_is_away_is_said_in_a_sentence(archive: Path, bucket: Bucket) -> None:
    away = Bucket.at("s3+http://key:secret@127.0.0.1:9/archive")
    with pytest.raises(BackupError, match=r"bucket archive at 127\.0\.0\.1:9 does not do GET"):
        mirror_of(archive, away).tick(time.time())
    with pytest.raises(BackupError, match="backup_store is not s3://"):
        Bucket.at("https://example.org/archive")
