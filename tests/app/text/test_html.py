"""HTML can be cut, read as text and moved to another page."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text.html import absolute_urls, plain_text, sanitize, truncate_chars, truncate_html
from tests.app.text.xss import SOUP

VOID = {"br", "hr", "img", "input", "wbr"}


class Reading(HTMLParser):
    """Counts visible characters and remembers whether every element is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.balanced = True
        self.visible = 0
        self.feed(html)
        self.close()
        self.balanced = self.balanced and not self.opened

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.balanced = self.balanced and bool(self.opened) and self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.visible += 0 if data.isspace() else len(data)


@settings(max_examples=300)
@given(SOUP, st.integers(0, 40))
def test_cut_html_is_balanced_and_short_enough(soup: str, length: int) -> None:
    reading = Reading(truncate_html(sanitize(soup), length))
    assert reading.balanced
    assert reading.visible <= length


@given(st.text() | st.from_regex(r"(</?[a-z]{1,3}( [a-z]=\"[^\"]*\")?>|[^<]|<)*", fullmatch=True))
def test_html_from_elsewhere_is_balanced_too(html: str) -> None:
    assert Reading(truncate_html(html, 1000)).balanced


@pytest.mark.parametrize(
    ("html", "length", "cut"),
    [
        ("<p>Hello world</p>", 11, "<p>Hello world</p>"),
        ("<p>Hello world</p>", 7, "<p>Hello…</p>"),
        ("<p>Hello <em>big</em> world</p>", 9, "<p>Hello <em>bi…</em></p>"),
        ("<p>Hello</p>\n<p>world</p>", 6, "<p>Hello…</p>"),
        ("<p>Hello</p>\n<p>world</p>", 7, "<p>Hello</p>\n<p>w…</p>"),
        ("<p>a &amp; b &lt; c</p>", 6, "<p>a &amp; b…</p>"),
        ("<p>a &amp; b</p>", 5, "<p>a &amp; b</p>"),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", 4, "<ul>\n<li>one…</li></ul>"),
        ('<p><img src="/a.png" alt="x">中文内容</p>', 3, '<p><img src="/a.png" alt="x">中文…</p>'),
        ("<p>abc</p>", 1, "<p>…</p>"),
        ("<p>abc</p>", 0, "<p></p>"),
        ("", 5, ""),
    ],
)
def test_html_is_cut_behind_the_last_visible_character(html: str, length: int, cut: str) -> None:
    assert truncate_html(html, length) == cut


def test_html_is_cut_with_a_suffix_of_the_callers_choice() -> None:
    assert truncate_html("<p>Hello world</p>", 9, suffix=" (…)") == "<p>Hello (…)</p>"


def test_an_end_tag_without_its_start_is_dropped_when_html_is_cut() -> None:
    assert truncate_html("<div><p>ab</div></em>cd", 3) == "<div><p>ab…</p></div>"


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("one two", 5, "one…"),
        ("中文标题很长", 4, "中文标…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("abc", -1, ""),
        ("ae\u0301e\u0301", 3, "a…"),
        ("👩\u200d👩\u200d👧 family", 4, "…"),
    ],
)
def test_text_is_cut_without_splitting_a_composed_character(
    text: str, length: int, cut: str
) -> None:
    assert truncate_chars(text, length) == cut


@given(st.text(), st.integers(0, 30), st.sampled_from(("", "…", "...")))
def test_cut_text_is_never_too_long(text: str, length: int, suffix: str) -> None:
    assert len(truncate_chars(text, length, suffix=suffix)) <= length


def test_plain_text_has_one_line_for_each_block() -> None:
    html = "<h2>Title</h2><p>One <b>bold</b>\n   word<br>next</p><ul><li>a</li><li>b</li></ul>"
    assert plain_text(html) == "Title\nOne bold\nword\nnext\na\nb"


def test_plain_text_has_no_markup_scripts_or_entities() -> None:
    html = "<p>1 &lt; 2 &amp; 3<!-- no --></p><script>alert(1)</script><style>p{}</style>"
    assert plain_text(html) == "1 < 2 & 3"


@given(SOUP)
def test_plain_text_has_no_spare_white_space(soup: str) -> None:
    text = plain_text(soup)
    assert text == text.strip()
    assert not re.search(r"\n\s|[^\S\n]{2}", text)


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("/articles/b?x=1&amp;y=2", "https://blog.example/articles/b?x=1&amp;y=2"),
        ("c", "https://blog.example/articles/c"),
        ("#h-part", "https://blog.example/articles/a#h-part"),
        ("https://other.example/", "https://other.example/"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("http://[", "http://["),
    ],
)
def test_addresses_become_absolute(address: str, absolute: str) -> None:
    base = "https://blog.example/articles/a"
    assert absolute_urls(f'<a title="t" href="{address}">x</a>', base) == (
        f'<a title="t" href="{absolute}">x</a>'
    )
    assert absolute_urls(f'<img src="{address}">', base) == f'<img src="{absolute}">'


def test_what_looks_like_an_address_in_text_stays() -> None:
    text = '<p>&lt;a href="/x"&gt; href="/y"</p>'
    assert absolute_urls(text, "https://blog.example/") == text
