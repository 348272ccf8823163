"""What a database cannot take never reaches it."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("path", ["/%00", "/articles/a%00", "/tags/%00", "/categories/%00"])
def test_an_address_with_a_nul_leads_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
