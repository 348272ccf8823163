import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.importing.html_to_markdown import NotMarkdown, html_to_markdown
from app.text.markdown import render_html, render_markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One <b>two</b> <i>three</i> <s>four</s></p>", "One **two** *three* ~~four~~"),
        ("<p><strong>a</strong><strong>b</strong></p>", "**ab**"),
        ("<p>a<strong> b </strong>c</p>", "a **b** c"),
        ("<p><em><strong>both</strong></em></p>", "***both***"),
        ("<p>a<br>b</p>", "a\\\nb"),
        ("<p>a<b> </b>b <code> </code>c</p>", "a b c"),
        ("<p>a</p>\n<p>&nbsp;</p><p>b<br></p>", "a\n\nb"),
        ("text <p>more</p> end", "text\n\nmore\n\nend"),
        ("<h2>A <em>b</em> #</h2>", "# A *b* \\#"),
        ("<h1>A</h1><h2>B</h2>", "# A\n\n## B"),
        ("<h2></h2><p>x</p>", "x"),
        ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
        ("<blockquote>q<p>r</p></blockquote>", "> q\n>\n> r"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n- b"),
        ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "- a\n\n  b\n\n- c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
        ("<ol><li>a</li></ol><ol><li>b</li></ol>", "1. a\n\n1) b"),
        ("<ul><li></li><li>b</li></ul>", "-\n- b"),
        ("<pre><code>a\n  b</code></pre>", "```\na\n  b\n```"),
        ('<pre><code class="language-go">x ``` y</code></pre>', "````go\nx ``` y\n````"),
        ("<p><code>a`b</code> <code>`</code> <code>c </code></p>", "``a`b`` `` ` `` ` c  `"),
        ('<p><a href="/a b(c)" title="T &quot;">x</a></p>', '[x](</a%20b(c)> "T \\"")'),
        ('<p>a <a href="/x"> b </a>c</p>', "a [b](/x) c"),
        (
            '<p><a href="https://a.example/x_y">https://a.example/x_y</a></p>',
            "<https://a.example/x_y>",
        ),
        ('<p><a href="/x"></a>text</p>', "text"),
        ('<p><a name="x">text</a></p>', "text"),
        ('<p><a href="/x"><img src="a.png" alt="A [b]"></a></p>', "[![A \\[b\\]](a.png)](/x)"),
        ('<p><img src="a.png" alt="" title="T" width="3"></p>', '![](a.png "T")'),
        (
            "<p>H<sub>2</sub>O <kbd>Ctrl</kbd> <mark>m</mark></p>",
            "H<sub>2</sub>O <kbd>Ctrl</kbd> <mark>m</mark>",
        ),
        ('<p><abbr title="A &quot;b&quot;">c</abbr></p>', '<abbr title="A &quot;b&quot;">c</abbr>'),
        ("<p>重点<strong>：说明。</strong>后面</p>", "重点<strong>：说明。</strong>后面"),
        ("<p>重点 <strong>说明</strong>后面</p>", "重点 **说明**后面"),
        ("<div><div>text</div><div><p>more</p></div></div>", "text\n\nmore"),
        ('<a href="/x"><div>Title</div><div>More</div></a>', "[Title More](/x)"),
        ("<section>a</section><section><div>b</div></section>", "a\n\nb"),
        ("<div></div><p><span>x</span> <small>y</small></p>", "x y"),
        (
            '<figure><img src="a.png"><figcaption>Cap <a href="/l">l</a></figcaption></figure>',
            "![](a.png)\n\n*Cap [l](/l)*",
        ),
        (
            "<figure><blockquote>q</blockquote><figcaption><p>by</p></figcaption></figure>",
            "> q\n\nby",
        ),
        ("<figure><pre><code>x</code></pre><figcaption></figcaption></figure>", "```\nx\n```"),
        (
            '<table><tr><th>a</th><th align="right">b|c</th></tr><tr><td>1</td>'
            '<td align="right"><p>2</p></td></tr></table>',
            "| a | b\\|c |\n| --- | --: |\n| 1 | 2 |",
        ),
    ],
)
def test_html_becomes_markdown(html, markdown):
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    "text",
    [
        "1 + 1 = 2 < 3 & 4",
        "snake_case and a_b_c",
        "[sic] and [1] too",
        "C:\\dir",
        "5 * 3",
        "a ~ b",
        "Tom & Jerry; R&D",
        "50% off!",
    ],
)
def test_plain_text_is_escaped_no_more_than_needed(text):
    html = text.replace("&", "&amp;").replace("<", "&lt;")
    assert html_to_markdown(f"<p>{html}</p>") == text.replace(" * ", " \\* ")


@pytest.mark.parametrize(
    "text",
    [
        "# no heading",
        "- no item",
        "+ no item",
        "1. no item",
        "2) no",
        "> no quote",
        "=====",
        "---",
        "~~~",
        "```",
        "*a*",
        "_a_",
        "**a**",
        "~~a~~",
        "[x](y)",
        "![x](y)",
        "[x]: y",
        "[^1]",
        "[ ] t",
        "&lt;b&gt;",
        "&amp;amp;",
        "\\*",
        "a | b",
        "<https://x.example>".replace("<", "&lt;"),
    ],
)
def test_text_that_looks_like_markup_stays_text(text):
    html_to_markdown(f"<p>{text}</p><p>a<br>{text}</p><ul><li>{text}</li></ul>")


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<details><summary>s</summary>x</details>", "'details' element"),
        ("<dl><dt>t</dt><dd>d</dd></dl>", "'dl' element"),
        ("<table><tr><td>1</td></tr></table>", "without a row of headings"),
        ("<table></table>", "without a row of headings"),
        ("<table><caption>c</caption><tr><th>1</th></tr></table>", "caption"),
        ('<table><tr><th colspan="2">1</th></tr></table>', "merged cells"),
        ("<table><tr><th>1</th><th>2</th></tr><tr><td>1</td></tr></table>", "merged cells"),
        ("<table><tr><th>1</th></tr><tr><th>2</th></tr></table>", "headings at its side"),
        ("<table><tr><th>1</th></tr><tr><td><p>a</p><p>b</p></td></tr></table>", "more than text"),
        ("<table><tr><th>1</th></tr><tr><td>a<br>b</td></tr></table>", "line break"),
        ("<h2>a<br>b</h2>", "line break"),
        ('<p align="center">x</p>', "'p' element"),
        ('<ul><li value="7">x</li></ul>', "more than plain items"),
        ("<ul>text<li>x</li></ul>", "more than plain items"),
        ("<pre>a <b>b</b></pre>", "preformatted"),
        ('<p><input type="checkbox"> x</p>', "'input' element"),
        ("<p><code>a <b>b</b></code></p>", "would become"),
        ('<p id="x"><a id="y" href="/z">a</a> <a href="#y">b</a></p>', "would become"),
    ],
)
def test_what_markdown_cannot_say_is_told(html, reason):
    with pytest.raises(NotMarkdown, match=reason):
        html_to_markdown(html)


WORDS = st.lists(
    st.sampled_from(
        [
            "word",
            "重点",
            "snake_case",
            "1.",
            "a*b",
            "[x]",
            "#",
            "&amp;",
            "`",
            "\\",
            "：",
            "“q”",
            "-",
            "+",
            "&lt;b&gt;",
            "!",
            "|",
            "~",
            "_",
            "x",
            "https://a.example/b",
        ]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


def wrapped(inner):
    tags = st.sampled_from(["strong", "em", "del", "code", "sub"])
    links = inner.map(lambda text: f'<a href="/x?a=1&amp;b=2" title="t">{text}</a>')
    images = st.just('<img src="/a_b.png" alt="x*y">')
    joined = st.tuples(inner, st.sampled_from(["", " "]), inner).map("".join)
    return st.builds("<{0}>{1}</{0}>".format, tags, inner) | links | images | joined


INLINE = st.recursive(WORDS, wrapped, max_leaves=6)
BLOCK = st.recursive(
    st.builds("<p>{}</p>".format, INLINE)
    | st.builds("<h3>{}</h3>".format, WORDS)
    | st.builds("<pre><code>{}</code></pre>".format, WORDS),
    lambda inner: (
        st.builds("<blockquote>{}</blockquote>".format, inner)
        | st.lists(inner, min_size=1, max_size=3).map(
            lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
        )
    ),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(BLOCK, min_size=1, max_size=4).map("".join))
def test_any_html_either_keeps_all_or_says_what_it_would_lose(html):
    try:
        markdown = html_to_markdown(html)
    except NotMarkdown:
        return
    assert words(render_markdown(markdown).text) == words(render_html(html).text)


def words(text):
    return "".join(text.split())


PLAIN = st.lists(
    st.sampled_from(["word", "重点", "text", "and", "more", "1990", "it's", "well-known", "说明"]),
    min_size=1,
    max_size=8,
).map(" ".join)
SIMPLE = (
    st.builds("<p>{}</p>".format, PLAIN)
    | st.builds("<p>{} <strong>{}</strong> <em>{}</em></p>".format, PLAIN, PLAIN, PLAIN)
    | st.builds("<h2>{}</h2>".format, PLAIN)
    | st.builds('<p><a href="/x">{}</a></p>'.format, PLAIN)
    | st.builds("<ul><li>{}</li><li>{}</li></ul>".format, PLAIN, PLAIN)
    | st.builds("<blockquote><p>{}</p></blockquote>".format, PLAIN)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(SIMPLE, min_size=1, max_size=6).map("\n".join))
def test_ordinary_articles_always_become_markdown(html):
    html_to_markdown(html)
