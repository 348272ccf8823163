"""Exhaustion by text: four times the text is about four times the work, however it is made."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import User, passwords
from app.services import account_rules, blocks
from app.services.clean import clean_line, clean_text
from app.text.devices import device_name
from app.text.html import sanitize, truncate_html
from app.text.markdown import render_comment, render_markdown, summarize
from app.text.search import parse_query
from app.text.slugs import slugify

# Parts that are repeated; what stands before and behind them stands once.
MARKDOWN = (
    *("*", "_", "**a", "*a_", "`", "`a", "[", "![", "[](", "[a](", "[a](<b", "]", "](", "<", "<a "),
    *("<!--", "<![CDATA[", "<?", "</", "&", "&#", "&#x", "\\", "\\\\", "|", "|a", "|-", "~", "~~a"),
    *(">", "> ", "- ", "1. ", "* a\n", "  ", "\t", "\n", "# ", "=", "---\n", "```\n", "    a\n"),
    *("[^1]", "[^1]: a\n", "[a]: b\n", "[a][b]", "http://", "https://a.b/", "a@", "a@b.c ", "www."),
    *("<div ", "<div a=", '<div a="', "<div '", "<div", '<p a=">"'),
    *("<p>", "<div><p>", "<b><i>", "<table>", "<td>", "<a href=", "<svg>", "<select>", "<pre>\n"),
    *(
        "((",
        "))",
        "]()",
        "*_",
        "**_",
        "a*b_c~d`e",
        "<x-",
        '"',
        "'",
        "$",
        "{{",
        "{%",
        "\u0300",
        "中",
    ),
    *("- [ ] a\n", "|a|\n|-|\n", "<br>", "<script>", "<!-", "a  \n", "![a](b)", "H~2~O", "\u200d"),
)
PLAIN = (
    *(" ", "-", "a ", "a-", ".", "a.", "@", "a@"),
    *('"', '"a ', "(", "-a ", "a OR ", "中", "é", "\u0300"),
    *("ａ", "İ", "ß", "/", "//", "/\\", "\\", ":", "<", "&", "%", "'", "_", "\t", "\u3000", "🙂"),
)
SIZES = (2_000, 8_000)
# Linear work makes 4, quadratic work 16; a busy machine blurs it.
MOST_GROWTH = 9
# What takes no longer than this need not be looked at.
LEAST_SECONDS = 0.01
PLAIN_FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "slug": slugify,
    "search": parse_query,
    "email": account_rules.normal_email,
    "username": account_rules.username_faults,
    "avatar": account_rules.avatar_faults,
    "password": account_rules.password_faults,
    "line": clean_line,
    "text": clean_text,
    "summary": summarize,
    "device": device_name,
    "links": lambda text: blocks.LINK.findall(text),
    "cut": lambda text: truncate_html(sanitize(text), 100),
}
FORMS = 12
TRIED = (len(MARKDOWN) * 3 + len(PLAIN) * len(PLAIN_FUNCTIONS)) * len(SIZES) + FORMS


def work(function: Callable[[str], Any], text: str) -> float:
    """Return the CPU time (s) that a function takes for a text; what it refuses is cheap."""
    best = 1e9
    for _ in range(2):
        start = time.process_time()
        with suppress(ValueError):
            function(text)
        best = min(best, time.process_time() - start)
        if best < LEAST_SECONDS:
            break
    return best


def growing(function: Callable[[str], Any], parts: tuple[str, ...]) -> list[str]:
    """Return the parts whose repetition makes work grow faster than the text."""
    found = []
    for part in parts:
        large = work(function, f"a {part * (SIZES[1] // len(part))} b")
        if large < LEAST_SECONDS * 4:
            continue
        small = work(function, f"a {part * (SIZES[0] // len(part))} b")
        if large > MOST_GROWTH * max(small, LEAST_SECONDS / 4):
            found.append(f"{part!r}: {small:.3f} s, then {large:.3f} s")
    return found


@pytest.mark.parametrize("function", [render_markdown, render_comment, sanitize])
def test_no_markup_makes_the_work_explode(app: Flask, function: Callable[[str], Any]) -> None:
    assert growing(function, MARKDOWN) == []


@pytest.mark.parametrize("name", PLAIN_FUNCTIONS)
def test_no_text_makes_the_work_explode(app: Flask, name: str) -> None:
    with app.test_request_context():
        assert growing(PLAIN_FUNCTIONS[name], PLAIN) == []


# Werkzeug leaves the files of a form that it refuses to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_large_forms_headers_and_bodies_are_refused_or_answered(
    app: Flask, make_user: Callable[..., User], sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(make_user())
    many = {f"field{number}": "x" for number in range(20_000)}
    part = '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n'
    parts = (part * 1_500 + "--x--\r\n").encode()
    deep = "[" * 200_000
    wide = json.dumps(dict.fromkeys(map(str, range(100_000)), 0))
    cookies = "; ".join(f"a{number}=b" for number in range(2_000))
    token = {"Content-Type": "application/json"}
    answers = {
        "many fields": browser.post("/auth/profile", data=many),
        "many files": browser.post(
            "/desk/media", data=parts, content_type="multipart/form-data; boundary=x"
        ),
        "a long field": browser.post("/auth/profile", data={"bio": "x" * 5_000_000}),
        "a long name": browser.post("/auth/profile", data={"x" * 1_000_000: "x"}),
        "a long body": browser.post("/api/v1/posts", data="x" * 17_000_000, headers=token),
        "a deep body": browser.post("/api/v1/posts", data=deep, headers=token),
        "a wide body": browser.post("/api/v1/posts", data=wide, headers=token),
        "many cookies": app.test_client().get("/", headers={"Cookie": cookies}),
        "many arguments": browser.get("/?" + "&".join(f"a{n}=b" for n in range(20_000))),
        "many tags": browser.get("/tags/" + ",".join(f"a{n}" for n in range(5_000))),
        "many languages": browser.get(
            "/", headers={"Accept-Language": ",".join(f"a{n};q=0.1" for n in range(5_000))}
        ),
        "many types": browser.get(
            "/absent", headers={"Accept": ",".join(f"a/b{n};q=0.1" for n in range(5_000))}
        ),
    }
    assert len(answers) == FORMS
    assert {name: a.status_code for name, a in answers.items() if a.status_code >= 500} == {}
    for name in ("many files", "a long body"):
        assert answers[name].status_code == 413, name


def test_only_so_many_passwords_are_hashed_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = type(passwords._current())
    passwords.verify_password("", "warm")
    lock, running, most = threading.Lock(), [0], [0]

    def verify(*_: Any) -> bool:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.005)  # A hash takes time, which is what is shared here.
        with lock:
            running[0] -= 1
        return False

    monkeypatch.setattr(hasher, "verify", verify)

    def log_in() -> None:
        app.test_client().post("/auth/login", data={"username": "x", "password": "x"})

    threads = [threading.Thread(target=log_in) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most[0] <= app.config["PASSWORD_HASH_CONCURRENCY"]
