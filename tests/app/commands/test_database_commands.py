from flask import Flask
from sqlalchemy import select

from app.models import Post, User, db


def test_seeding_says_what_was_made_and_how_fast(app: Flask) -> None:
    arguments = ["seed", "--posts", "5", "--comments", "4", "--users", "2"]
    result = app.test_cli_runner().invoke(args=arguments, env={"SEED_PASSWORD": "Correct-Horse-7"})
    assert result.exit_code == 0, result.output
    assert result.output.startswith("5 posts, ")
    assert "posts a minute" in result.output
    assert db.session.query(Post).count() == 5
    assert db.session.scalars(select(User)).first().check_password("Correct-Horse-7")


def test_seeding_says_what_is_missing(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["seed", "--posts", "5"])
    assert result.exit_code == 1
    assert "--users" in result.output
