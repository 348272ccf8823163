import pytest

from app.services.importing.wordpress.content import to_html
from app.services.importing.wordpress.shortcodes import Shortcodes


def convert(content):
    html, warnings = to_html(content, Shortcodes(lambda ids: []))
    return html.strip(), warnings


def test_classic_text_gets_paragraphs_and_links_of_lonely_addresses():
    html, warnings = convert(
        "One & two.\n\nhttps://a.example/?b=1&c\n\n<!--more Go on-->\n\nThree."
    )
    assert html == (
        "<p>One & two.</p>\n"
        '<p><a href="https://a.example/?b=1&amp;c">https://a.example/?b=1&amp;c</a></p>\n'
        "<p>Three.</p>"
    )
    assert warnings == []


def test_blocks_lose_their_marks_only():
    html, warnings = convert(
        '<!-- wp:paragraph {"align":"center"} -->\n<p>One.</p>\n<!-- /wp:paragraph -->\n\n'
        "<!-- wp:core/separator -->\n<hr/>\n<!-- /wp:core/separator -->\n"
        '<!-- wp:spacer {"height":5} /--><!-- wp:more --><!--more--><!-- /wp:more -->'
    )
    assert "".join(html.split()) == "<p>One.</p><hr/>"
    assert warnings == []


@pytest.mark.parametrize(
    ("content", "html"),
    [
        (
            '<!-- wp:embed {"url":"https://a.example/"} -->\n<figure class="wp-block-embed">'
            '<div class="wp-block-embed__wrapper">\nhttps://a.example/\n</div></figure>\n'
            "<!-- /wp:embed -->",
            '<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">'
            '<a href="https://a.example/">https://a.example/</a></div></figure>',
        ),
        (
            '<!-- wp:core-embed/youtube {"url":"https://youtu.be/a"} /-->',
            '<p><a href="https://youtu.be/a">https://youtu.be/a</a></p>',
        ),
        ("<!-- wp:verse --><pre>a\nb</pre><!-- /wp:verse -->", "<p>a<br />\nb</p>"),
        ("<!-- wp:freeform -->\na\n\nb\n<!-- /wp:freeform -->", "<p>a</p>\n<p>b</p>"),
        ("Before\n\n<!-- wp:html --><b>x</b><!-- /wp:html -->", "<p>Before</p><b>x</b>"),
        (
            "<!-- wp:shortcode -->[vimeo 1]<!-- /wp:shortcode -->",
            '<a href="https://vimeo.com/1">https://vimeo.com/1</a>',
        ),
        ("<!-- /wp:group --><!-- wp:x --><i>y</i><!-- /wp:x -->", "<i>y</i>"),
    ],
)
def test_blocks_of_all_kinds(content, html):
    assert convert(content) == (html, [])


def test_blocks_without_content_are_told_together():
    html, warnings = convert(
        '<!-- wp:latest-posts {"postsToShow":3} /--><!-- wp:search /--><!-- wp:embed {"a": } /-->'
    )
    assert html == ""
    assert warnings == ["blocks that are filled when a page is shown: latest-posts, search, embed"]


def test_code_with_a_language_keeps_both():
    assert convert('<pre lang="php" line="1">a &lt; b</pre>')[0] == (
        '<pre><code class="language-php">a &lt; b</code></pre>'
    )
