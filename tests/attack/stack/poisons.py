"""What could make a shared copy say something else: headers, cookies, arguments, paths, methods."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

MARK = "poisoned"
VALUES = (MARK, f"{MARK}.example.net", f"/{MARK}", "zh", "en", "1", "0", "*", "http", "")
NAMES = (
    "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language",
    "Access-Control-Request-Method", "Base-Url", "Cache-Control", "CF-Connecting-IP", "Client-IP",
    "Content-Encoding", "Content-Language", "Content-Type", "DNT", "Early-Data", "ETag",
    "Expect-CT", "Forwarded", "From", "Front-End-Https", "If-Match", "If-Modified-Since",
    "If-None-Match", "If-Range", "If-Unmodified-Since", "Max-Forwards", "Origin", "Pragma",
    "Prefer", "Priority", "Purpose", "Range", "Referer", "Save-Data",
    "Sec-CH-Prefers-Color-Scheme", "Sec-CH-UA-Mobile", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
    "Sec-Fetch-Site", "Sec-GPC", "Sec-Purpose", "Surrogate-Control", "True-Client-IP",
    "Upgrade-Insecure-Requests", "User-Agent", "Via", "X-Accel-Expires", "X-Accel-Redirect",
    "X-Amz-Website-Redirect-Location", "X-Cache-Hash", "X-Csrf-Token", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto",
    "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Host", "X-HTTP-Method",
    "X-HTTP-Method-Override", "X-Method-Override", "X-Moz", "X-Original-URL", "X-Purpose",
    "X-Real-IP", "X-Refresh-Key", "X-Requested-With", "X-Rewrite-URL", "X-Timer", "X-Wap-Profile",
    "traceparent", "tracestate",
)  # fmt: skip
# The language of a page is in its key; these are the ways to have it read in two ways.
COOKIES = (
    "lang=zh", "lang=en", 'lang="zh"', 'lang="en"', "lang= zh", "lang =zh", "lang=zh ",
    " lang=zh", "lang=zh;lang=en", "lang=en;lang=zh", "lang=zh; lang=en", "lang=en; lang=zh",
    "lang=zh,lang=en", "x=y;lang=zh", "x=y;\tlang=zh", "x=y,lang=zh", 'x="y;lang=zh"',
    'x="; lang=en; y="', "lang=ZH", "Lang=zh", "lang=z\\150", 'lang="\\172h"', "lang=%7ah",
    "lang", "lang=", "=zh", "lang==zh", "lang[]=zh", "$lang=zh", '$Version=1; lang="zh"',
    "lang=zh\x0b", "lang=zh\xa0", "\xa0lang=zh", "\x0clang=zh", "x=y;\x0blang=zh",
    "x=y;\xa0lang=zh", "lang=zh_Hans_CN", "lang=zh-CN", "session=x", "__Host-session",
    "__Host-session =x", "__host-session=x", "\x0c__Host-session=x", "x=y,__Host-session=x",
    'x="; __Host-session=x', "remember_token=x", f"x={MARK}", "csrf_token=x", "theme=dark",
    f"lang={MARK}", "x" * 4000,
)  # fmt: skip
QUERIES = (
    "?q={q}", "?q={q}&q=poisoned", "?q=poisoned&q={q}", "?q={q}&page=2", "?page=2&q={q}",
    "?Q={q}", "?%71={q}", "?q={q};page=2", "?q={q}%26page=2", "?q={q}%23", "?q={q}#poisoned",
    "?q={q}&", "?&q={q}", "??q={q}", "?q={q}?page=2", "?q={q}&utm_source=poisoned",
    "?utm_source=poisoned&q={q}", "?q={q}&x=poisoned", "?x=poisoned&q={q}", "?q={q}&page=",
    "?q={q}&page=poisoned", "?q={q}&page=0", "?q={q}&page=00001", "?q={q}&page=%31", "?q[]={q}",
    "?q={q}%00", "?q={q}%0d%0aX:y", "?q={q}%ff", "?q={q}&lang=zh", "?q={q}&_external=1",
    "?q={q}&_scheme=javascript", "?q={q}&_anchor=poisoned", "?q={q}&callback=poisoned",
    "?q={q}&format=json", "?q={q}&_method=DELETE", "?q={q}&next=//x",
)  # fmt: skip
PATHS = (
    "{path}", "/.{path}", "/{path}", "//{path}", "{path}/", "{path}//", "{path};x", "{path};x=y",
    "/x/..{path}", "/x/%2e%2e{path}", "/x/..%2f{path}", "/x/%2e%2e%2f{path}", "/static/..{path}",
    "/static/..%2f{path}", "/uploads/..{path}", "/uploads/..%2f{path}", "{path}/.", "{path}/..",
    "{path}/x/..", "{path}%2f", "{path}%00", "{path}%20", "{path}%0a", "{path}%3f", "{path}%23",
    "{path}.css", "{path}/x.css", "{path}%2fx.css", "{path};x.css", "{path}%3bx.css", "{path}\\",
    "{path}/..%5cx", "{upper}", "{encoded}", "{twice}", "{path}%c0%af", "https://elsewhere{path}",
    "{path}#x", "{path}#/../static/x.css",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "PURGE", "TRACE", "get")


@dataclass(frozen=True)
class Poison:
    """A request of an attacker, beside a page's own address."""

    path: str = "{path}"
    query: str = "?q={q}"
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None

    def address(self, path: str, q: str) -> str:
        """Return what stands in the request line."""
        encoded = path[:1] + "".join(f"%{ord(letter):02x}" for letter in path[1:])
        changed = self.path.format(
            path=path, upper=path.upper(), encoded=encoded, twice=encoded.replace("%", "%25")
        )
        return changed + self.query.replace("{q}", q)


def singles() -> Iterator[Poison]:
    """Yield what changes one thing."""
    for name, value in product(NAMES, VALUES):
        yield Poison(headers=((name, value),))
    for cookie, language in product(COOKIES, ("en", "zh", "fr", "zh;q=0.1, en;q=0.9", "*")):
        yield Poison(headers=(("Cookie", cookie), ("Accept-Language", language)))
    for first, second in product(COOKIES[:20], repeat=2):
        yield Poison(headers=(("Cookie", first), ("Cookie", second)))
    for query in QUERIES:
        yield Poison(query=query)
    for path, query in product(PATHS, QUERIES[:4]):
        yield Poison(path=path, query=query)
    for method, body in product(METHODS, (None, b"", b"q=poisoned&page=2", b"lang=zh")):
        form = (("Content-Type", "application/x-www-form-urlencoded"),)
        yield Poison(method=method, body=body, headers=form)


def mixed(chance: Random) -> Poison:
    """Return one that changes several things at once."""
    headers = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(4))]
    headers += [("Cookie", chance.choice(COOKIES)) for _ in range(chance.randrange(3))]
    rare = chance.random() < 0.2
    return Poison(
        path=chance.choice(PATHS) if rare else "{path}",
        query=chance.choice(QUERIES),
        headers=tuple(headers),
        method=chance.choice(METHODS) if rare else "GET",
    )


def poisons(number: int, seed: int = 7) -> list[Poison]:
    """Return so many: each single one first, spread where there is no room for all, then mixed."""
    alone = list(singles())
    chance = Random(seed)
    if number < len(alone):
        return chance.sample(alone, number)
    return alone + [mixed(chance) for _ in range(number - len(alone))]
