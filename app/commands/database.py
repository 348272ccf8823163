"""`flask init-db` and `flask seed`."""

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select

from app.extensions import db
from app.models import Role, User
from app.services import seeding, site


@click.command("init-db")
@with_appcontext
def init_db_command() -> None:
    """Create or update the tables."""
    upgrade()
    click.echo("The database is ready.")


@click.command("seed")
@with_appcontext
def seed_command() -> None:
    """Add the sample articles, in both languages; running it again adds nothing."""
    author = db.session.scalars(
        select(User).where(User.role == Role.ADMIN).order_by(User.id).limit(1)
    ).first()
    if author is None:
        raise click.ClickException(
            "There is no admin to write the samples. Make one: flask create-admin NAME EMAIL"
        )
    count = seeding.add_sample_posts(author=author)
    site.touch()
    click.echo(f"{count} sample articles added.")
