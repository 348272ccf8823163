import pytest

from app.services.importing.content import (
    Block,
    comment_text,
    convert_blocks,
    convert_html,
    html_to_text,
)


def test_what_cannot_be_markdown_stays_sanitised_html_and_says_so():
    converted = convert_html("<details><summary>s</summary>x</details><script>alert(1)</script>")
    assert converted.content_format == "html"
    assert converted.content == "<details><summary>s</summary>x</details>"
    assert converted.warnings == ["it stays HTML: a 'details' element"]


@pytest.mark.parametrize(
    ("html", "markdown", "warning"),
    [
        (
            '<iframe width="5" src="https://www.youtube.com/embed/a-b?rel=0"></iframe>',
            "<https://www.youtube.com/watch?v=a-b>",
            "1 iframe(s) became links",
        ),
        (
            '<iframe src="//player.vimeo.com/video/12"></iframe>',
            "<https://vimeo.com/12>",
            "1 iframe(s) became links",
        ),
        (
            "<iframe src='//maps.example/x'></iframe>",
            "<https://maps.example/x>",
            "1 iframe(s) became links",
        ),
        (
            '<video controls><source src="a.mp4"></video>',
            "[a.mp4](a.mp4)",
            "1 video(s) became links",
        ),
        ("<object data=a.swf></object>", "[a.swf](a.swf)", "1 object(s) became links"),
        ("<video>No video here</video>", "No video here", None),
        ("<embed>x", "x", None),
    ],
)
def test_players_become_links(html, markdown, warning):
    converted = convert_html(html)
    assert converted.content == markdown
    assert converted.warnings == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ('<pre class="brush: python; gutter: true">x&lt;y</pre>', "python"),
        ('<pre><code class="hljs go">x&lt;y</code></pre>', "go"),
        ('<pre lang="PHP">x&lt;y</pre>', "php"),
        ('<pre class="EnlighterJSRAW" data-enlighter-language="css">x&lt;y</pre>', "css"),
        ('<pre><code class="language-js"><span>x</span>&lt;y</code></pre>', "js"),
        ("<pre>x&lt;y</pre>", ""),
        ('<pre><code class="language-none">x&lt;y</code></pre>', ""),
    ],
)
def test_the_language_of_code_is_found_in_the_ways_of_many_highlighters(html, language):
    assert convert_html(html).content == f"```{language}\nx<y\n```"


def test_line_breaks_in_code_become_lines():
    assert convert_html("<pre><code>a<br>b</code></pre>").content == "```\na\nb\n```"


def test_preformatted_text_with_links_is_no_code():
    assert convert_html('<pre>a <a href="/b">b</a></pre>').content_format == "html"


def test_parts_in_markdown_stay_as_they_are_beside_html():
    parts = [
        Block("<p>a</p>"),
        Block("<p>b</p>"),
        Block("- *c*", "markdown"),
        Block("", "markdown"),
    ]
    assert convert_blocks(parts).content == "a\n\nb\n\n- *c*"


def test_one_part_that_stays_html_makes_all_html():
    converted = convert_blocks([Block("**a**", "markdown"), Block("<dl><dt>b</dt></dl>")])
    assert converted.content_format == "html"
    assert "<strong>a</strong>" in converted.content
    assert "<dl><dt>b</dt></dl>" in converted.content


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<b>A</b> title<script>x</script>", "A title"),
        ("<p>One</p><p>two</p>", "One two"),
        ("1 &lt; 2", "1 < 2"),
    ],
)
def test_short_html_becomes_text(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<p>Hi <strong>there</strong>, see <a href="https://a.example/">this</a></p>',
            "Hi **there**, see [this](https://a.example/)",
        ),
        ("<p>a<br />b</p>", "a\\\nb"),
        ("<p>前<strong>：重点。</strong>后</p>", "前：重点。后"),
        ("<h2>Big</h2><img src=x>", "Big"),
        ("<p>1 &lt; 2 &lt;strong&gt;</p>", "1 < 2 \\<strong>"),
    ],
)
def test_comments_keep_what_comments_may_hold(html, text):
    assert comment_text(html) == text
