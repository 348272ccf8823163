"""`flask reindex`."""

import click
from flask.cli import with_appcontext

from app.services.search import reindex


@click.command("reindex")
@with_appcontext
def reindex_command() -> None:
    """Build the search index anew; readers may search meanwhile."""
    with click.progressbar(length=1, label="Indexing") as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        count = reindex(progress=show)
    click.echo(f"{count} articles indexed.")
