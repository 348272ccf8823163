"""The table of rights is asked before every request."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access import PUBLIC, ROUTES, SIGNED_IN
from app.models import Permission, Role, User

ROLES = {
    Role.GUEST: set(),
    Role.AUTHOR: {Permission.CREATE, Permission.UPDATE},
    Role.EDITOR: {Permission.CREATE, Permission.UPDATE, Permission.DELETE},
    Role.ADMIN: {Permission.CREATE, Permission.UPDATE, Permission.DELETE, Permission.ADMIN},
}
PAGES = [
    ("/auth/profile", "auth.profile"),
    ("/desk/", "posts.index"),
    ("/desk/posts/new", "posts.new"),
    ("/admin/comments", "admin.comments"),
]


@pytest.mark.parametrize(("path", "endpoint"), PAGES)
def test_an_anonymous_visitor_is_sent_to_the_login_page(
    client: FlaskClient, path: str, endpoint: str
) -> None:
    assert ROUTES[endpoint] is not PUBLIC
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/auth/login?next=")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("path", "endpoint"), PAGES)
def test_a_role_opens_what_the_table_says(
    make_user: Callable[..., User],
    log_in: Callable[..., FlaskClient],
    role: Role,
    path: str,
    endpoint: str,
) -> None:
    rule = ROUTES[endpoint]
    expected = 200 if rule is SIGNED_IN or rule in ROLES[role] else 403
    assert log_in(make_user(role)).get(path).status_code == expected


def test_a_route_without_an_entry_is_closed(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 500


def test_public_pages_set_no_cookie_and_look_at_no_session(client: FlaskClient) -> None:
    for path in ("/", "/articles", "/archive", "/about", "/search?q=x", "/feed.atom", "/absent"):
        assert "Set-Cookie" not in client.get(path).headers, path
