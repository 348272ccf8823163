"""The embedded default prepares itself, or says in a sentence why it cannot."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app import create_app, embedded
from app.extensions import db
from app.models import Post, User


@pytest.fixture
def empty_app(tmp_path: Path) -> Flask:
    """Give an application whose database has no tables yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return create_app(
        "testing",
        database_url=f"sqlite:///{tmp_path / 'data' / 'blog.db'}",
        data_dir=tmp_path / "data",
        host="127.0.0.1",
        port=port,
    )


def test_the_first_start_makes_an_admin_and_articles_and_the_second_nothing(
    empty_app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    embedded.prepare(empty_app)
    printed = capsys.readouterr().out
    assert "Log in as admin with the password" in printed
    password = printed.split("password ")[1].split()[0]
    with empty_app.app_context():
        (admin,) = db.session.query(User).all()
        assert admin.is_admin
        assert admin.check_password(password)
        articles = db.session.query(Post).count()
        assert articles >= 6
        db.session.remove()
    embedded.prepare(empty_app)
    assert capsys.readouterr().out == ""
    with empty_app.app_context():
        assert db.session.query(Post).count() == articles
        db.session.remove()
        db.engine.dispose()


def test_a_taken_port_ends_the_start_with_a_sentence(empty_app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        empty_app.config["PORT"] = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=r"Cannot listen on 127\.0\.0\.1"):
            embedded.prepare(empty_app)


def test_a_folder_that_is_none_ends_the_start_with_a_sentence(
    empty_app: Flask, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    empty_app.config["UPLOAD_FOLDER"] = tmp_path / "file" / "uploads"
    with pytest.raises(SystemExit, match="Cannot write in"):
        embedded.prepare(empty_app)


def test_the_commands_make_tables_and_samples(
    make_app: Callable[..., Flask], empty_app: Flask, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    runner = empty_app.test_cli_runner()
    assert "ready" in runner.invoke(args=["init-db"]).output
    refused = runner.invoke(args=["seed"])
    assert refused.exit_code != 0
    assert "flask create-admin" in refused.output
    made = runner.invoke(
        args=["create-admin", "boss", "boss@example.org"],
        env={"ADMIN_PASSWORD": "Correct-Horse-7"},
    )
    assert made.exit_code == 0, made.output
    assert "sample articles added" in runner.invoke(args=["seed"]).output
    assert "0 sample articles added" in runner.invoke(args=["seed"]).output
    with empty_app.app_context():
        db.engine.dispose()
