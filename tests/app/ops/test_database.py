"""What a database cannot take never reaches it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg2 import extensions
from sqlalchemy import text

from app import access
from app.extensions import db
from app.ops import page_cache


@pytest.mark.parametrize("path", ["/%00", "/articles/a%00", "/tags/%00", "/categories/%00"])
def test_an_address_with_a_nul_leads_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_who_only_asks_begins_no_transaction(
    make_app: Callable[..., Flask], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database_url=postgresql_url, page_cache_list_seconds=0)
    monkeypatch.setitem(access.ROUTES, "look", access.PUBLIC)

    def look() -> str:
        db.session.execute(text("SELECT 1"))
        status = db.session.connection().connection.dbapi_connection.get_transaction_status()  # type: ignore[union-attr]
        return "asks" if status == extensions.TRANSACTION_STATUS_IDLE else "in a transaction"

    app.add_url_rule("/look", "look", page_cache.public_page("list")(look), methods=["GET", "POST"])
    client = app.test_client()
    assert client.get("/look").text == "asks"
    assert client.post("/look").text == "in a transaction"
    assert client.get("/look").text == "asks"
    with app.app_context():
        db.drop_all()
