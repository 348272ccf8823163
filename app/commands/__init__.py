"""The commands of `flask …`: what operators do by hand or from scripts."""

from importlib import import_module

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup

# By name: where each stands. Servers run none of them and need not import what they need.
COMMANDS = {
    "db": "flask_migrate.cli:db",
    "init-db": "app.commands.database:init_db_command",
    "wait-for-schema": "app.commands.schema:wait_for_schema_command",
    "seed": "app.commands.database:seed_command",
    "create-admin": "app.commands.accounts:create_admin_command",
    "remove-second-factor": "app.commands.accounts:remove_second_factor_command",
    "worker": "app.commands.worker:worker_command",
    "log-level": "app.commands.logging:log_level_command",
    "reindex": "app.commands.search:reindex_command",
    "backup": "app.commands.backup:backup_command",
    "import": "app.commands.importing:import_cli",
    "export": "app.commands.importing:export_cli",
    "compile-templates": "app.commands.templates:compile_templates_command",
    "media": "app.commands.media:media_cli",
}


class Commands(AppGroup):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return a command, None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name = COMMANDS[cmd_name].split(":")
        command: Command = getattr(import_module(module), name)
        return command


def init_app(app: Flask) -> None:
    """Offer every command."""
    app.cli = Commands(app.name)
