"""`flask serve`: the whole blog in one process, on an embedded database, with no set-up."""

import os
import secrets
import socket
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import func, select

from app.config import ROOT
from app.extensions import db
from app.models import User
from app.services import accounts, seeding

ADMIN_NAME = "admin"


@click.command("serve")
@with_appcontext
def serve_command() -> None:
    """Prepare the data folder, then serve with Gunicorn until Ctrl-C."""
    config = current_app.config
    host, port = config["HOST"], config["PORT"]
    refuse_taken_port(host, port)
    prepare_folder(Path(config["DATA_DIR"]))
    prepare_folder(Path(config["UPLOAD_FOLDER"]))
    upgrade()
    welcome_first_admin()
    db.engine.dispose()
    sys.stdout.flush()
    gunicorn = Path(sys.executable).with_name("gunicorn")
    os.execv(gunicorn, [str(gunicorn), "--config", str(ROOT / "gunicorn.conf.py")])  # noqa: S606


def refuse_taken_port(host: str, port: int) -> None:
    """Say so at once when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Cannot listen on {host}:{port} ({error.strerror}). "
                "Choose another: make run PORT=8001"
            ) from None


def prepare_folder(folder: Path) -> None:
    """Make a folder and try to write in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / ".writable"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise click.ClickException(
            f"Cannot write in {folder} ({error.strerror}). "
            "Choose another folder: make run DATA_DIR=…"
        ) from None


def welcome_first_admin() -> None:
    """Make an admin and the sample articles in an empty database; print the password once."""
    if db.session.scalar(select(func.count()).select_from(User)):
        return
    password = f"{secrets.token_urlsafe(12)}-aA1!"
    admin = accounts.create_admin(
        username=ADMIN_NAME, email=f"{ADMIN_NAME}@localhost.localdomain", password=password
    )
    seeding.add_sample_posts(author=admin)
    click.echo(f"Log in as {ADMIN_NAME} with the password {password} (shown only this once).")
