"""The service levels are read with their types, and what contradicts itself is refused."""

from pathlib import Path

import pytest

from scripts.slo import levels


def refused(tmp_path: Path, old: str, new: str) -> str:
    text = levels.PATH.read_text()
    assert old in text
    path = tmp_path / "slo.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=str(path)) as refusal:
        levels.load(path)
    return str(refusal.value)


def test_every_class_of_requests_has_both_levels() -> None:
    slo = levels.load()
    for kind in ("availability", "latency"):
        stated = [level.route_class for level in slo.levels if level.kind == kind]
        assert sorted(stated) == sorted(slo.classes), kind


def test_a_level_has_a_budget_a_window_and_the_name_of_its_alert() -> None:
    level = levels.load().levels[0]
    assert (level.budget, level.window, level.alert) == (0.0005, "30d", "AnonymousAvailability")


def test_the_levels_that_no_request_shows_are_stated_too() -> None:
    assert {level.name for level in levels.load().levels} >= {
        "mail-delay",
        "freshness",
        "backup-age",
    }


def test_a_total_outage_uses_up_the_fast_window_within_five_minutes() -> None:
    slo = levels.load()
    fastest = max(slo.burn.windows, key=lambda window: window.factor)
    for level in slo.levels:
        if level.kind == "availability":
            needed = fastest.factor * level.budget * levels.seconds(fastest.long)
            assert needed + levels.seconds(fastest.wait) < 5 * 60, level.name


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("class: anonymous", "class: nobody", "there is no class nobody"),
        ("objective: 99.95", "objective: 100", "less than 100"),
        ("objective: 99.95", "objectve: 99.95", "objectve"),
        ("name: anonymous-latency", "name: anonymous-availability", "stands twice"),
        ("long: 1h, short: 5m", "long: 5m, short: 1h", "not shorter"),
        ("kind: age", "kind: length", "kind"),
        ("window: 30d", "window: a month", "window"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert fault in refused(tmp_path, old, new)
