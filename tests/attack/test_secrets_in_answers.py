"""Secrets: no error tells a setting, a path, a version or a line of the code; nothing debugs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError

from app import db
from app.services.errors import Conflict

CANARIES = {
    "secret_key": "canary-secret-key-0123456789-abcdefghij",
    "token_keys": "one=canary-token-key-0123456789-abcdefghij",
    "smtp_url": "smtp://canary-user:canary-password@mail.invalid",
    "edge_refresh_key": "canary-refresh-key",
    "upload_store": "",
}
SIGNS = re.compile(
    r"canary|Traceback|File \"|site-packages|werkzeug|gunicorn|sqlalchemy|psycopg|flask|jinja"
    r"|/app/|/usr/|SELECT |UPDATE |line \d+|0x[0-9a-f]{6}|python",
    re.IGNORECASE,
)
STATUSES = (400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429, 500, 503)
ACCEPTS = ("text/html", "application/json", "*/*")
PATHS = (
    *("/.git/config", "/.git/HEAD", "/.env", "/.svn/entries"),
    *("/.DS_Store", "/config.py", "/app.py"),
    *("/app/config.py", "/static/../config.py"),
    *("/static/%2e%2e/config.py", "/static/..%2fconfig.py"),
    *("/requirements.txt", "/pyproject.toml", "/Dockerfile", "/docker-compose.yml", "/Makefile"),
    *("/backup.sql", "/db.sqlite", "/instance/test.db"),
    *("/test.db", "/secret_key", "/server-status"),
    *("/static/js/site.js.map", "/static/css/site.css.map", "/console", "/debug", "/metrics"),
    *("/?__debugger__=yes&cmd=resource&f=style.css", "/wp-admin/", "/phpinfo.php", "/actuator/env"),
    *("/static/", "/static", "/uploads/"),
    *("/uploads/../test.db", "/uploads/%2e%2e/test.db", "/api/"),
    *("/uploads/..%2f..%2fetc/passwd", "/static//etc/passwd", "/uploads//etc/passwd", "/healthz"),
)
FAULTS: dict[str, Callable[[], Any]] = {
    "bug": lambda: {}["canary-password"],
    "type": lambda: "canary-password" + 1,  # type: ignore[operator]
    "database": lambda: (_ for _ in ()).throw(
        OperationalError("SELECT canary-password", {}, Exception("postgresql://canary-user"))
    ),
    "statement": lambda: db.session.execute(db.text("SELECT 'canary-password' FROM nowhere")),
    "recursion": lambda: recurse(),
    "memory": lambda: (_ for _ in ()).throw(MemoryError("canary-password")),
    "os": lambda: open("/canary-password"),  # noqa: SIM115
    "unicode": lambda: b"\xffcanary-password".decode(),
    "conflict": lambda: (_ for _ in ()).throw(Conflict("Someone else was faster.")),
}
TRIED = (len(STATUSES) + len(FAULTS) + 2 * len(PATHS)) * len(ACCEPTS)


def recurse() -> Any:
    """Call itself."""
    return recurse()


@pytest.fixture
def production(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Give the application as in production, told by its environment to debug."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("FLASK_ENV", "development")
    app = make_app(
        "production",
        site_url="https://blog.example.org",
        trusted_proxy_hops=0,
        metrics_port=0,
        run_worker=False,
        redis_url="",
        **{name: value for name, value in CANARIES.items() if value},
    )

    @app.get("/fault/<name>")
    def fault(name: str) -> Any:
        return FAULTS[name]()

    @app.get("/status/<int:status>")
    def status(status: int) -> Any:
        return abort(status)

    from app.access import PUBLIC, ROUTES

    monkeypatch.setitem(ROUTES, "fault", PUBLIC)
    monkeypatch.setitem(ROUTES, "status", PUBLIC)
    return app


def test_no_answer_tells_a_secret_or_how_the_site_is_made(production: Flask) -> None:
    paths = [f"/status/{status}" for status in STATUSES]
    paths += [f"/fault/{name}" for name in FAULTS]
    paths += [*PATHS, *(f"/articles{path}" for path in PATHS)]
    told, tried = [], 0
    for path in paths:
        for accept in ACCEPTS:
            answer = production.test_client().get(
                path, headers={"Accept": accept}, base_url="https://blog.example.org"
            )
            tried += 1
            said = answer.get_data(as_text=True).replace(path, "")
            said += "".join(f"{k}: {v}\n" for k, v in answer.headers if k != "Location")
            found = SIGNS.search(re.sub(r"https?://[^\s\"<]+|/static/[^\s\"<]+", "", said))
            told += [(path, found[0])] if found and answer.status_code >= 400 else []
            if path in PATHS and not path.startswith(("/?", "/healthz", "/static", "/uploads")):
                assert answer.status_code in (404, 308), (path, answer.status_code)
    assert told == []
    assert tried == TRIED


def test_nothing_debugs_in_production_whatever_the_environment_says(production: Flask) -> None:
    assert not production.debug
    assert not production.testing
    assert not production.config["PROPAGATE_EXCEPTIONS"]
    assert production.config["TEMPLATES_AUTO_RELOAD"] in (None, False)
    assert not production.config["EXPLAIN_TEMPLATE_LOADING"]
