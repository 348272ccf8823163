"""`flask import …` and `flask export …`."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.commands.progress import progress_bar, show_on
from app.extensions import db
from app.models import Role, User
from app.services.exporting import ExportRefused, export_markdown
from app.services.importing import (
    GhostExport,
    ImportRefused,
    MarkdownTree,
    Problem,
    Report,
    Source,
    WordPressExport,
    import_blog,
)

FAILED, REFUSED = 1, 2
SHOWN_ITEMS = 5
SHOWN_REASONS = 20

import_cli = AppGroup("import", help="Bring another blog in; running it again doubles nothing.")
export_cli = AppGroup("export", help="Write the blog to files.")


class Refused(click.ClickException):
    """Ends a command with one sentence about an input that is of no use."""

    exit_code = REFUSED


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that all imports share."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Do everything, keep nothing."),
        click.option("--author", metavar="USERNAME", help="Who gets articles that name no author."),
        click.option("--language", metavar="LOCALE", help="Of articles that name none."),
        click.option("--all", "show_all", is_flag=True, help="List every item of the report."),
    ):
        command = option(command)
    return command


@import_cli.command("markdown")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", help="Tells two trees apart; the folder's name if not given.")
@import_options
def import_markdown_command(folder: Path, name: str | None, **options: Any) -> None:
    """Import a tree of Markdown: a Hugo or Jekyll site, or any folder of documents.

    Give the site's own folder rather than the one of its articles: its configuration tells old
    addresses, and images lie beside the articles.
    """
    run(lambda: MarkdownTree(folder, site=name), **options)


@import_cli.command("wordpress")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--media", type=click.Path(path_type=Path), help="A copy of wp-content/uploads.")
@import_options
def import_wordpress_command(file: Path, media: Path | None, **options: Any) -> None:
    """Import a WordPress export (Tools → Export, WXR 1.0 to 1.2)."""
    run(lambda: WordPressExport(file, media=media), **options)


@import_cli.command("ghost")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--media", type=click.Path(path_type=Path), help="A copy of content/images.")
@click.option("--site-url", default="", help="The old blog's address, for images that stay there.")
@import_options
def import_ghost_command(file: Path, media: Path | None, site_url: str, **options: Any) -> None:
    """Import a Ghost export (Settings → Export, Ghost 4 to 6)."""
    run(lambda: GhostExport(file, media=media, site_url=site_url), **options)


@export_cli.command("markdown")
@click.argument("folder", type=click.Path(path_type=Path))
def export_markdown_command(folder: Path) -> None:
    """Write all articles as a tree that Hugo shows and `flask import markdown` reads back."""
    with progress_bar("Exporting") as bar:
        try:
            export = export_markdown(folder=folder, progress=show_on(bar))
        except ExportRefused as error:
            raise Refused(str(error)) from None
    click.echo(f"{export.posts} articles, {export.comments} comments, {export.images} images.")
    for missing in export.missing_images:
        click.echo(f"  missing image  {missing}")


def run(
    open_source: Callable[[], Source],
    *,
    dry_run: bool,
    author: str | None,
    language: str | None,
    show_all: bool,
) -> None:
    """Import a source, show how far it is and what it did; failed items end with status 1."""
    user = find_author(author)
    with progress_bar("Importing") as bar:
        try:
            report = import_blog(
                source=open_source(),
                author=user,
                language=language,
                dry_run=dry_run,
                progress=show_on(bar),
            )
        except ImportRefused as error:
            raise Refused(str(error)) from None
    click.echo("\n".join(report_lines(report, limit=None if show_all else SHOWN_ITEMS)))
    if dry_run:
        click.echo("This was a dry run: nothing was kept.")
    if report.failed:
        raise click.exceptions.Exit(FAILED)


def find_author(username: str | None) -> User:
    """Return the user of a name, or the first admin."""
    query = select(User).order_by(User.id).limit(1)
    query = query.where(User.username == username if username else User.role == Role.ADMIN)
    user = db.session.scalars(query).first()
    if user is None and username:
        raise Refused(f"There is no user named {username}.")
    if user is None:
        raise Refused("There is no admin yet. Make one: flask create-admin NAME EMAIL")
    return user


def report_lines(report: Report, *, limit: int | None) -> Iterable[str]:
    """Yield the report: a table of counts, then what was left out or changed, by reason."""
    yield f"{'':<12}{'made':>8}{'updated':>9}{'unchanged':>11}"
    for kind, made, updated, unchanged in report.rows():
        yield f"{kind:<12}{made:>8}{updated:>9}{unchanged:>11}"
    for title, problems in (
        ("Failed", report.failed),
        ("Skipped", report.skipped),
        ("Warnings", report.warnings),
    ):
        if problems:
            yield f"\n{title}: {len(problems)}"
            yield from _by_reason(problems, limit)


def _by_reason(problems: Iterable[Problem], limit: int | None) -> Iterable[str]:
    items = defaultdict(list)
    for problem in problems:
        items[problem.reason].append(problem.item)
    reasons = sorted(items.items(), key=lambda entry: -len(entry[1]))
    for reason, found in reasons if limit is None else reasons[:SHOWN_REASONS]:
        shown = found[:limit]
        more = f", and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
        yield f"  {reason}: {', '.join(shown)}{more}"
    if limit is not None and len(reasons) > SHOWN_REASONS:
        yield f"  … and {len(reasons) - SHOWN_REASONS} other reasons (--all shows them)"
