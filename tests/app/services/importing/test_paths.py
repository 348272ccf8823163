from pathlib import Path

import pytest

from app.services.importing.paths import (
    image_placeholder,
    is_external,
    redirect_path,
    split_address,
)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/2010/10/hello/", "/2010/10/hello"),
        ("https://old.example/2010/10/hello/?x=1#top", "/2010/10/hello"),
        ("/%E4%BD%A0%E5%A5%BD/", "/你好"),
        ("/a//b/../c/index.html", "/a/c"),
        ("posts/a", "/posts/a"),
        ("/", None),
        ("http://old.example/?p=3", None),
        ("", None),
        ("/" + "a" * 500, None),
        ("/%ff%fe", None),
        ("/a%00b", None),
        ("http://[broken", None),
    ],
)
def test_old_addresses_are_kept_as_they_are_looked_up(address, path):
    assert redirect_path(address) == path


@pytest.mark.parametrize(
    ("address", "external"),
    [
        ("https://a.example", True),
        ("mailto:a@b.example", True),
        ("//cdn.example/x", True),
        ("#top", True),
        ("", True),
        ("a.md", False),
        ("/a", False),
        ("../2020:01.md", False),
    ],
)
def test_addresses_with_a_scheme_or_host_lead_outside(address, external):
    assert is_external(address) is external


def test_an_address_splits_before_its_query_or_fragment():
    assert split_address("a.md?x#y") == ("a.md", "?x#y")
    assert split_address("a.md#y?x") == ("a.md", "#y?x")
    assert split_address("a.md") == ("a.md", "")


def test_each_image_has_a_placeholder_of_its_own():
    assert image_placeholder(Path("/a.png")) != image_placeholder(Path("/b.png"))
