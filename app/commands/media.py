"""`flask media …`: the library of uploaded files."""

import click
from flask.cli import with_appcontext

from app.services import media


@click.group("media")
def media_cli() -> None:
    """Look after uploaded files."""


@media_cli.command("clean")
@click.option("--days", default=media.ORPHAN_DAYS, show_default=True, help="Spare younger files.")
@click.option("--dry-run", is_flag=True, help="Only list what would be deleted.")
@with_appcontext
def clean_command(days: int, dry_run: bool) -> None:
    """Delete files that no article, draft, former text or profile uses."""
    if dry_run:
        for upload in media.orphans(days=days):
            click.echo(f"{upload.path}  {upload.filename}  {upload.size} bytes")
        return
    click.echo(f"{media.remove_orphans(days=days)} files deleted.")


@media_cli.command("copies")
@with_appcontext
def copies_command() -> None:
    """Make the smaller copies of pictures that were stored before there were any."""
    click.echo(f"{sum(1 for _ in media.add_copies())} pictures have smaller copies now.")
