"""No HTML gets past the sanitiser that could harm a reader, and what is allowed stays."""

import pytest
from hypothesis import given, settings

from app.text.html import sanitize
from app.text.sanitizer import sanitize_comment, well_formed
from tests.app.text.xss import SOUP, VECTORS, unsafe


def test_the_list_of_attacks_is_long_enough() -> None:
    assert len(set(VECTORS)) >= 60


@pytest.mark.parametrize("vector", VECTORS)
def test_an_attack_leaves_nothing_unsafe(vector: str) -> None:
    for html in (sanitize(vector), sanitize_comment(vector), sanitize(f'<p title="{vector}">x')):
        assert unsafe(html) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_what_is_left_of_an_attack_is_stable(vector: str) -> None:
    html = sanitize(vector)
    assert sanitize(html) == html


@settings(max_examples=300)
@given(SOUP)
def test_any_soup_of_tags_becomes_safe(soup: str) -> None:
    assert unsafe(sanitize(soup)) == []


@settings(max_examples=300)
@given(SOUP)
def test_sanitising_twice_changes_nothing(soup: str) -> None:
    html = sanitize(soup)
    assert sanitize(html) == html


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<br>b <strong>c</strong> <em>d</em> <u>e</u></p>",
        "<h2>a</h2><h3>b</h3><h6>c</h6>",
        "<ul><li>a</li></ul><ol><li>b</li></ol>",
        "<blockquote><p>a</p></blockquote>",
        '<pre class="highlight"><code class="language-c++"><span class="k">if</span></code></pre>',
        '<table><thead><tr><th align="left">a</th></tr></thead>'
        '<tbody><tr><td align="right">b</td></tr></tbody></table>',
        "<p><del>a</del> <s>b</s> <sup>c</sup> <sub>d</sub></p><hr>",
        '<figure><img loading="lazy" decoding="async" src="/uploads/a.png" alt="a">'
        "<figcaption>b</figcaption></figure>",
        '<ul class="contains-task-list"><li class="task-list-item"><input disabled="" '
        'aria-label="✓" class="task-list-item-checkbox" type="checkbox" checked=""> a</li></ul>',
        '<section class="footnotes"><ol class="footnotes-list">'
        '<li id="h-fn1" class="footnote-item">a</li></ol></section>',
    ],
)
def test_what_articles_need_stays_as_it_is(html: str) -> None:
    assert sanitize(html) == html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ('<a href="https://x.example/?a=1&amp;b">x</a>', "https://x.example/?a=1&amp;b"),
        ('<a href="mailto:a@x.example">x</a>', "mailto:a@x.example"),
        ('<a href="/articles/x">x</a>', "/articles/x"),
        ('<a href="#top">x</a>', "#top"),
        ('<a href="//x.example/y">x</a>', "https://x.example/y"),
        ('<a href="/\\x.example">x</a>', "https://x.example"),
        ('<a href="/\t/x.example">x</a>', "https://x.example"),
    ],
)
def test_an_address_of_a_link_is_kept_with_its_scheme(html: str, clean: str) -> None:
    assert sanitize(html) == f'<a href="{clean}" rel="noopener">x</a>'


def test_an_image_has_an_address_of_the_web_or_of_the_site() -> None:
    image = '<img loading="lazy" decoding="async"'
    assert sanitize('<img src="//x.example/a.png">') == f'{image} src="https://x.example/a.png">'
    assert sanitize('<img src="/uploads/a.png">') == f'{image} src="/uploads/a.png">'
    assert sanitize('<img src="mailto:x" alt="">') == f'{image} alt="">'
    assert sanitize('<img src="data:image/png;base64,x" alt="">') == f'{image} alt="">'


def test_an_image_keeps_a_size_in_pixels_only() -> None:
    html = sanitize('<img src="/a" width="300" height="50%">')
    assert 'width="300"' in html
    assert "height" not in html


def test_ids_of_content_have_a_prefix_and_no_strange_characters() -> None:
    assert sanitize('<h2 id="comments">x</h2>') == '<h2 id="h-comments">x</h2>'
    assert sanitize('<h2 id="h-x">x</h2>') == '<h2 id="h-x">x</h2>'
    assert sanitize('<h2 id="a b">x</h2>') == "<h2>x</h2>"
    assert sanitize('<p id="x">x</p>') == "<p>x</p>"


def test_unknown_classes_are_taken_away() -> None:
    assert sanitize('<span class="k masthead">x</span>') == '<span class="k">x</span>'
    assert sanitize('<div class="masthead">x</div>') == "<div>x</div>"
    assert (
        sanitize('<code class="x language-py y">x</code>') == '<code class="language-py">x</code>'
    )


def test_only_checkboxes_are_inputs_and_nobody_can_change_them() -> None:
    assert (
        sanitize('<input type="checkbox">') == '<input disabled="" aria-label="✓" type="checkbox">'
    )
    assert "password" not in sanitize('<input type="password" value="x">')


def test_a_line_break_at_the_start_of_a_block_of_code_does_not_wander() -> None:
    assert sanitize("<pre>\n\n\n  a\n</pre>") == "<pre>  a\n</pre>"


def test_html_that_never_settles_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.text.sanitizer.MAX_PASSES", 1)
    assert sanitize("<p>a<script>x</script>") == "&lt;p&gt;a&lt;/p&gt;"


def test_comments_hidden_in_comments_are_shown_as_text_at_last() -> None:
    nested = "<!-" * 20 + "<!-- -->" + "- -->" * 20 + "<p onclick=x>a"
    assert unsafe(sanitize(nested)) == []


def test_characters_that_are_no_text_are_replaced() -> None:
    assert well_formed("a\x00b\ud800c\uffff\x08") == "a\ufffdb\ufffdc\ufffd\ufffd"
    assert well_formed("page\fpage\vpage\tx\r\n") == "page\npage\npage\tx\r\n"
    assert sanitize("<p>a&#1;b</p>") == "<p>a\ufffdb</p>"
    assert sanitize("a\ud800b") == "a\ufffdb"


def test_links_of_comments_tell_search_engines_not_to_follow() -> None:
    html = sanitize_comment('<a href="//x.example" rel="me">x</a>')
    assert html == '<a href="https://x.example" rel="nofollow ugc noopener">x</a>'
