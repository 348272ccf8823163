"""Programs that call the API, each with a token of its own."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.auth import TokenService
from app.models import User


class Program:
    """A client of the API that speaks for a user, or for nobody."""

    def __init__(self, client: FlaskClient, user: User | None, token: str | None = None) -> None:
        self.client = client
        self.token = token or (TokenService.generate_access_token(user.id) if user else None)

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)
        # What was sent is a file where it is large; Werkzeug leaves it open.
        answer.request.environ["wsgi.input"].close()
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self("POST", path, **options)

    def put(self, path: str, **options: Any) -> TestResponse:
        return self("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self("DELETE", path, **options)


@pytest.fixture
def program(app: Flask) -> Callable[..., Program]:
    """Give a function that makes a client which speaks for a user, or for nobody."""

    def make(user: User | None = None, token: str | None = None) -> Program:
        return Program(app.test_client(), user, token)

    return make
