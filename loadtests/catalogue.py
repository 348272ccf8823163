"""What there is to visit, asked of the site itself at the start of a run."""

import json
import ssl
import urllib.request
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Any
from urllib.parse import quote

from loadtests import options

MOST_POSTS = 1000
FIELDS = "id,slug,title,view_count,tags,category"
WORDS = ("server", "cache", "release", "river", "the and", "数据库", "服务器", "缓存")


@dataclass
class Catalogue:
    """Articles in the order of their popularity, tags and categories."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def post(self, chance: Random) -> dict[str, Any]:
        """Return an article as readers choose: the second is read half as often as the first."""
        return chance.choices(self.posts, cum_weights=self.weights)[0]

    def list_path(self, chance: Random) -> str:
        """Return the address of a list."""
        kind = chance.random()
        if kind < 0.4:
            return "/"
        if kind < 0.6:
            return f"/articles?page={1 + int(min(9, len(self.posts) / 20) * chance.random() ** 2)}"
        if kind < 0.8 and self.tags:
            return f"/tags/{quote(chance.choice(self.tags))}"
        if kind < 0.9 and self.categories:
            return f"/categories/{quote(chance.choice(self.categories))}"
        return "/archive"


def read_catalogue(host: str) -> Catalogue:
    """Ask the API; raises OSError where the site does not answer, ValueError where it is empty."""
    posts: list[dict[str, Any]] = []
    cursor = ""
    while len(posts) < MOST_POSTS:
        path = f"/api/v1/posts?per_page=100&fields={FIELDS}&cursor="
        page = ask(host, path + quote(cursor))
        posts += page["items"]
        cursor = page["next_cursor"] or ""
        if not cursor:
            break
    if not posts:
        raise ValueError("The site has no article: flask seed --posts …")
    posts.sort(key=lambda post: -post["view_count"])
    return Catalogue(
        posts,
        sorted({tag["slug"] for post in posts for tag in post["tags"]}),
        sorted({post["category"]["slug"] for post in posts if post["category"]}),
        list(accumulate(1 / rank for rank in range(1, len(posts) + 1))),
    )


def ask(host: str, path: str) -> Any:
    """Return the JSON of an address."""
    headers = {"Accept": "application/json"}
    if options.SITE_HOST:
        headers["Host"] = options.SITE_HOST
    request = urllib.request.Request(host + path, headers=headers)  # noqa: S310
    context = tls_context() if host.startswith("https") else None
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
        return json.load(answer)


class NamedContext(ssl.SSLContext):
    """A TLS client that asks for the site by its own name, wherever it is connected to."""

    def wrap_socket(self, *arguments: Any, **names: Any) -> Any:
        """Begin TLS."""
        if options.SITE_HOST:
            names["server_hostname"] = options.SITE_HOST.partition(":")[0]
        return super().wrap_socket(*arguments, **names)


def tls_context() -> ssl.SSLContext:
    """Return a TLS client that trusts the given CA, or anyone where none is given."""
    context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    if options.CA_FILE:
        context.load_verify_locations(options.CA_FILE)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
