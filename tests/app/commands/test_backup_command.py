import sqlite3
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask

from app import db
from app.models import Category


def back_up(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["backup", *arguments])


def unpacked(archive: Path, folder: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    with closing(sqlite3.connect(folder / "ironpress.db")) as copy:
        return [name for (name,) in copy.execute("SELECT name FROM categories ORDER BY id")]


def test_a_backup_taken_while_others_write_is_whole(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_app()
    uploads = Path(app.config["UPLOAD_FOLDER"])
    (uploads / "ab").mkdir(parents=True)
    (uploads / "ab/picture.png").write_bytes(b"picture")
    (uploads / "ab/.unfinished.part").write_bytes(b"half")
    stop = threading.Event()
    committed: list[str] = []

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                name = f"category {len(committed)}"
                db.session.add(Category(name=name, slug=name.replace(" ", "-")))
                db.session.commit()
                committed.append(name)
            db.session.remove()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(committed) < 20:
            stop.wait(0.01)
        before = list(committed)
        result = back_up(app, str(tmp_path / "backups"))
    finally:
        stop.set()
        writer.join()
    assert result.exit_code == 0, result.output
    (archive,) = (tmp_path / "backups").iterdir()
    assert archive.stat().st_mode & 0o777 == 0o600
    found = unpacked(archive, tmp_path / "restored")
    assert found[: len(before)] == before
    assert found == committed[: len(found)]
    assert (tmp_path / "restored/uploads/ab/picture.png").read_bytes() == b"picture"
    assert not (tmp_path / "restored/uploads/ab/.unfinished.part").exists()


def test_a_blog_in_memory_or_on_a_server_is_referred_to_its_own_way(
    app: Flask, tmp_path: Path
) -> None:
    result = back_up(app, str(tmp_path / "backups"))
    assert result.exit_code == 1
    assert "make backup" in result.output
    assert not (tmp_path / "backups").exists()
