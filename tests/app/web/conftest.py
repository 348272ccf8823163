"""What the tests of the public pages share."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

Open = Callable[..., BeautifulSoup]


@pytest.fixture
def open_page(client: FlaskClient) -> Open:
    """Give a function that opens a page in English and returns it parsed."""

    def open_(path: str, status: int = 200, language: str = "en", **options: Any) -> BeautifulSoup:
        answer = client.get(path, headers={"Accept-Language": language}, **options)
        assert answer.status_code == status, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    return open_
