"""The Flask extensions, bare: the factory binds them to an application."""

from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app
from flask_babel import Babel
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from redis.exceptions import RedisError
from sqlalchemy import Engine, MetaData, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can drop it by name on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database(SQLAlchemy):
    """Takes the engine's options as they are: by default pool_timeout loses its fraction.

    And ends a session even where its connection fails at that.
    """

    def give_back(self) -> None:
        """Roll back; a rollback that fails with its connection concerns nobody any more."""
        try:
            self.session.rollback()
        except DBAPIError:
            self.session.remove()

    def _teardown_session(self, exc: BaseException | None) -> None:
        # The answer is made: what fails now must not take it away.
        if self.session.registry.has():  # Else one would be made to be given back.
            self.give_back()
        super()._teardown_session(exc)

    def _make_engine(self, _: str | None, options: dict[str, Any], __: Flask) -> Engine:
        return create_engine(options.pop("url"), **options)


class Migrations:
    """Stands for Flask-Migrate until someone asks for it: few processes migrate.

    It takes its place by itself, with what the application has to tell it.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        app.extensions["migrate"] = self

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        directory = f"{self.app.root_path}/migrations"
        Migrate(self.app, db, directory=directory, compare_type=True)
        return getattr(self.app.extensions["migrate"], name)


class Logins(LoginManager):  # type: ignore[misc]  # Flask-Login has no types.
    """Takes the remember-me cookie back with its flags: browsers keep a `__Host-` one otherwise."""

    def _clear_cookie(self, response: Response) -> None:
        config = current_app.config
        response.delete_cookie(
            config["REMEMBER_COOKIE_NAME"],
            secure=config["REMEMBER_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )


class FallingBackLimiter(Limiter):
    """Falls back to counting in the process for every thread, not for the first alone.

    The base lets an error of the store pass where another thread has just noted it as dead. A
    store that lives and yet cannot count, its values being spoilt, lets the request pass.
    """

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        try:
            super()._check_request_limit(callable_name, in_middleware)
        except (RedisError, OSError):
            self.context.seen_limits.clear()
            with suppress(RedisError, OSError):
                super()._check_request_limit(callable_name, in_middleware)


db = Database(model_class=Base)
login_manager = Logins()
csrf = CSRFProtect()
babel = Babel()
cache = Cache()
limiter = FallingBackLimiter(key_func=get_remote_address)
