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
    "requests": 400,
    "date": "2026-01-02",
    "commit": "abcdef0123456",
}
NAMES = ("worker killed", "web container killed", "PostgreSQL killed")


def drill(**changes: object) -> dict[str, object]:
    faults = [FAULT | {"fault": name} | changes for name in NAMES]
    return {"mails": {"lost": 0, "doubled": 0}, "faults": faults, "of": len(NAMES)}


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
    assert safety.text == "0, 0, 0 in 3 faults and pairs (all: 3), 1,200 requests"
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


def test_a_part_of_the_faults_reaches_nothing(docs: Path) -> None:
    part = drill() | {"of": 4}
    (docs / "drills.json").write_text(json.dumps(part))
    safety, readers, recovery = (
        find() for find in (sources.drill_safety, sources.drill_readers, sources.drill_recovery)
    )
    assert safety
    assert readers
    assert recovery
    # The three that R4 names are all there.
    assert (safety.reached, readers.reached, recovery.reached) == (None, None, True)


def test_a_restore_that_took_too_long_misses_its_goal(docs: Path) -> None:
    found = {"posts": 100_000, "restore_seconds": 61.0, "loss_seconds": 0.2, "date": "2026-01-02"}
    found |= {"moment_differs": [], "after_differs": [], "commit": "abcdef0"}
    (docs / "restore.json").write_text(json.dumps(found))
    figure = sources.restore()
    assert figure
    assert figure.text == "100,000 articles in 61 s, lost 0.20 s of commits, rows equal"
    assert figure.reached is False
    found |= {"posts": 20_000, "restore_seconds": 9.0}
    (docs / "restore.json").write_text(json.dumps(found))
    figure = sources.restore()
    assert figure
    assert figure.reached is None


def test_goodput_that_falls_under_load_misses_its_goal(docs: Path) -> None:
    step = {"times": 2.0, "good": 50.0, "shed_p50": 0.005, "late": 0.01}
    found = {"date": "2026-01-02", "commit": "abcdef0", "most": 100.0, "steps": [step]}
    (docs / "overload.json").write_text(json.dumps(found))
    figure = sources.overload()
    assert figure
    assert (figure.text, figure.reached) == ("2×: 50%, shed in 5 ms", False)
    step["late"] = 1.0
    (docs / "overload.json").write_text(json.dumps(found))
    figure = sources.overload()
    assert figure
    assert "void" in figure.text
    assert figure.reached is None


def test_every_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for claim in CLAIMS:
        target = claim.command.split()[1]
        assert f"\n{target}:" in makefile, target


def run_of(commit: str, date: str, **values: float) -> str:
    rows = [
        {"name": "P11", "what": what, "value": value, "unit": "s", "is_reached": value <= 1}
        for what, value in values.items()
    ]
    return json.dumps({"rows": rows, "commit": commit, "measured_at": f"{date}T00:00"})


def test_the_newest_of_each_figure_of_the_benchmark_counts(docs: Path) -> None:
    (docs / "bench").mkdir()
    (docs / "bench" / "1.json").write_text(run_of("a" * 40, "2026-01-01", start=2, image=1))
    (docs / "bench" / "2.json").write_text(run_of("b" * 40, "2026-01-02", start=0.5))
    both = sources.bench("P11")()
    assert both
    assert both.text == "start 0.5s; image 1s"
    assert (both.date, both.commit, both.reached) == ("2026-01-01", "of 2", True)
    (docs / "bench" / "3.json").write_text(run_of("c" * 40, "2026-01-03", start=0.7, image=3))
    newest = sources.bench("P11")()
    assert newest
    assert (newest.date, newest.commit, newest.reached) == ("2026-01-03", "ccccccc", False)
