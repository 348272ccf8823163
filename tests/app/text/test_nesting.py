"""HTML that would keep a parser busy for minutes is refused; what people write is not."""

import re

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text.errors import TextTooLong
from app.text.nesting import MAX_NESTING, check_nesting
from app.text.sanitizer import sanitize, without_foreign
from app.text.words import words

NAMES = words(
    """a b blockquote br button caption code col dd div dl dt em form h2 i input li marquee math
    object ol option p pre rt ruby section select span svg table tbody td template textarea th
    title tr ul"""
)
OTHERS = words("\" ' > /> --> --!> ]]> <!-- <!--> <! <? </ <![CDATA[ <b/t='</b>'> <i/a= <p/= x")
UNITS = st.lists(
    st.builds(
        lambda end, name, rest: f"<{end}{name}{rest}>",
        st.sampled_from(("", "/")),
        st.sampled_from(sorted(NAMES)),
        st.sampled_from(("", " class=%d")),
    )
    | st.sampled_from(sorted(OTHERS)),
    min_size=1,
    max_size=8,
).map("".join)
REPEATS = 900

everything = nh3.Cleaner(
    tags=NAMES | {"g"},
    clean_content_tags={"script", "style"},
    attributes={"*": {"class"}},
    link_rel=None,
)


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<b class=%d>",
        "<ul><li>",
        "<table><tr><td>",
        "<li><dd>",
        "<b><p>",
        "<span><div></span>",
        '<div title="</div>">',
        "<div><!-- </div> -->",
        "<div><textarea></div></textarea>",
        "<table><b class=%d><td></b></td>",
        "<div><?</div>",
        "<svg><div></svg><svg>",
    ],
)
def test_deep_html_is_refused_with_advice(unit: str) -> None:
    html = "".join(unit.replace("%d", str(number)) for number in range(REPEATS))
    with pytest.raises(TextTooLong, match="Close the elements that were left open"):
        sanitize(html)


@pytest.mark.parametrize(
    "unit",
    [
        "<div><p>a <b>b</b> <a href=x>c</a></p></div>",
        "<p>a<br>",
        "<li>a",
        "<dt>a<dd>b",
        "<a name=x>",
        "<hr><img src=x>",
        "<tr><td>a<td>b",
        "<ul><li>a<li>b</ul>",
        "<table><tr><td>a<td>b</table>",
        "<select><option>a<option>b</select>",
        '<svg viewBox="0 0 1 1"><path d="M0 0"/><path d="M1 1"/></svg>',
        "<b><i>a</b></i>",
        "<script>if (a < b) document.write('<div>')</script>",
        "<!-- <div> -->",
    ],
)
def test_untidy_html_of_people_is_accepted(unit: str) -> None:
    sanitize(f"<table><ul>{unit * REPEATS}</ul></table>" if "<tr>" in unit[:4] else unit * REPEATS)


def test_nesting_is_counted_to_the_limit() -> None:
    check_nesting("<div>" * MAX_NESTING + "</div>" * MAX_NESTING)
    with pytest.raises(TextTooLong):
        check_nesting("<div>" * (MAX_NESTING + 1))


def test_the_sum_of_depths_is_bounded_too() -> None:
    with pytest.raises(TextTooLong):
        check_nesting("<b>" * 150 + "<p>" * 20_000)


@settings(max_examples=200, deadline=None)
@given(UNITS)
def test_what_is_accepted_is_never_much_deeper_than_the_limit(unit: str) -> None:
    html = "".join(unit.replace("%d", str(number)) for number in range(REPEATS))
    html = without_foreign(html)
    try:
        check_nesting(html)
    except TextTooLong:
        return
    # The parser adds rows, table bodies and paragraphs, which are not counted.
    assert depth(everything.clean(html)) <= 4 * MAX_NESTING


def depth(html: str) -> int:
    """Return how deep well-formed HTML nests."""
    deepest = level = 0
    for end, name in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if name not in {"br", "col", "input"}:
            level += -1 if end else 1
            deepest = max(deepest, level)
    return deepest
