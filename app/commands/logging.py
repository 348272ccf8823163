"""`flask log-level`: changes how much is logged, without a restart."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.ops import log_level


@click.command("log-level")
@click.argument("level", required=False, type=click.Choice(log_level.LEVELS, case_sensitive=False))
@click.option("--reset", is_flag=True, help="Return to LOG_LEVEL.")
@with_appcontext
def log_level_command(level: str | None, reset: bool) -> None:
    """Log from LEVEL on, in every process of this machine, within two seconds; else say which."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if level or reset:
        try:
            log_level.change(app, level and level.upper())
        except OSError as error:
            raise click.ClickException(f"{log_level.path(app)}: {error.strerror}.") from None
    click.echo(log_level.wanted(app))
