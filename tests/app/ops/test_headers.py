"""Security headers stand on every kind of answer, once."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

EXPECTED = {
    "Cross-Origin-Embedder-Policy": "credentialless",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PATHS = ["/", "/absent", "/auth/login", "/healthz/live", "/feed.atom", "/static/css/site.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_every_header_once(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    for name, value in EXPECTED.items():
        assert headers.getlist(name) == [value], name
    assert len(headers.getlist("Content-Security-Policy")) == 1
    assert len(headers.getlist("Permissions-Policy")) == 1


def test_the_policy_allows_nothing_inline_and_no_frame(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


def https_client(make_app: Callable[..., Flask]) -> FlaskClient:
    app = make_app(https=True, site_url="https://blog.example.org", trusted_proxy_hops=1)
    return app.test_client()


def test_a_year_of_https_is_demanded_with_subdomains(make_app: Callable[..., Flask]) -> None:
    answer = https_client(make_app).get("/", base_url="https://blog.example.org")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_are_bound_to_the_host_and_to_https(make_app: Callable[..., Flask]) -> None:
    answer = https_client(make_app).get("/auth/login", base_url="https://blog.example.org")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-session=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_an_unknown_host_is_refused(make_app: Callable[..., Flask]) -> None:
    answer = https_client(make_app).get("/", base_url="https://evil.example")
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_only_the_trusted_hop_is_believed(make_app: Callable[..., Flask]) -> None:
    app = make_app(https=True, site_url="https://blog.example.org", trusted_proxy_hops=1)

    @app.after_request
    def show(response):  # type: ignore[no-untyped-def]
        from flask import request

        response.headers["X-Seen"] = request.remote_addr or ""
        return response

    answer = app.test_client().get(
        "/",
        headers={
            "Host": "blog.example.org",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "6.6.6.6, 203.0.113.9",
        },
    )
    assert answer.status_code == 200
    assert answer.headers["X-Seen"] == "203.0.113.9"
