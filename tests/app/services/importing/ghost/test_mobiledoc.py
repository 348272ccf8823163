import pytest

from app.services.importing.content import Block, convert_blocks
from app.services.importing.ghost.cards import UnknownCard
from app.services.importing.ghost.mobiledoc import read_mobiledoc
from app.services.importing.records import BadItem

DOCUMENT = {
    "version": "0.3.1",
    "atoms": [["soft-return", "", {}], ["mention", "@bob", {}]],
    "cards": [["hr", {}], ["card-markdown", {"markdown": "- *kept*"}], ["code", {"code": "x"}]],
    "markups": [["strong"], ["em"], ["a", ["href", "https://a.example/?b&c"]]],
    "sections": [
        [1, "h2", [[0, [], 0, "Head"]]],
        [1, "p", [[0, [0], 0, "bold "], [0, [1], 2, "both"], [0, [], 0, " 1 < 2"]]],
        [1, "p", [[0, [2], 1, "link"], [1, [], 0, 0], [1, [], 0, 1]]],
        [1, "aside", [[0, [], 0, "aside"]]],
        [1, "p", [[0, [0], 0, "never closed"]]],
        [3, "ol", [[[0, [], 0, "one"]], [[0, [], 0, "two"]]]],
        [2, "a.png"],
        [10, 0],
        [10, 1],
        [10, 2],
        [99, "?"],
    ],
}


def test_sections_cards_and_atoms_become_markdown():
    assert convert_blocks(read_mobiledoc(DOCUMENT)).content == (
        "# Head\n\n"
        "**bold *both*** 1 < 2\n\n"
        "[link](https://a.example/?b&c)\\\n@bob\n\n"
        "> aside\n\n"
        "**never closed**\n\n"
        "1. one\n2. two\n\n"
        "![](a.png)\n\n"
        "---\n\n"
        "- *kept*\n\n"
        "```\nx\n```"
    )


def test_a_post_of_one_markdown_card_stays_to_the_letter():
    document = {"cards": [["markdown", {"markdown": "# A\n\n*b*  \nc"}]], "sections": [[10, 0]]}
    assert read_mobiledoc(document) == [Block("# A\n\n*b*  \nc", "markdown")]


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        None,
        {"sections": [[10, 3]], "cards": []},
        {"sections": [[1, "p", [[0, [9], 0, "x"]]]]},
        {"sections": 3},
        {"sections": [[1]]},
        {"sections": [[10, 0]], "cards": [["hr"]]},
    ],
)
def test_a_damaged_document_is_a_bad_item(document):
    with pytest.raises(BadItem, match="damaged"):
        read_mobiledoc(document)


def test_an_unknown_card_is_told():
    with pytest.raises(UnknownCard, match="hologram"):
        read_mobiledoc({"cards": [["hologram", {}]], "sections": [[10, 0]]})
