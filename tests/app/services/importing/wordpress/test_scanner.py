import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.records import BadItem, ImportRefused
from app.services.importing.wordpress import scanner
from app.services.importing.wordpress.scanner import parse, scan


def pieces(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return list(scan(io.BytesIO(data), **options))


def test_the_head_and_each_item_come_apart():
    found = pieces("<rss><channel><title>x</title><item>1</item> <item a='b'>2</item ></channel>")
    assert [piece.text for piece in found] == [
        "<rss><channel><title>x</title>",
        "<item>1</item>",
        "<item a='b'>2</item>",
    ]


def test_marks_in_cdata_and_comments_count_for_nothing():
    inside = "<![CDATA[</item><item><!-- ]]><!-- </item> <![CDATA[ -->"
    head, item = pieces(f"<!-- <item> <!DOCTYPE --><item>{inside}</item>")
    assert item.text == f"<item>{inside}</item>"
    assert head.text == "<!-- <item> <!DOCTYPE -->"


def test_a_file_without_items_is_all_head():
    assert [piece.text for piece in pieces("<rss></rss>")] == ["<rss></rss>"]
    assert [piece.text for piece in pieces("")] == [""]


@pytest.mark.parametrize("tail", ["<item>2", "<item><![CDATA[2</item>", "<item><!-- 2</item>"])
def test_a_file_that_ends_too_early_loses_its_last_item_only(tail):
    _, first, last = pieces(f"<rss><item>1</item>{tail}")
    assert first.text == "<item>1</item>"
    assert last.fault == "the file ends in the middle of it"


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!ENTITY a "b">',
        "<rss><item>1</item><!DOCTYPE x>",
    ],
)
def test_document_types_and_entities_are_refused(head):
    with pytest.raises(ImportRefused, match="can exhaust the memory"):
        pieces(f"{head}<rss><item>1</item></rss>")


def test_an_entity_declared_inside_of_an_item_is_that_items_problem():
    _, item = pieces("<rss><item><!DOCTYPE x []>&x;</item>")
    with pytest.raises(BadItem, match="not valid XML"):
        parse(item.text)


def test_an_item_that_is_too_large_is_passed_over_without_being_held():
    large = b"<item>" + b"x" * 30_000_000 + b"</item>"
    file = io.BytesIO(b"<rss>" + large + b"<item>2</item>")
    tracemalloc.start()
    _, first, second = list(scan(file, max_item_chars=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert first.fault == "it is larger than 0 million characters"
    assert second.text == "<item>2</item>"
    assert peak < 15_000_000


@pytest.mark.parametrize("encoding", ["gb18030", "iso-8859-1", "utf-16", "utf-8-sig"])
def test_the_declared_encoding_is_used(encoding):
    declared = encoding.replace("-sig", "")
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><item>é</item>'
    assert pieces(text.encode(encoding))[1].text == "<item>é</item>"


def test_an_unknown_encoding_is_refused():
    with pytest.raises(ImportRefused, match="encoding 'klingon' is not known"):
        pieces('<?xml version="1.0" encoding="klingon"?><rss>')


@given(
    st.lists(
        st.sampled_from(
            ["<item>", "</item>", "<![CDATA[", "]]>", "<!--", "-->", "x", "]", "-", "é"]
        ),
        max_size=20,
    ).map("".join),
    st.integers(1, 7),
)
def test_where_chunks_end_makes_no_difference(text, size):
    whole = pieces(text)
    usual, scanner.CHUNK_BYTES = scanner.CHUNK_BYTES, size
    try:
        assert pieces(text) == whole
    finally:
        scanner.CHUNK_BYTES = usual


def test_parsing_forgives_what_exports_often_have_wrong():
    item = parse(
        "<item><a>x\x08 &nbsp;Tom & Jerry &amp; &#65; &foo;</a><media:b>1</media:b></item>"
    )
    assert item.findtext("item/a") == "x \xa0Tom & Jerry & A &foo;"
    assert item.findtext("item/{media}b") == "1"


def test_entities_in_cdata_stay():
    assert parse("<a><![CDATA[&nbsp;]]>&nbsp;</a>").findtext("a") == "&nbsp;\xa0"


def test_what_is_no_xml_is_a_bad_item():
    with pytest.raises(BadItem, match="not valid XML"):
        parse("<a><b></a>")
