"""The score that the HTTP Observatory of Mozilla gives a page, worked out here.

The baseline is 100; what is missing costs points, and the bonus of what is there counts from 90 on.
https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
"""

import re
from http.cookies import SimpleCookie

from tests.stack.stack import Answer

BASELINE = 100
LEAST_FOR_BONUS = 90
SIX_MONTHS = 15_768_000
PRIVATE_REFERRERS = (
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
)
SCRIPT = re.compile(r"<script\b([^>]*)>")


def score(answer: Answer, redirect: str, origin: str) -> int:
    """Return the points of an answer, of where plain HTTP led to, and of the site's own origin."""
    parts = [
        policy(answer.get("Content-Security-Policy")),
        cookies(answer.all("Set-Cookie")),
        sharing(answer),
        0 if redirect.startswith(f"{origin}/") else -20,
        5 if answer.get("Referrer-Policy") in PRIVATE_REFERRERS else 0,
        transport(answer.get("Strict-Transport-Security")),
        scripts(answer.body),
        0 if answer.get("X-Content-Type-Options") == "nosniff" else -5,
        framing(answer),
        10 if answer.get("Cross-Origin-Resource-Policy") == "same-origin" else 0,
    ]
    without = BASELINE + sum(part for part in parts if part < 0)
    return without + (sum(part for part in parts if part > 0) if without >= LEAST_FOR_BONUS else 0)


def directives(text: str) -> dict[str, list[str]]:
    """Return the directives of a policy."""
    words = [part.split() for part in text.split(";") if part.strip()]
    return {first: rest for first, *rest in words}


def policy(text: str) -> int:
    """Judge the content security policy."""
    found = directives(text)
    if not found:
        return -25
    default = found.get("default-src", ["*"])
    code = found.get("script-src", default) + found.get("object-src", default)
    if {"'unsafe-inline'", "data:", "https:", "http:", "*"} & set(code):
        return -20
    if "'unsafe-eval'" in code:
        return -10
    styles = found.get("style-src", default)
    if {"'unsafe-inline'", "data:", "https:", "*"} & set(styles):
        return 0
    images = found.get("img-src", default) + found.get("media-src", default)
    if "http:" in images:
        return -10
    is_closed = default == ["'none'"] and found.get("form-action") in (["'none'"], ["'self'"])
    return 10 if is_closed else 5


def cookies(lines: list[str]) -> int:
    """Judge the cookies that are set."""
    morsels = [morsel for line in lines for morsel in SimpleCookie(line).values()]
    if not morsels:
        return 0
    if not all(morsel["secure"] for morsel in morsels):
        return -20
    if any("session" in morsel.key and not morsel["httponly"] for morsel in morsels):
        return -30
    return 5 if all(morsel["samesite"] in ("Lax", "Strict") for morsel in morsels) else 0


def sharing(answer: Answer) -> int:
    """Judge what other origins may read."""
    shared = answer.all("Access-Control-Allow-Origin")
    return -50 if shared and answer.all("Access-Control-Allow-Credentials") else 0


def transport(text: str) -> int:
    """Judge the promise of HTTPS."""
    found = re.search(r"max-age=(\d+)", text)
    return 0 if found and int(found[1]) >= SIX_MONTHS else -20


def scripts(body: str) -> int:
    """Judge where scripts come from."""
    foreign = [tag for tag in SCRIPT.findall(body) if re.search(r'src="(?:https?:)?//', tag)]
    return -5 if foreign else 0


def framing(answer: Answer) -> int:
    """Judge whether other sites may show the page within theirs."""
    if "frame-ancestors" in directives(answer.get("Content-Security-Policy")):
        return 5
    return 5 if answer.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20
