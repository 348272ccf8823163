import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.wordpress.autop import add_paragraphs


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("a\nb", "<p>a<br />\nb</p>"),
        ("a<br>\nb", "<p>a<br>\nb</p>"),
        ("a<br /><br />b", "<p>a</p>\n<p>b</p>"),
        ("x\r\n\r\ny", "<p>x</p>\n<p>y</p>"),
        ("a\n<h2>T</h2>\nb", "<p>a</p><h2>T</h2><p>b</p>"),
        ("<ul>\n<li>a</li>\n</ul>", "<ul>\n<li>a</li>\n</ul>"),
        ("<li>a\n\nb</li>", "<li><p>a</p>\n<p>b</p></li>"),
        ("<blockquote>a\n\nb</blockquote>", "<blockquote><p>a</p>\n<p>b</p></blockquote>"),
        ("<div>a</div>b", "<div><p>a</p></div><p>b</p>"),
        ("<p>a\n\nb</p>", "<p>a<br />\n<br />\nb</p>"),
        ("<pre>a\n\nb</pre>", "<pre>a\n\nb</pre>"),
        ("a<!-- b\n\nc -->d", "<p>a</p><!-- b\n\nc --><p>d</p>"),
        ("a<hr />b", "<p>a</p><hr /><p>b</p>"),
        ("</div>a", "</div><p>a</p>"),
        ("<strong>a</strong> b", "<p><strong>a</strong> b</p>"),
        ("<ul>stray<li>a</li></ul>", "<ul>stray<li>a</li></ul>"),
        ("", ""),
        (" ", ""),
    ],
)
def test_blank_lines_part_paragraphs(text, html):
    assert add_paragraphs(text) == html


@given(st.text(alphabet="ab \n<>/pdiv", max_size=60))
def test_no_text_breaks_it(text):
    add_paragraphs(text)
