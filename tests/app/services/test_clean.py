"""What people type is stored without control characters."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.clean import clean_line, clean_text


def test_line_ends_become_line_feeds_and_blank_lines_around_go() -> None:
    assert clean_text("\r\n  \r\n  code\r\ntext\r\n\r\n") == "  code\ntext"


def test_a_line_is_composed_and_its_white_space_collapsed() -> None:
    assert clean_line("  Cafe\u0301 \t\n au  lait ") == "Café au lait"


def test_nul_and_direction_marks_leave_a_line() -> None:
    assert clean_line("ab\x00c\u202egnp.exe") == "abcgnp.exe"


def test_nothing_is_an_empty_text() -> None:
    assert (clean_line(None), clean_text(None)) == ("", "")


@given(st.text())
def test_cleaning_twice_changes_nothing_more_and_what_is_left_can_be_stored(text: str) -> None:
    for clean in (clean_line, clean_text):
        once = clean(text)
        assert clean(once) == once
        assert "\x00" not in once
        once.encode()
