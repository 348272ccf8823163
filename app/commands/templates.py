"""`flask compile-templates`: for an image, once."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app import templating


@click.command("compile-templates")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def compile_templates_command(folder: Path) -> None:
    """Write every template as a Python module into FOLDER."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    templating.compile_all(app, folder)
