"""What two texts differ in, as the history shows it."""

from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from app.text.diff import compare


def shown(old: str, new: str) -> list[str]:
    """Return lines with a sign in front, changed words in brackets."""
    signs = {"same": " ", "added": "+", "removed": "-", "gap": "…"}
    return [
        signs[line.kind] + "".join(f"[{text}]" if changed else text for changed, text in line.parts)
        for line in compare(old, new)
    ]


def test_changed_words_are_marked_and_far_lines_left_out() -> None:
    old = "\n".join([*"abcdefgh", "The quick fox", *"ijklmnop"])
    new = old.replace("quick", "slow")
    assert shown(old, new) == [
        *("…", " f", " g", " h"),
        *("-The [quick] fox", "+The [slow] fox"),
        *(" i", " j", " k", "…"),
    ]


def test_chinese_is_compared_character_by_character() -> None:
    assert shown("今天天气好", "今天天气很好") == ["-今天天气好", "+今天天气[很]好"]


def test_added_and_removed_lines_stand_as_such() -> None:
    assert shown("a\nb", "a\nnew\nb") == [" a", "+[new]", " b"]
    assert shown("a\nb", "b") == ["-[a]", " b"]
    assert shown("same", "same") == []
    assert shown("", "text") == ["+[text]"]


lines = st.lists(st.sampled_from(["a", "b", "long line here", "", "中文"]), max_size=12)


@given(lines, lines)
def test_both_texts_can_be_read_off_a_comparison(old: list[str], new: list[str]) -> None:
    found = compare("\n".join(old), "\n".join(new))
    if any(line.kind == "gap" for line in found):
        return
    before = ["".join(text for _, text in line.parts) for line in found if line.kind != "added"]
    after = ["".join(text for _, text in line.parts) for line in found if line.kind != "removed"]
    if found:
        assert before == "\n".join(old).splitlines()
        assert after == "\n".join(new).splitlines()


def test_the_largest_texts_are_compared_in_a_moment() -> None:
    old = "\n".join(f"line {number}" for number in range(50_000))
    new = "\n".join(f"other {number}" for number in range(50_000))
    start = perf_counter()
    assert len(compare(old, new)) == 100_000
    assert len(compare("x " * 250_000, "y " * 250_000)) == 2
    assert perf_counter() - start < 10
