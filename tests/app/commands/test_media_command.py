"""Operators look after uploaded files."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.extensions import db
from app.models import Upload, User
from app.models.base import utc_now
from app.services import uploads


def test_orphans_are_listed_then_deleted_and_copies_made(
    app: Flask, tmp_path: Path, make_user: Callable[..., User]
) -> None:
    app.config["UPLOAD_FOLDER"] = tmp_path
    picture = io.BytesIO()
    Image.new("RGB", (700, 300), "red").save(picture, "PNG")
    stored = uploads.store_image(
        data=picture.getvalue(), filename="cat.png", owner_id=make_user().id
    )
    upload = db.session.scalars(select(Upload)).one()
    upload.widths, upload.created_at = [], utc_now() - timedelta(days=40)
    db.session.commit()
    run = app.test_cli_runner().invoke
    assert run(args=["media", "copies"]).output == "1 pictures have smaller copies now.\n"
    assert run(args=["media", "clean", "--days", "50"]).output == "0 files deleted.\n"
    listed = run(args=["media", "clean", "--dry-run"]).output
    assert stored.path in listed
    assert "cat.png" in listed
    assert run(args=["media", "clean"]).output == "1 files deleted.\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
