import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.services.importing.links import is_image_path, map_prose, rewrite_html, rewrite_markdown

EVERYTHING = """\
[a](b.md "t") ![i](x.png) [![alt](y.png)](big.png 'q') [n]( <with space.md> ) [p](a_(b).md)
`[no](code.md)` ``[n`o](code.md)`` \\[esc](no.md) <https://auto.example/> <img src='z.jpg'>

```
[no](fence.md)
```

    [no](indented.md)

- [x] [task](t.md)

      [no](in-list.md)

> ```
> [no](quoted.md)
> ```
> [yes](q.md)

[ref]: ../r.md "T"
[^1]: foot [n](n.md)
[pic]:
  pic.png
<!-- [no](comment.md) --> ` unbalanced [u](u.md)
"""


def test_every_link_and_image_is_rewritten_and_no_code():
    seen: list[tuple[str, bool]] = []

    def rewrite(address: str, is_image: bool) -> str:
        seen.append((address, is_image))
        return f"/new/{address}"

    text = rewrite_markdown(EVERYTHING, rewrite)
    assert seen == [
        ("b.md", False),
        ("x.png", True),
        ("y.png", True),
        ("big.png", False),
        ("with space.md", False),
        ("a_(b).md", False),
        ("z.jpg", True),
        ("t.md", False),
        ("q.md", False),
        ("../r.md", False),
        ("n.md", False),
        ("pic.png", True),
        ("u.md", False),
    ]
    assert '[a](/new/b.md "t") ![i](/new/x.png)' in text
    assert "[p](</new/a_(b).md>)" in text
    assert "/new/with%20space.md" in text


def test_nothing_else_changes():
    assert rewrite_markdown(EVERYTHING, lambda *_: None) == EVERYTHING


def test_html_attributes_are_rewritten_by_what_they_are():
    seen = []
    html = rewrite_html(
        '<a title="x > y" href=a.md>l</a><IMG data-src="n" SRC="b&amp;c.png">'
        '<video poster="p.jpg"></video><!-- <a href="no"> --><br>',
        lambda address, shows: seen.append((address, shows)) or 'new"',
    )
    assert seen == [("a.md", False), ("b&c.png", True), ("p.jpg", True)]
    assert 'href="new&quot;"' in html
    assert 'data-src="n"' in html
    assert '<a href="no">' in html


def test_prose_can_be_changed_without_code():
    assert (
        map_prose("a\n\n    b\n\n~~~\nc\n~~~\nd\n", str.upper) == "A\n\n    b\n\n~~~\nc\n~~~\nD\n"
    )


def test_images_are_known_by_their_ending():
    assert is_image_path("a/b.PNG")
    assert not is_image_path("a.png.zip")


PIECES = st.sampled_from(
    [
        "[a](b.md)",
        "![i](x.png)",
        "`",
        "``",
        "\n",
        "\n\n",
        "```\n",
        "    ",
        "- ",
        "> ",
        "\\",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "text",
        "<a href='h.md'>",
        "[r]: d.md",
        "*",
        "\t",
        "\r\n",
        "<!--",
        "-->",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_a_rewriter_that_keeps_all_changes_nothing(text):
    assert rewrite_markdown(text, lambda *_: None) == text


@given(
    st.lists(
        st.sampled_from(
            ["[a](b.md) ", "![i](x.png) ", "`[c](d.md)` ", "text ", "\n\n", "- ", "> ", "**b** "]
        ),
        max_size=20,
    ).map("".join)
)
def test_the_links_of_the_rendered_page_are_those_that_were_rewritten(text):
    parser = MarkdownIt("commonmark")

    def addresses(source: str) -> list[str]:
        tokens = [child for token in parser.parse(source) for child in token.children or ()]
        given = (token.attrs.get("href") or token.attrs.get("src") for token in tokens)
        return [str(address) for address in given if address]

    rewritten = rewrite_markdown(text, lambda address, _: f"new-{address}")
    assert addresses(rewritten) == [f"new-{address}" for address in addresses(text)]


@pytest.mark.parametrize(
    "piece", ["`", "[a](", '<a "', "<!--", "[a", "![[`<a", "` `` ", "a](b ", "[x]: "]
)
def test_no_text_takes_long(piece):
    started = time.process_time()
    rewrite_markdown(piece * 20_000, lambda *_: None)
    assert time.process_time() - started < 5
