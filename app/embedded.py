"""The embedded default: the whole blog in one process and one folder, with no set-up."""

import logging
import secrets
import socket
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import User
from app.services import accounts, seeding

ADMIN_NAME = "admin"


def prepare(app: Flask) -> None:
    """Make the folders, the tables and the first admin; end with a sentence where that fails."""
    from flask_migrate import upgrade

    refuse_taken_port(app.config["HOST"], app.config["PORT"])
    prepare_folder(Path(app.config["DATA_DIR"]))
    prepare_folder(Path(app.config["UPLOAD_FOLDER"]))
    logging.getLogger("alembic").setLevel(logging.WARNING)  # A newcomer need not read of it.
    with app.app_context():
        upgrade()
        welcome_first_admin()
        db.session.remove()


def refuse_taken_port(host: str, port: int) -> None:
    """Say so at once when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f"Cannot listen on {host}:{port} ({error.strerror}). "
                "Choose another: make run PORT=8001"
            )


def prepare_folder(folder: Path) -> None:
    """Make a folder and try to write in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / ".writable"
        trial.touch()
        trial.unlink()
    except OSError as error:
        sys.exit(
            f"Cannot write in {folder} ({error.strerror}). "
            "Choose another folder: make run DATA_DIR=…"
        )


def welcome_first_admin() -> None:
    """Make an admin and the sample articles in an empty database; print the password once."""
    if db.session.scalar(select(func.count()).select_from(User)):
        return
    password = f"{secrets.token_urlsafe(12)}-aA1!"
    admin = accounts.create_admin(
        username=ADMIN_NAME, email=f"{ADMIN_NAME}@localhost.localdomain", password=password
    )
    seeding.add_sample_posts(author=admin)
    print(
        f"Log in as {ADMIN_NAME} with the password {password} (shown only this once).", flush=True
    )
