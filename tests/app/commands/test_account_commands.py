"""`flask create-admin`, with the password from wherever it comes."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import User

PASSWORD = "Correct-Horse-7"
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs the command."""
    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    runner = app.test_cli_runner()

    def invoke(*arguments: str, **options: object) -> Result:
        return runner.invoke(args=["create-admin", *arguments], **options)

    return invoke


def admin() -> User:
    user = db.session.scalars(select(User)).one()
    assert user.is_admin
    return user


def test_an_admin_is_made_with_a_password_argument(run: Run) -> None:
    result = run("root", "root@example.org", PASSWORD)
    assert (result.exit_code, result.output) == (0, "root is an admin now.\n")
    assert admin().check_password(PASSWORD)


def test_the_password_may_come_from_the_environment(run: Run) -> None:
    assert run("root", "root@example.org", env={"ADMIN_PASSWORD": PASSWORD}).exit_code == 0
    assert admin().check_password(PASSWORD)


def test_a_prompt_asks_twice_and_shows_nothing(run: Run) -> None:
    result = run("root", "root@example.org", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert admin().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("r", "root@example.org", PASSWORD), "username"),
        (("root", "nothing", PASSWORD), "email"),
        (("root", "root@example.org", "weak"), "password"),
    ],
)
def test_bad_values_are_refused_with_a_sentence(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert "No admin was made." in result.output
    assert words in result.output
    assert db.session.scalars(select(User)).all() == []


def test_an_existing_user_is_not_promoted(run: Run, make_user: Callable[..., User]) -> None:
    make_user(username="root")
    result = run("Root", "root@example.org", PASSWORD)
    assert result.exit_code == 1
    assert "already taken" in result.output


def test_whoever_lost_the_app_is_let_in_by_the_operator(
    app: Flask, make_user: Callable[..., User]
) -> None:
    user = make_user(username="ann", has_second_factor=True)
    run = app.test_cli_runner().invoke(args=["remove-second-factor", "ann"])
    assert run.exit_code == 0, run.output
    db.session.refresh(user)
    assert not user.has_second_factor
    run = app.test_cli_runner().invoke(args=["remove-second-factor", "nobody"])
    assert run.exit_code == 1
    assert "Nobody is called nobody" in run.output
