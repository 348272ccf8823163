"""Readers get kept copies, those who are signed in never do."""

import secrets
from collections.abc import Iterator

import pytest

from tests.stack.browser import Browser
from tests.stack.stack import Stack, run, wait_until

MISS = "edge; fwd=uri-miss; detail=MISS"
HIT = "edge; hit"
REVALIDATED = "edge; fwd=stale; fwd-status=304; stored"
# Now and then a copy is compared with the application's.
KEPT = (HIT, REVALIDATED)


def a_new_query() -> str:
    return f"/search?q={secrets.token_hex(6)}"


def test_the_second_reader_gets_the_copy_of_the_first(stack: Stack) -> None:
    path = a_new_query()
    first, second = stack.ask(path), stack.ask(path)
    assert first.cache == MISS
    assert second.cache in KEPT
    assert first.body == second.body
    assert first.get("X-Request-ID") != second.get("X-Request-ID")
    assert first.get("ETag") == second.get("ETag")


def test_one_copy_serves_those_who_take_gzip_and_those_who_do_not(stack: Stack) -> None:
    path = a_new_query()
    zipped = stack.ask(path, Accept_Encoding="gzip, deflate, br")
    plain = stack.ask(path)
    assert (zipped.cache, plain.cache in KEPT) == (MISS, True)
    assert (zipped.get("Content-Encoding"), plain.get("Content-Encoding")) == ("gzip", "")
    assert zipped.get("ETag") == plain.get("ETag")
    assert zipped.get("Vary") == plain.get("Vary") == "Accept-Encoding, Accept-Language, Cookie"
    assert plain.body.rstrip().endswith("</html>")


def test_a_copy_is_compared_with_the_application_after_some_seconds(stack: Stack) -> None:
    path = a_new_query()
    body = stack.ask(path).body
    answer = wait_until(lambda: (a := stack.ask(path)).cache == REVALIDATED and a, seconds=15)
    assert answer.body == body


def test_a_browser_that_has_the_page_gets_304_from_the_copy(stack: Stack) -> None:
    path = a_new_query()
    etag = stack.ask(path).get("ETag")
    assert stack.ask(path, If_None_Match=etag).status == 304


def test_each_language_has_a_copy_of_its_own(stack: Stack) -> None:
    path = a_new_query()
    assert stack.ask(path, Accept_Language="zh-CN,zh;q=0.9,en;q=0.8").cache == MISS
    english = stack.ask(path, Accept_Language="en-US,en;q=0.9,zh;q=0.8")
    assert english.cache == MISS
    assert '<html lang="en"' in english.body
    chinese = stack.ask(path, Accept_Language="fr, zh-TW")
    assert chinese.cache in KEPT
    assert '<html lang="zh-Hans"' in chinese.body
    assert stack.ask(path, Accept_Language="en", Cookie="lang=zh").body == chinese.body


@pytest.mark.parametrize("cookie", ["__Host-session=x", "a=b; __Host-remember=y"])
def test_who_is_signed_in_never_gets_a_copy_and_leaves_none(stack: Stack, cookie: str) -> None:
    path = a_new_query()
    answer = stack.ask(path, Cookie=cookie)
    assert answer.cache == "edge; fwd=bypass"
    assert answer.get("Cache-Control") == "private, no-store"
    assert stack.ask(path).cache == MISS
    assert stack.ask(path, Authorization="Bearer x").cache == "edge; fwd=bypass"


def test_the_pages_of_one_person_are_marked_so(admin: Browser) -> None:
    for path in ("/auth/profile", "/desk/", "/admin/comments", "/"):
        answer = admin.get(path)
        assert answer.status == 200, path
        assert answer.get("Cache-Control") == "private, no-store", path
        assert "hit" not in answer.cache


def test_arguments_that_make_no_other_page_share_its_copy(stack: Stack) -> None:
    stack.ask("/about")
    plain = stack.ask("/about")
    tracked = stack.ask("/about?utm_source=letter&utm_medium=mail")
    assert plain.cache in KEPT
    assert tracked.cache in KEPT
    assert "utm_source" not in tracked.body


@pytest.mark.parametrize("query", ["p%61ge=2", "PAGE=2", "page=2&page=1&x=1", "unknown=1"])
def test_arguments_that_could_be_read_in_two_ways_leave_no_copy(stack: Stack, query: str) -> None:
    for _ in range(2):
        assert stack.ask(f"/articles?{query}").cache == "edge; fwd=bypass"


def test_a_head_request_is_answered_from_the_copy(stack: Stack) -> None:
    path = a_new_query()
    stack.ask(path)
    answer = stack.ask(path, "HEAD")
    assert answer.cache in KEPT
    assert answer.body == ""


@pytest.fixture
def without_web(stack: Stack, article: str) -> Iterator[None]:
    """Stop every web container after some pages were read; start them again."""
    for path in ("/", "/articles", article):
        stack.ask(path)
    containers = stack.containers("web")
    run("docker", "stop", *containers)
    try:
        yield
    finally:
        run("docker", "start", *containers)
        wait_until(lambda: stack.ask("/auth/login").status == 200, seconds=60)


def test_readers_notice_nothing_while_every_web_container_is_away(
    stack: Stack, article: str, without_web: None
) -> None:
    for path in ("/", "/articles", article):
        answer = stack.ask(path)
        assert answer.status == 200
        assert "hit" in answer.cache
    refused = stack.ask("/auth/login", Accept_Language="zh")
    assert refused.status == 503
    assert refused.get("Retry-After")
    assert "稍后恢复" in refused.body
    assert len(refused.all("Content-Security-Policy")) == 1


def test_a_page_that_no_copy_is_of_is_the_edges_own_while_there_is_no_application(
    stack: Stack, without_web: None
) -> None:
    answer = stack.ask("/search?q=never-asked-before", Accept_Language="zh")
    assert answer.status == 503
    assert answer.get("Retry-After")
    assert "稍后恢复" in answer.body
