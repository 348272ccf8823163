"""`flask create-admin`."""

import click
from flask.cli import with_appcontext

from app.services import accounts
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
