"""Says in each statement for which request and route it runs, for PostgreSQL's log and views."""

import re
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy import Connection, event

from app import correlation
from app.extensions import db

# An endpoint is ours, but a quote or a percent sign in it would change the statement.
SAFE = re.compile(r"[A-Za-z0-9._-]+")


def init_app(app: Flask) -> None:
    """Comment the statements to PostgreSQL; SQLite would compile each of them anew."""
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            event.listen(db.engine, "before_cursor_execute", comment, retval=True)


def comment(_: Connection, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
    """Add the comment, in the form that sqlcommenter has made usual."""
    if (request_id := correlation.request_id.get()) is None:
        return statement, parameters
    endpoint = request.endpoint if has_request_context() else None
    route = f",route='{endpoint}'" if endpoint and SAFE.fullmatch(endpoint) else ""
    trace = correlation.traceparent()
    route += f",traceparent='{trace}'" if trace else ""
    return f"{statement} /*request_id='{request_id}'{route}*/", parameters
