"""Requests to other machines (SSRF): whatever address is given anywhere, no connection is made."""

import io
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.auth import TokenService
from app.models import Post, Role, User
from app.services.importing import (
    GhostExport,
    ImportRefused,
    MarkdownTree,
    WordPressExport,
    import_blog,
)
from tests.app.services.importing.wordpress.conftest import HEAD, make_comment, make_item
from tests.attack.files import SVG
from tests.attack.forgeries import token

ADDRESSES = (
    *("http://127.0.0.1:9/", "https://127.0.0.1:9/a.png", "http://localhost:9/", "http://[::1]:9/"),
    *("http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://0/"),
    *("http://0x7f000001:9/", "http://2130706433:9/", "http://127.1:9/", "http://017700000001:9/"),
    *("https://evil.example/a.png", "//evil.example/a.png"),
    *("ftp://127.0.0.1/", "file:///etc/passwd"),
    *("gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/"),
    *("jar:http://127.0.0.1!/", "redis://127.0.0.1:6379/", "unix:///var/run/docker.sock"),
    *("http://evil.example@127.0.0.1:9/", "http://127.0.0.1:9#@evil.example/", "http://edge:8082/"),
    *("http://[::ffff:127.0.0.1]:9/", "http://127.0.0.1.nip.io:9/", "https://localtest.me:9/x.png"),
    *("\\\\127.0.0.1\\share", "http://web:9101/metrics", "postgresql://127.0.0.1/"),
)
PLACES = (
    *("avatar", "avatar by program", "article", "HTML article", "comment", "preview", "search"),
    *("contact", "reset", "register", "next", "block", "upload name", "upload", "header", "token"),
    *("WordPress", "Markdown", "Ghost"),
)
TRIED = len(ADDRESSES) * len(PLACES)

METHODS = ("connect", "connect_ex", "sendto")
LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")


@contextmanager
def silence() -> Iterator[list[str]]:
    """Collect connections and look-ups; the databases of the tests are sockets in the file system.

    An audit hook would hear them too, but can't be taken away again, and as long as one is there
    Python 3.11 may fail to start a thread that is traced.
    """
    heard: list[str] = []

    def hear(of: Any, name: str, at: int) -> Any:
        asked = getattr(of, name)

        def ask(*arguments: Any, **options: Any) -> Any:
            if at == 0 or not isinstance(arguments[-1], str | bytes):
                heard.append(f"{name} {arguments[at:]}")
            return asked(*arguments, **options)

        return ask

    with pytest.MonkeyPatch.context() as patch:
        for name in METHODS:
            patch.setattr(socket.socket, name, hear(socket.socket, name, 1), raising=False)
        for name in LOOKUPS:
            patch.setattr(socket, name, hear(socket, name, 0))
        yield heard


def places(browser: FlaskClient, post: Post, folder: Path, user: User) -> dict[str, Callable]:
    """Return every place that takes an address, as a function that gives it one."""
    app, path, number = browser.application, post.path, post.id
    bearer = {"Authorization": f"Bearer {TokenService.generate_access_token(user.id)}"}
    contact = {"name": "n", "email": "n@example.org"}
    edit = f"/desk/posts/{number}/edit"

    def import_from(source: Any) -> None:
        try:
            import_blog(source=source, author=user)
        except ImportRefused:
            return

    def wordpress(address: str) -> None:
        items = make_item(
            make_comment(1, address, author_url=address),
            content__encoded=f'<img src="{address}"> [embed]{address}[/embed] {address}',
            wp__attachment_url=address,
        ) + make_item(wp__post_id="2", wp__post_type="attachment", wp__attachment_url=address)
        entity = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{address}">]>'
        text = HEAD.format(version="1.2", head="") + items + "</channel></rss>"
        for number, whole in enumerate((text, text.replace("<rss", f"{entity}<rss", 1))):
            export = folder / f"{number}.xml"
            export.write_text(whole)
            import_from(WordPressExport(export, media=None))

    def tree(address: str) -> None:
        site = folder / "tree"
        site.mkdir(exist_ok=True)
        matter = json.dumps({"title": "t", "image": address, "cover": {"image": address}})
        (site / "a.md").write_text(f"{matter}\n![]({address}) {{{{< figure src='{address}' >}}}}\n")
        import_from(MarkdownTree(site, site=None))

    def ghost(address: str) -> None:
        post = {"id": "1", "title": "t", "slug": "t", "status": "published", "type": "post"}
        post |= {"html": f'<img src="{address}">', "feature_image": address}
        post |= {"created_at": "2020-01-01T00:00:00.000Z"}
        export = folder / "ghost.json"
        export.write_text(
            json.dumps({"db": [{"meta": {"version": "5.0"}, "data": {"posts": [post]}}]})
        )
        import_from(GhostExport(export, media=None, site_url=""))

    return {
        "avatar": lambda a: browser.post("/auth/profile", data={"avatar_url": a}),
        "avatar by program": lambda a: browser.patch(
            f"/api/v1/users/{user.id}", json={"avatar_url": a}, headers=bearer
        ),
        "article": lambda a: browser.post(edit, data={"title": "t", "content": f"![]({a}) <{a}>"}),
        "HTML article": lambda a: browser.post(
            edit, data={"title": "t", "content": f'<img src="{a}"><iframe src="{a}"></iframe>'}
        ),
        "comment": lambda a: browser.post(f"{path}/comments", data={"content": f"[x]({a})"}),
        "preview": lambda a: browser.post("/desk/posts/preview", data={"content": f"![]({a})"}),
        "search": lambda a: browser.get("/search", query_string={"q": a}),
        "contact": lambda a: browser.post("/contact", data=contact | {"message": f"{a} {a} {a}"}),
        "reset": lambda a: browser.post("/auth/reset", data={"email": f"x@{a.split('/')[2:3]}"}),
        "register": lambda a: app.test_client().post(
            "/auth/register",
            data={"email": f"x@{(a.split('/') * 3)[2]}", "username": "newcomer", "password": "x"},
        ),
        "next": lambda a: browser.get("/language/en", query_string={"next": a}),
        "block": lambda a: browser.post("/admin/blocks", data={"kind": "host", "value": a}),
        "upload name": lambda a: browser.post(
            "/upload/image", data={"file": (io.BytesIO(b"x"), f"{a}a.png")}
        ),
        "upload": lambda a: browser.post(
            "/upload/image",
            data={"file": (io.BytesIO(SVG.replace(b"alert(1)", a.encode())), "a.png")},
        ),
        "header": lambda a: browser.get(
            "/", headers={"Referer": a, "Origin": a, "X-Forwarded-Host": a, "Forwarded": a}
        ),
        "token": lambda a: app.test_client().get(
            "/api/v1/users/me",
            headers={
                "Authorization": "Bearer "
                + token({"alg": "RS256", "kid": a, "jku": a, "x5u": a}, {"iss": a, "sub": "1"}, "x")
            },
        ),
        "WordPress": wordpress,
        "Markdown": tree,
        "Ghost": ghost,
    }


@pytest.mark.parametrize("place", PLACES)
def test_no_address_is_asked(
    app: Flask,
    make_user: Callable[..., User],
    make_post: Callable[..., Post],
    sign_in: Callable[..., FlaskClient],
    tmp_path: Path,
    place: str,
) -> None:
    admin = make_user(Role.ADMIN)
    give = places(sign_in(admin), make_post(admin), tmp_path, admin)[place]
    with silence() as connections:
        for address in ADDRESSES:
            give(address)
    assert connections == []


def test_a_connection_would_be_heard() -> None:
    with silence() as connections, socket.socket() as probe:
        probe.connect_ex(("127.0.0.1", 9))
        socket.getaddrinfo("127.0.0.1", 9)
    assert len(connections) == 2
