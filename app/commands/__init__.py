"""The commands of `flask …`: what operators do by hand or from scripts."""

from flask import Flask

from app.commands.accounts import create_admin_command, remove_second_factor_command
from app.commands.backup import backup_command
from app.commands.database import init_db_command, seed_command
from app.commands.importing import export_cli, import_cli
from app.commands.logging import log_level_command
from app.commands.media import media_cli
from app.commands.schema import wait_for_schema_command
from app.commands.search import reindex_command
from app.commands.worker import worker_command


def init_app(app: Flask) -> None:
    """Register every command."""
    for command in (
        init_db_command,
        wait_for_schema_command,
        seed_command,
        create_admin_command,
        remove_second_factor_command,
        worker_command,
        log_level_command,
        reindex_command,
        backup_command,
        import_cli,
        export_cli,
        media_cli,
    ):
        app.cli.add_command(command)
