import pytest

from app.services.importing.content import convert_blocks
from app.services.importing.ghost.cards import UnknownCard
from app.services.importing.ghost.lexical import MAX_DEPTH, read_lexical
from app.services.importing.records import BadItem


def text(words, style=0):
    return {"type": "extended-text", "version": 1, "text": words, "format": style}


def node(kind, *children, **values):
    return {"type": kind, "version": 1, "children": list(children), **values}


def convert(*children):
    return convert_blocks(read_lexical({"root": node("root", *children)})).content


@pytest.mark.parametrize(
    ("lexical", "markdown"),
    [
        (
            node("paragraph", text("a "), text("b", 1), text("c", 3), text(" d", 2)),
            "a **b*c*** *d*",
        ),
        (node("paragraph", text("x", 16), text(" y", 4), text("z", 32)), "`x` ~~y~~<sub>z</sub>"),
        (node("paragraph", text("a"), {"type": "linebreak"}, text("b < c")), "a\\\nb < c"),
        (node("paragraph", text("a"), {"type": "tab"}, {"type": "zwnj"}, text("b")), "a b"),
        (node("paragraph", node("link", text("l", 1), url="/x?a&b")), "[**l**](/x?a&b)"),
        (node("paragraph", node("autolink", text("t"), url=None)), "t"),
        (node("extended-heading", text("H"), tag="h3"), "## H"),
        (node("heading", text("H"), tag="script"), "# H"),
        (node("extended-quote", text("q")), "> q"),
        (node("aside", text("q")), "> q"),
        ({"type": "codeblock", "code": "a < b", "language": "c x"}, "```c\na < b\n```"),
        ({"type": "horizontalrule"}, "---"),
        ({"type": "markdown", "markdown": "*as* is"}, "*as* is"),
        (node("paragraph"), ""),
        (node("something-new", node("paragraph", text("inner"))), "inner"),
        (
            node(
                "list",
                node("listitem", text("one")),
                node(
                    "listitem",
                    node("list", node("listitem", text("sub")), listType="number", start=3),
                ),
                node("listitem", text("two")),
                listType="bullet",
            ),
            "- one\n\n  3. sub\n\n- two",
        ),
        (
            node(
                "list",
                node("listitem", node("list", node("listitem", text("x")), listType="bullet")),
                listType="number",
                tag="ol",
            ),
            "1. - x",
        ),
        (node("list", listType="bullet"), ""),
    ],
)
def test_nodes_become_markdown(lexical, markdown):
    assert convert(lexical) == markdown


@pytest.mark.parametrize(
    "document",
    [
        {},
        None,
        {"root": {}},
        {"root": {"children": [{"no": 1}]}},
        {"root": {"children": [{"type": "paragraph", "children": 1}]}},
    ],
)
def test_a_damaged_document_is_a_bad_item(document):
    with pytest.raises(BadItem, match="damaged"):
        read_lexical(document)


def test_depth_is_bounded():
    deep = text("x")
    for _ in range(MAX_DEPTH + 5):
        deep = node("quote", deep)
    with pytest.raises(BadItem, match="nested deeper"):
        convert(deep)


def test_an_unknown_card_is_told():
    with pytest.raises(UnknownCard, match="hologram"):
        convert({"type": "hologram"})
