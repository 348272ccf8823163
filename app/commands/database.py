"""`flask init-db` and `flask seed`."""

import time
from typing import Any

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select

from app.commands.progress import progress_bar
from app.extensions import db
from app.models import Role, User
from app.services import public_pages, seeding, site
from app.services.errors import Conflict


@click.command("init-db")
@with_appcontext
def init_db_command() -> None:
    """Create or update the tables."""
    upgrade()
    click.echo("The database is ready.")


@click.command("seed")
@click.option("--posts", default=0, type=click.IntRange(0), help="Made-up posts.")
@click.option("--comments", default=0, type=click.IntRange(0), help="Made-up comments on them.")
@click.option("--users", default=0, type=click.IntRange(0), help="Made-up users: seeded1 …")
@click.option("--seed", default=1, help="The same seed makes the same blog.")
@click.option("--password", default="", envvar="SEED_PASSWORD", help="Lets the users log in.")
@with_appcontext
def seed_command(posts: int, comments: int, users: int, seed: int, password: str) -> None:
    """Add the sample articles, or as much made-up content as a load test needs.

    The samples are in both languages; running it again adds nothing. With --posts, --comments or
    --users made-up rows are added instead, again with each run; of ten users the first is an
    author. Search waits while it runs. The password is better given in SEED_PASSWORD.
    """
    if posts or comments or users:
        add_made_up(posts=posts, comments=comments, users=users, seed=seed, password=password)
    else:
        add_samples()


def add_samples() -> None:
    """Add the sample articles in the first admin's name."""
    author = db.session.scalars(
        select(User).where(User.role == Role.ADMIN).order_by(User.id).limit(1)
    ).first()
    if author is None:
        raise click.ClickException(
            "There is no admin to write the samples. Make one: flask create-admin NAME EMAIL"
        )
    count = seeding.add_sample_posts(author=author)
    site.touch(public_pages.LISTS)
    click.echo(f"{count} sample articles added.")


def add_made_up(*, posts: int, **options: Any) -> None:
    """Add made-up rows and say how many, and how fast."""
    started = time.monotonic()
    with progress_bar("Seeding", posts) as bar:
        try:
            made = seeding.seed_blog(posts=posts, progress=bar.update, **options)
        except Conflict as error:
            raise click.ClickException(str(error)) from None
    site.touch(public_pages.LISTS)
    seconds = time.monotonic() - started
    click.echo(
        f"{made.posts} posts, {made.comments} comments, {made.users} users in {seconds:.1f} s"
        f" ({made.posts / seconds * 60:.0f} posts a minute)."
    )
