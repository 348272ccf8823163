"""`flask reindex`."""

import click
from flask.cli import with_appcontext

from app.commands.progress import progress_bar, show_on
from app.services.search import reindex


@click.command("reindex")
@with_appcontext
def reindex_command() -> None:
    """Build the search index anew; readers may search meanwhile."""
    with progress_bar("Indexing") as bar:
        count = reindex(progress=show_on(bar))
    click.echo(f"{count} articles indexed.")
