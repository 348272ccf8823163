"""`flask create-admin`, `flask remove-second-factor`."""

import click
from flask.cli import with_appcontext

from app.extensions import db
from app.services import accounts, audit, second_factor
from app.services.errors import Invalid

PASSWORD_VARIABLE = "ADMIN_PASSWORD"  # noqa: S105  # The name of a variable.


@click.command("create-admin")
@click.argument("username")
@click.argument("email")
@click.argument("password", required=False, envvar=PASSWORD_VARIABLE)
@with_appcontext
def create_admin_command(username: str, email: str, password: str | None) -> None:
    """Make an admin.

    The password is better given in ADMIN_PASSWORD, or typed when asked for, than as an argument:
    other users of the machine see the arguments of a command.
    """
    if password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        user = accounts.create_admin(username=username, email=email, password=password)
    except Invalid as error:
        lines = [f"  {field}: {fault}" for field, found in error.fields.items() for fault in found]
        raise click.ClickException("\n".join(["No admin was made.", *lines])) from None
    click.echo(f"{user.username} is an admin now.")


@click.command("remove-second-factor")
@click.argument("login")
@with_appcontext
def remove_second_factor_command(login: str) -> None:
    """Let someone in who has lost the app and every recovery code; LOGIN is a name or address."""
    user = accounts.find_by_login(login)
    if user is None:
        raise click.ClickException(f"Nobody is called {login}.")
    second_factor.remove(user)
    audit.record(actor=None, action="user.remove_second_factor", target=f"user {user.username}")
    db.session.commit()
    click.echo(f"{user.username} logs in with the password alone now, and is logged out.")
