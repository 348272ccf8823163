"""Which backups are kept, and which one leads to a moment."""

import pytest
from ironpress_backup import base, lsn, marks, restore
from ironpress_backup.programs import BackupError

DAY = 86400.0


def backup(name: str, finished: float, end: str = "0/100", timeline: int = 1) -> dict[str, object]:
    return {"name": name, "finished": finished, "end_lsn": end, "timeline": timeline}


def test_every_moment_of_the_kept_days_can_be_reached() -> None:
    bases = [backup(f"day{day}", day * DAY) for day in range(10)]
    # The moment three and a half days ago needs the backup before it.
    assert base.to_keep(bases, oldest=5.5 * DAY) == {"day5", "day6", "day7", "day8", "day9"}


def test_two_backups_stay_however_old_they_are() -> None:
    bases = [backup(f"day{day}", day * DAY) for day in range(3)]
    assert base.to_keep(bases, oldest=100 * DAY) == {"day1", "day2"}


def test_the_newest_backup_before_the_moment_is_taken() -> None:
    bases = [backup("a", 100, "0/100"), backup("b", 200, "0/200"), backup("c", 300, "1/0")]
    assert restore.choose(bases, restore.Target())["name"] == "c"
    assert restore.choose(bases, restore.Target(time=299))["name"] == "b"
    assert restore.choose(bases, restore.Target(lsn="0/FFFFFFFF"))["name"] == "b"
    with pytest.raises(BackupError, match="no base backup from before"):
        restore.choose(bases, restore.Target(time=99))


def test_an_older_history_uses_none_of_its_successors_backups() -> None:
    bases = [backup("a", 100), backup("b", 200, timeline=2)]
    assert restore.choose(bases, restore.Target(timeline="1"))["name"] == "a"


@pytest.mark.parametrize(
    ("moment", "position", "timeline", "complaint"),
    [
        ("yesterday", "", "", "is not a time"),
        ("", "16B3748", "", "is not a position"),
        ("", "", "one", "is not a timeline"),
        ("2026-11-25T15:00:00Z", "0/1", "", "not both"),
    ],
)
def test_a_moment_that_cannot_be_read_is_refused_with_an_example(
    moment: str, position: str, timeline: str, complaint: str
) -> None:
    with pytest.raises(BackupError, match=complaint):
        restore.target(moment=moment, position=position, timeline=timeline)


def test_a_time_without_a_zone_is_utc() -> None:
    assert restore.target(moment="1970-01-02").time == DAY
    assert restore.target(moment="1970-01-02T02:00:00+02:00").time == DAY


def test_the_log_is_kept_from_the_segment_that_holds_a_backups_start() -> None:
    assert base.segment_place("1/FE000028") == "00000001000000FE"
    assert lsn.place("0000000200000001000000FE") == "00000001000000FE"


def test_what_differs_is_named() -> None:
    expected = marks.Mark("0/1", {"posts": [2, "5"], "tags": [1, "7"]}, "0002")
    assert marks.differences(expected, expected) == []
    found = marks.Mark("0/1", {"posts": [2, "6"]}, "0001")
    assert marks.differences(expected, found) == [
        "posts: 2 rows, expected 2, same number, other content",
        "tags: 0 rows, expected 1",
        "schema 0001, expected 0002",
    ]
