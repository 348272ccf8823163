"""`flask backup`."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import backup
from app.services.errors import DomainError


@click.command("backup")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@with_appcontext
def backup_command(folder: Path | None) -> None:
    """Copy the embedded database and the uploads into one file in FOLDER, while all runs.

    FOLDER is `backups` in DATA_DIR unless given. To restore, unpack the file into a new folder and
    give that as DATA_DIR.
    """
    try:
        made = backup.write(folder=folder or Path(current_app.config["DATA_DIR"]) / "backups")
    except DomainError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{made.path}: {made.size / 1e6:.1f} MB, {made.uploads} uploads.")
