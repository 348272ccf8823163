"""What workers share is made before they are forked, and leaves no trace."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, request

from app import create_app
from app.extensions import db
from app.ops import frame, warm_up
from tests.server import free_port


def test_each_kind_of_page_is_asked_for_and_not_counted(make_app: Callable[..., Flask]) -> None:
    app = make_app(site_url="https://blog.example.org")
    answers: dict[str, int] = {}

    @app.after_request
    def note(response):  # type: ignore[no-untyped-def]
        answers[request.full_path.rstrip("?")] = response.status_code
        return response

    counted: list[str] = []
    frame.of(app).endings.append(lambda exchange: counted.append(exchange.path))
    warm_up.warm_up(app)
    assert answers == {path: 404 if path == "/absent" else 200 for path in warm_up.PATHS}
    app.test_client().get("/contact")
    assert counted == ["/contact"]


def test_no_connection_is_left_for_workers_to_inherit(
    make_app: Callable[..., Flask], postgresql_url: str
) -> None:
    app = make_app(database_url=postgresql_url)
    warm_up.warm_up(app)
    with app.app_context():
        assert db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
        db.drop_all()


def test_a_database_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    app = create_app("testing", database_url=away, data_dir=tmp_path)
    asked: list[str] = []
    app.before_request(lambda: asked.append(request.path))
    warm_up.warm_up(app)
    assert asked == []
