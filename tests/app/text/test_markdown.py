"""What authors and readers write becomes safe pages, with an outline, a text and a length."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text.html import plain_text, sanitize
from app.text.markdown import (
    MAX_SOURCE_CHARS,
    TextTooLong,
    TocEntry,
    render_comment,
    render_html,
    render_markdown,
    summarize,
)
from app.text.words import words
from tests.app.text.xss import MARKDOWN_VECTORS, SOUP, VECTORS, unsafe

MARKS = words("# > - * + _ ` ~ [ ] ( ) ! | : ^ \\ < & 1. 中 a http://x.example [^1] ``` ![ ](")
MARKDOWN = st.lists(
    st.sampled_from([*sorted(MARKS), "\n", "\n\n"]) | st.text(max_size=3), max_size=60
).map(" ".join)


def html_of(source: str) -> str:
    return render_markdown(source).html


def test_an_article_has_paragraphs_emphasis_and_lists() -> None:
    assert html_of("a **b** *c* ~~d~~ `e`") == (
        "<p>a <strong>b</strong> <em>c</em> <s>d</s> <code>e</code></p>\n"
    )
    assert html_of("1. a\n2. b") == "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"


def test_headings_go_down_one_level_below_the_title_of_the_page() -> None:
    html = html_of("# a\n\n## b\n\n###### f\n\n<h1>raw</h1>")
    assert '<h2 id="h-a">a</h2>' in html
    assert '<h3 id="h-b">b</h3>' in html
    assert '<h6 id="h-f">f</h6>' in html
    assert '<h2 id="h-raw">raw</h2>' in html


def test_the_table_of_contents_names_every_heading() -> None:
    rendered = render_markdown("# 快速 *开始*\n\n## A & `b`\n\n# 😀\n\n#\n\ntext")
    assert rendered.toc == (
        TocEntry(2, "h-快速-开始", "快速 开始"),
        TocEntry(3, "h-a--b", "A & b"),
        TocEntry(2, "h-section", "😀"),
    )


def test_anchors_are_unique_in_a_document() -> None:
    rendered = render_markdown('# a\n\n# a\n\n# a-1\n\n<h2 id="a">x</h2>\n\n<h2 id="a">y</h2>')
    anchors = [entry.anchor for entry in rendered.toc]
    assert len(set(anchors)) == len(anchors) == 5
    assert all(f'id="{anchor}"' in rendered.html for anchor in anchors)


def test_links_within_a_document_find_their_headings() -> None:
    html = html_of("[a](#installing) [b](#安装) [c](#comments)\n\n# Installing\n\n# 安装")
    assert 'href="#h-installing"' in html
    assert 'href="#h-%E5%AE%89%E8%A3%85"' in html
    assert 'href="#comments"' in html


def test_footnotes_stand_at_the_end_and_lead_back() -> None:
    rendered = render_markdown("a[^x]\n\n[^x]: note\n\nb[^undefined]")
    assert '<a href="#h-fn1" id="h-fnref1" rel="noopener">[1]</a>' in rendered.html
    assert '<li id="h-fn1" class="footnote-item"><p>note ' in rendered.html
    assert 'href="#h-fnref1" class="footnote-backref"' in rendered.html
    assert rendered.text == "a\nb[^undefined]\nnote"


def test_task_lists_have_boxes_that_nobody_can_tick() -> None:
    html = html_of("- [ ] a\n- [x] b")
    box = '<input disabled="" aria-label="✓" class="task-list-item-checkbox" type="checkbox"'
    assert html.count(box) == 2
    assert html.count('checked=""') == 1


def test_tables_align_their_cells_without_styles() -> None:
    html = html_of("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<th>a</th>\n<th align="right">b</th>' in html
    assert "style" not in html


def test_fenced_code_is_coloured_by_classes() -> None:
    assert '<span class="k">pass' in html_of("```python\npass\n```")


def test_only_so_much_code_of_a_document_is_coloured() -> None:
    block = "```python\n" + "pass\n" * 3000 + "```\n\n"
    assert html_of(block * 9).count('<pre class="highlight">') == 6


def test_images_are_loaded_late() -> None:
    assert html_of("![a](/uploads/a.png)") == (
        '<p><img loading="lazy" decoding="async" src="/uploads/a.png" alt="a"></p>\n'
    )


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("see https://x.example/a_b_c.", "https://x.example/a_b_c"),
        ("见https://x.example/a，然后", "https://x.example/a"),
        ("(https://x.example/a) b", "https://x.example/a"),
        ("[at https://x.example/a] b", "https://x.example/a"),
        ("https://x.example/a_(b) c", "https://x.example/a_(b)"),
        ("**http://x.example/?a=1&b=2**", "http://x.example/?a=1&amp;b=2"),
    ],
)
def test_a_bare_address_becomes_a_link(source: str, address: str) -> None:
    assert f'<a href="{address}" rel="noopener">{address}</a>' in html_of(source)


@pytest.mark.parametrize(
    "source",
    [
        "`https://x.example`",
        "[https://x.example](/y)",
        '<a href="/y">https://x.example</a>',
        "xhttps://x.example",
        "ftp://x.example and a://b",
    ],
)
def test_other_addresses_stay_as_they_are(source: str) -> None:
    assert 'href="https://x.example' not in html_of(source)
    assert "ftp:" not in html_of(source) or "<a" not in html_of(source)


def test_html_in_markdown_is_sanitised() -> None:
    html = html_of('<div class="masthead" onclick="x">a <script>b</script></div>\n\nc <b>d</b>')
    assert html == "<div>a </div>\n<p>c <b>d</b></p>\n"


@pytest.mark.parametrize("vector", [*VECTORS, *MARKDOWN_VECTORS])
def test_an_attack_leaves_nothing_unsafe(vector: str) -> None:
    for source in (
        vector,
        f"- {vector}",
        f"# {vector}",
        f"a {vector} b",
        f"> {vector}\n\n{vector}",
    ):
        for html in (html_of(source), render_html(source).html, render_comment(source)):
            assert unsafe(html) == []


@settings(max_examples=200, deadline=None)
@given(MARKDOWN | SOUP)
def test_whatever_is_written_becomes_safe_and_stable(source: str) -> None:
    html = html_of(source)
    assert unsafe(html) == []
    assert sanitize(html) == html
    assert unsafe(render_comment(source)) == []
    assert unsafe(render_html(source).html) == []


@settings(max_examples=100, deadline=None)
@given(MARKDOWN | SOUP)
def test_every_entry_of_the_contents_has_its_heading(source: str) -> None:
    rendered = render_markdown(source)
    for entry in rendered.toc:
        assert rendered.html.count(f'id="{entry.anchor}"') == 1
        assert 2 <= entry.level <= 6


def test_the_text_keeps_code_and_has_no_markup() -> None:
    rendered = render_markdown("# T\n\na **b** &amp; c\n\n```sh\nls -l\n```\n\n![alt](/x)")
    assert rendered.text == "T\na b & c\nls -l"
    assert plain_text(rendered.html) == rendered.text


@pytest.mark.parametrize(
    ("source", "words", "minutes"),
    [
        ("", 0, 1),
        ("one two-three it's", 3, 1),
        ("中文 and English", 4, 1),
        ("字" * 600, 600, 2),
        ("字" * 601, 601, 3),
        ("word " * 440, 440, 2),
        ("字" * 300 + " word" * 220, 520, 2),
    ],
)
def test_words_and_minutes_are_counted_in_both_scripts(
    source: str, words: int, minutes: int
) -> None:
    rendered = render_markdown(source)
    assert (rendered.word_count, rendered.reading_minutes) == (words, minutes)


def test_imported_html_keeps_its_levels_and_gets_anchors() -> None:
    rendered = render_html('<h2>a</h2><p>b</p><h3 id="c">d</h3><a href="#c">e</a>')
    assert rendered.html == (
        '<h2 id="h-a">a</h2><p>b</p><h3 id="h-c">d</h3><a href="#h-c" rel="noopener">e</a>'
    )
    assert rendered.toc == (TocEntry(2, "h-a", "a"), TocEntry(3, "h-c", "d"))
    assert rendered.text == "a\nb\nd\ne"


def test_imported_html_with_a_title_goes_down_one_level() -> None:
    assert render_html("<h1>a</h1><h2>b</h2>").html == '<h2 id="h-a">a</h2><h3 id="h-b">b</h3>'


@settings(max_examples=100, deadline=None)
@given(SOUP)
def test_rendering_html_again_changes_nothing(source: str) -> None:
    rendered = render_html(source)
    assert render_html(rendered.html) == rendered


def test_a_comment_has_emphasis_code_lists_quotes_and_links() -> None:
    html = render_comment(
        "a *b* **c** `d`\ne\n\n- f\n\n> g\n\n[h](https://x.example)\n\n```\ni\n```"
    )
    assert html == (
        "<p>a <em>b</em> <strong>c</strong> <code>d</code><br>\ne</p>\n"
        "<ul>\n<li>f</li>\n</ul>\n<blockquote>\n<p>g</p>\n</blockquote>\n"
        '<p><a href="https://x.example" rel="nofollow ugc noopener">h</a></p>\n'
        "<pre><code>i\n</code></pre>\n"
    )


@pytest.mark.parametrize("source", ["# a", "a\n===", "a\n---", "***", "<b>a</b>", "|a|\n|-|\n|b|"])
def test_a_comment_shows_everything_else_as_it_was_typed(source: str) -> None:
    assert plain_text(render_comment(source)) == source
    assert "<h" not in render_comment(source)


def test_a_comment_has_no_images() -> None:
    assert "<img" not in render_comment("![a](/x.png) <img src=/x.png>")


def test_nul_and_lone_surrogates_are_replaced() -> None:
    assert html_of("a\x00b\ud800c &#0; &#xD800;") == "<p>a\ufffdb\ufffdc \ufffd \ufffd</p>\n"
    assert render_comment("a\x00\udfff") == "<p>a\ufffd\ufffd</p>\n"


@pytest.mark.parametrize(
    ("text", "limit", "summary"),
    [
        ("short", 10, "short"),
        ("two\nlines  here", 20, "two lines here"),
        ("First sentence. Second one is long.", 20, "First sentence."),
        ("第一句话在这里。第二句话很长很长。", 12, "第一句话在这里。"),
        ("Hello wonderful world", 15, "Hello…"),
        ("Hello wonderful world", 16, "Hello wonderful…"),
        ("没有标点的中文可以在任何地方切断", 8, "没有标点的中文…"),
        ("中文和supercalifragilistic", 10, "中文和…"),
        ("x" * 50, 10, "xxxxxxxxx…"),
        ("Version 1.10 is out of the door now", 14, "Version 1.10…"),
    ],
)
def test_a_summary_ends_behind_a_sentence_or_a_word(text: str, limit: int, summary: str) -> None:
    assert summarize(text, limit) == summary


@given(st.text(), st.integers(1, 50))
def test_a_summary_is_one_line_and_never_too_long(text: str, limit: int) -> None:
    summary = summarize(text, limit)
    assert len(summary) <= limit
    assert summary == " ".join(summary.split())


@pytest.mark.parametrize("render", [render_markdown, render_html, render_comment])
def test_a_text_that_is_too_long_is_refused_with_advice(render: object) -> None:
    assert callable(render)
    with pytest.raises(TextTooLong, match="Split it into several articles"):
        render("a" * (MAX_SOURCE_CHARS + 1))


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("> " * 100 + "a", "Take some of the levels away"),
        ("- " * 51 + "a", "Take some of the levels away"),
        ("[^a]:" * 100, "Take some of the levels away"),
        ("[a]: /" + "b" * 50_000 + "\n\n" + "[a] " * 25, "Use shorter addresses"),
        ("<div>" * 300, "Close the elements"),
    ],
)
def test_what_grows_beyond_bounds_is_refused_with_advice(source: str, advice: str) -> None:
    with pytest.raises(TextTooLong, match=advice):
        render_markdown(source)


def test_a_text_that_becomes_a_huge_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.text.markdown.MAX_HTML_CHARS", 50_000)
    with pytest.raises(TextTooLong, match="use fewer footnotes"):
        render_markdown("[^a]: x\n\n" + "[^a]" * 1000)


def test_what_people_nest_is_rendered() -> None:
    assert "deep" in html_of("> " * 98 + "deep")
    assert "deep" in html_of("- " * 49 + "deep")
    assert "deep" in html_of("[" * 500 + "deep" + "]" * 500)
    assert "deep" in html_of("*" * 5000 + "deep" + "*" * 5000)


def test_deep_nesting_needs_little_of_the_stack() -> None:
    def below(frames: int, source: str) -> str:
        return below(frames - 1, source) if frames else html_of(source)

    for source in ("> " * 98 + "a", "- " * 49 + "a", "![" * 40 + "a" + "](b)" * 40):
        assert "a" in below(400, source)


def test_threads_may_render_at_once() -> None:
    source = "# 标题\n\n```go\nfunc main() {}\n```\n\na[^1]\n\n[^1]: b\n\n- [ ] c\n"
    with ThreadPoolExecutor(8) as pool:
        pages = set(pool.map(render_markdown, [source] * 40))
    assert pages == {render_markdown(source)}


HOSTILE = """
import time
from app.text.markdown import TextTooLong, render_comment, render_markdown

def seconds(render, source):
    start = time.process_time()
    try:
        render(source)
    except TextTooLong:
        pass
    return time.process_time() - start

units = UNITS
small, large = 2_000, 16_000
for unit in units:
    for render in (render_markdown, render_comment):
        before = seconds(render, unit * (small // len(unit)))
        after = seconds(render, unit * (large // len(unit)))
        assert after < 3 * (large / small) * max(before, 0.01), (unit, render, before, after)
"""


@pytest.mark.parametrize(
    "units",
    [
        ["[", "![", "^[", "[a](", "[^", "[a][", "[a\n", "]"],
        ["`", "`a ", "*", "_a*", "a**b", "~~a ", "\\", "&#"],
        [">", "> a\n", "- ", "- a\n", "1. ", "- [ ] a\n", "-\n\n", "# a\n"],
        ["<", "<a ", "<!--", "a<?", "<![CDATA[", "<http://", "<div>", "<b><p>"],
        ["|a", "|a|\n|-|\n", "a|b\n", "[^a]: b\n", "```\n", "http://a/(", "\t", "\n", "中"],
    ],
)
def test_the_time_for_hostile_text_grows_with_its_length(units: list[str]) -> None:
    code = HOSTILE.replace("UNITS", repr(units))
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
