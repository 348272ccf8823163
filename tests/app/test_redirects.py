"""Only paths of this site are followed."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.urls import iri_to_uri

from app.redirects import safe_next

SITE = "https://blog.example.org/auth/login"


@pytest.mark.parametrize("path", ["/", "/desk/", "/articles/x?page=2#comments", "/标签/甲"])
def test_a_path_of_the_site_is_followed(path: str) -> None:
    assert safe_next(path, "/home") == path


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "desk",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\n//evil.example",
        " //evil.example",
        "/a\r\nSet-Cookie: x=1",
        "/a b",
        "/\u2028x",
        "http:/evil.example",
    ],
)
def test_anything_else_leads_to_the_fallback(target: str | None) -> None:
    assert safe_next(target, "/home") == "/home"


@given(st.text(alphabet=st.sampled_from("/\\.:@?#evil\t\n\r []%25"), max_size=12))
def test_no_text_leads_to_another_site(target: str) -> None:
    followed = safe_next(target, "/home")
    # Browsers drop these and read a backslash as a slash before they parse an address.
    as_read = followed.translate(dict.fromkeys(map(ord, "\t\n\r"))).replace("\\", "/").strip()
    assert urlsplit(urljoin(SITE, iri_to_uri(as_read))).netloc == "blog.example.org"
