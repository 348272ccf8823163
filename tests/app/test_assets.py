"""Tests of the addresses of static files."""

import os
from pathlib import Path

from flask import Flask

from app.assets import static_url


def make_site(folder: Path) -> Flask:
    (folder / "site.css").write_text("a {}", encoding="ascii")
    return Flask(__name__, static_folder=str(folder), static_url_path="/static")


def test_the_address_of_a_file_changes_with_its_content(tmp_path: Path) -> None:
    app = make_site(tmp_path)
    app.debug = True
    with app.test_request_context():
        first = static_url("site.css")
        assert first == static_url("site.css")
        (tmp_path / "site.css").write_text("b {}", encoding="ascii")
        os.utime(tmp_path / "site.css", ns=(1, 1))
        assert static_url("site.css") != first


def test_in_production_the_content_is_read_once(tmp_path: Path) -> None:
    app = make_site(tmp_path)
    with app.test_request_context():
        first = static_url("site.css")
        assert first.startswith("/static/site.css?v=")
        (tmp_path / "site.css").write_text("b {}", encoding="ascii")
        assert static_url("site.css") == first


def test_every_file_that_pages_name_exists_and_may_be_kept(app: Flask) -> None:
    client = app.test_client()
    for name in ("css/site.css", "js/site.js", "favicon.svg", "favicon.png", "img/card.png"):
        with app.test_request_context():
            address = static_url(name)
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.cache_control.max_age == 30 * 24 * 3600
        answer.close()


def test_another_releases_file_is_served_but_never_kept_under_its_address(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/static/css/site.css?v=0123456789ab")
    assert answer.status_code == 200
    assert answer.cache_control.no_cache
    assert answer.cache_control.max_age is None
    answer.close()


def test_a_file_that_is_not_there_is_not_looked_for_outside(app: Flask) -> None:
    client = app.test_client()
    for name in ("css/none.css", "../config.py", "%2e%2e/config.py"):
        assert client.get(f"/static/{name}?v=0123456789ab").status_code == 404
