"""Anonymous readers get kept pages, rendered once; everyone else gets their own."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis
from flask import Flask, current_app, make_response, request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app import access
from app.extensions import cache
from app.ops import copies, page_cache
from app.services import site

AWAY = OperationalError("SELECT 1", {}, Exception("connection refused"))


class Page:
    """A page that counts how often it is rendered, and can be slow or fail."""

    def __init__(self) -> None:
        self.renders = 0
        self.seconds = 0.0
        self.error: Exception | None = None
        self.status = 200

    def __call__(self) -> object:
        self.renders += 1
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        text = f"{self.renders} {request.args.get('page')} 你好"
        return make_response(text, self.status)


@pytest.fixture(params=["memory", "redis"])
def cached_app(
    request: pytest.FixtureRequest,
    make_app: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """Give an application with one kept page at /page, on each store in turn."""
    settings = {"page_cache_list_seconds": 60}
    if request.param == "redis":
        settings["redis_url"] = request.getfixturevalue("redis_url")
    app = make_app(**settings)
    page = Page()
    monkeypatch.setitem(access.ROUTES, "page", access.PUBLIC)
    view = page_cache.public_page("list")(page)
    app.add_url_rule("/page", "page", view, methods=["GET", "POST"])
    app.extensions["page"] = page
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        cache.clear()


def key_of_page() -> str:
    """Return the key of the page that is asked for."""
    return copies.key_of(request.environ, current_app.config)


@pytest.fixture
def page(cached_app: Flask) -> Page:
    found: Page = cached_app.extensions["page"]
    return found


@pytest.fixture
def reader(cached_app: Flask) -> FlaskClient:
    return cached_app.test_client()


def test_a_second_reader_gets_the_copy(reader: FlaskClient, page: Page) -> None:
    first, second = reader.get("/page"), reader.get("/page")
    assert first.text == second.text == "1 None 你好"
    assert page.renders == 1
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert int(first.headers["X-Accel-Expires"]) == 60
    assert "public" in first.headers["Cache-Control"]
    assert {"accept-language", "cookie"} <= {name.lower() for name in first.vary}


def test_a_reader_who_has_the_page_gets_304(reader: FlaskClient) -> None:
    tag = reader.get("/page").headers["ETag"]
    answer = reader.get("/page", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*"])
def test_who_takes_gzip_gets_the_bytes_that_are_kept(reader: FlaskClient, accepted: str) -> None:
    plain = reader.get("/page")
    for method in (reader.get, reader.head):
        answer = method("/page", headers={"Accept-Encoding": accepted})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["ETag"] == plain.headers["ETag"]
        assert "Accept-Encoding" in answer.vary
    zipped = reader.get("/page", headers={"Accept-Encoding": accepted})
    assert gzip.decompress(zipped.data) == plain.data
    assert answer.content_length == len(zipped.data)


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "identity"])
def test_who_does_not_take_gzip_gets_the_page_plain(reader: FlaskClient, accepted: str) -> None:
    answer = reader.get("/page", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.text == "1 None 你好"


def test_what_changes_the_page_is_in_the_key_and_nothing_else(
    reader: FlaskClient, page: Page
) -> None:
    reader.get("/page")
    for same in ("/page?utm_source=x", "/page?_=1"):
        assert reader.get(same).text == "1 None 你好"
    assert reader.get("/page?page=2").text == "2 2 你好"
    assert reader.get("/page?page=2&page=9").text == "3 2 你好"  # Links carry on what is given.
    reader.get("/page", headers={"Accept-Language": "zh-CN"})
    reader.get("/page", base_url="http://other.example")
    assert page.renders == 5


@pytest.mark.parametrize("cookie", ["session", "remember"])
def test_who_carries_a_login_cookie_gets_a_page_of_their_own(
    reader: FlaskClient, page: Page, cookie: str
) -> None:
    reader.get("/page")
    reader.set_cookie(cookie, "anything")
    answer = reader.get("/page")
    assert answer.text.startswith("2 ")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "X-Accel-Expires" not in answer.headers
    reader.delete_cookie(cookie)
    assert reader.get("/page").text.startswith("1 ")


def test_a_bearer_token_and_a_post_bypass_the_cache(reader: FlaskClient, page: Page) -> None:
    reader.get("/page")
    reader.get("/page", headers={"Authorization": "Bearer x"})
    reader.post("/page")
    assert page.renders == 3


def test_a_change_of_the_site_makes_the_copy_outdated(
    cached_app: Flask, reader: FlaskClient
) -> None:
    reader.get("/page")
    with cached_app.app_context():
        site.touch()
    assert reader.get("/page").text.startswith("2 ")
    assert reader.get("/page").text.startswith("2 ")


def test_a_thousand_readers_cost_one_render(cached_app: Flask, page: Page) -> None:
    page.seconds = 0.2
    barrier = threading.Barrier(20)

    def read(_: int) -> str:
        barrier.wait()
        return "".join(cached_app.test_client().get("/page").text for _ in range(50))

    with ThreadPoolExecutor(20) as pool:
        texts = set(pool.map(read, range(20)))
    assert texts == {"1 None 你好" * 50}
    assert page.renders == 1


def test_errors_are_not_kept(reader: FlaskClient, page: Page) -> None:
    page.status = 404
    assert reader.get("/page").status_code == 404
    page.status = 200
    assert reader.get("/page").text.startswith("2 ")


def test_an_old_copy_serves_while_the_database_is_away(
    cached_app: Flask, reader: FlaskClient, page: Page
) -> None:
    reader.get("/page")
    with cached_app.app_context():
        site.touch()
    page.error = AWAY
    answer = reader.get("/page")
    assert (answer.status_code, answer.text) == (200, "1 None 你好")
    page.error = None
    assert reader.get("/page").text.startswith("3 ")


def test_without_a_copy_a_missing_database_is_a_503(reader: FlaskClient, page: Page) -> None:
    page.error = AWAY
    answer = reader.get("/page")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_garbage_in_redis_reads_as_no_copy(make_app: Callable[..., Flask], redis_url: str) -> None:
    app = make_app(redis_url=redis_url, page_cache_list_seconds=60)
    reader = app.test_client()
    reader.get("/")
    server = redis.Redis.from_url(redis_url)
    for key in server.keys("ironpress:page-gzip:*"):
        server.set(key, b'\0["main.index", 1]\nbody')
    assert reader.get("/").status_code == 200
    server.flushall()
    assert reader.get("/").status_code == 200


def test_a_dead_redis_costs_no_reader_a_page(make_app: Callable[..., Flask]) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0", page_cache_list_seconds=60)
    reader = app.test_client()
    assert {reader.get("/").status_code for _ in range(5)} == {200}


def test_a_page_that_another_process_renders_is_waited_for(
    cached_app: Flask, reader: FlaskClient, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.get("/page")
    with cached_app.test_request_context("/page"):
        key = key_of_page()
        copy = copies.load(key)
        assert copy
        site.touch()
        cache.add(f"{key}:lock", 1, 10)
        version = site.version()

    def finish() -> None:
        with cached_app.app_context():
            other = replace(copy, zipped=gzip.compress(b"from elsewhere"), version=version)
            copies.keep(key, other, 60)

    timer = threading.Timer(0.1, finish)
    timer.start()
    assert reader.get("/page").text == "from elsewhere"
    timer.join()
    assert page.renders == 1


def test_a_process_that_never_finishes_its_page_holds_nobody_up_for_long(
    cached_app: Flask, reader: FlaskClient, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "WAIT_SECONDS", 0.05)
    with cached_app.test_request_context("/page"):
        cache.add(f"{key_of_page()}:lock", 1, 10)
    assert reader.get("/page").text == "1 None 你好"
    with cached_app.test_request_context("/page"):
        site.touch()
        cache.add(f"{key_of_page()}:lock", 1, 10)
    assert reader.get("/page").text == "1 None 你好"


def test_an_aged_copy_serves_while_someone_renders_the_next(
    cached_app: Flask, reader: FlaskClient, page: Page
) -> None:
    reader.get("/page")
    with cached_app.test_request_context("/page"):
        key = key_of_page()
        copy = copies.load(key)
        assert copy
        copies.keep(key, replace(copy, fresh_until=0.0), 60)
        cache.add(f"{key}:lock", 1, 10)
    assert reader.get("/page").text == "1 None 你好"
    assert page.renders == 1


def test_without_a_lifetime_nothing_is_kept(make_app: Callable[..., Flask]) -> None:
    answer = make_app(page_cache_list_seconds=0).test_client().get("/")
    assert "X-Accel-Expires" not in answer.headers
    assert {"accept-language", "cookie"} <= {name.lower() for name in answer.vary}


def test_a_kept_page_costs_one_question_to_redis(
    make_app: Callable[..., Flask], redis_url: str
) -> None:
    app = make_app(redis_url=redis_url, page_cache_list_seconds=60, rate_limits_enabled=True)
    server = redis.Redis.from_url(redis_url)
    client = app.test_client()
    for _ in range(2):
        client.get("/")
    before = server.info("stats")["total_commands_processed"]
    assert client.get("/").status_code == 200
    # One of the two is our own look at the figures.
    assert server.info("stats")["total_commands_processed"] - before == 2
    server.close()
