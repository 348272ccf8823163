"""The scorecard says what was measured, and says so where nothing was."""

import json
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.scorecard import sources
from scripts.scorecard.__main__ import MISSING, cells, html, markdown
from scripts.scorecard.claims import CLAIMS

FAULT = {
    "failed": {"anonymous": 0},
    "lost": 0,
    "doubled": 0,
    "foreign": 0,
    "recovered": 0.5,
}
NAMES = ("worker killed", "web container killed", "PostgreSQL killed")


def drill(**changes: object) -> dict[str, object]:
    faults = [FAULT | {"fault": name} | changes for name in NAMES]
    made = {"date": "2026-01-02", "commit": "abcdef0123456", "requests": 1200}
    return made | {"mails": {"lost": 0, "doubled": 0}, "faults": faults}


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sources, "DOCS", tmp_path)
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    return tmp_path


def test_what_was_not_measured_is_called_so(docs: Path) -> None:
    rows = [cells(claim, claim.find()) for claim in CLAIMS]
    assert {row[3] for row in rows} == {MISSING}
    assert markdown(rows).count(MISSING) == len(CLAIMS)
    assert html(rows).count('class="missing"') == len(CLAIMS)


def test_a_drill_without_a_loss_reaches_its_goals(docs: Path) -> None:
    (docs / "drills.json").write_text(json.dumps(drill()))
    safety, readers = sources.drill_safety(), sources.drill_readers()
    recovery = sources.drill_recovery()
    assert safety
    assert safety.text == "0, 0, 0 in 3 faults, 1,200 requests"
    assert (safety.date, safety.commit, safety.reached) == ("2026-01-02", "abcdef0", True)
    assert readers
    assert readers.reached
    assert recovery
    assert recovery.text == "0.5, 0.5, 0.5"


def test_a_lost_write_and_a_slow_recovery_miss_theirs(docs: Path) -> None:
    (docs / "drills.json").write_text(json.dumps(drill(lost=1, recovered=4.0)))
    safety, recovery = sources.drill_safety(), sources.drill_recovery()
    assert safety
    assert recovery
    assert (safety.reached, recovery.reached) == (False, False)


def test_goodput_that_falls_under_load_misses_its_goal(docs: Path) -> None:
    steps = [{"times": 2.0, "good": 50.0, "shed_p50": 0.005}]
    found = {"date": "2026-01-02", "commit": "abcdef0", "most": 100.0, "steps": steps}
    (docs / "overload.json").write_text(json.dumps(found))
    figure = sources.overload()
    assert figure
    assert (figure.text, figure.reached) == ("2×: 50%, shed in 5 ms", False)


def test_every_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for claim in CLAIMS:
        target = claim.command.split()[1]
        assert f"\n{target}:" in makefile, target
