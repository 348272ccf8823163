"""`flask wait-for-schema`: what a new container does before it serves."""

from time import monotonic, sleep

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app.ops import schema

PAUSE_SECONDS = 0.5


@click.command("wait-for-schema")
@click.option("--seconds", default=600, show_default=True, help="Give up after this time.")
@with_appcontext
def wait_for_schema_command(seconds: int) -> None:
    """Wait until the database has the tables that this release needs."""
    deadline = monotonic() + seconds
    said = ""
    while reason := obstacle():
        if monotonic() >= deadline:
            raise click.ClickException(f"{reason} Run the migration: flask db upgrade")
        if reason != said:
            click.echo(f"{reason} Waiting.")
            said = reason
        sleep(PAUSE_SECONDS)
    click.echo("The schema is there.")


def obstacle() -> str | None:
    """Return why this release cannot start yet, None when it can."""
    try:
        return schema.missing()
    except SQLAlchemyError:
        return "The database does not answer."
