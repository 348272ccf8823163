"""The drill's table is made of rows of many runs, each with its own circumstances."""

from typing import Any

from tests.drills.every import FAULTS
from tests.drills.load import RATES
from tests.drills.result import Result
from tests.drills.table import page, renewed
from tests.drills.watch import Watch

MADE = {"date": "2026-01-02", "commit": "abcdef0", "load": "2", "seed": 1}


def row(fault: str, **changes: Any) -> dict[str, Any]:
    return vars(Result(fault, failed=dict.fromkeys(RATES, 0))) | MADE | changes


def test_a_run_renews_its_own_rows_and_leaves_the_others() -> None:
    names = list(FAULTS)
    before = {
        "faults": [row(names[1]), row(names[0]), row("of former times")],
        "mails": {"lost": 0},
    }
    found = renewed(before, {"faults": [row(names[1], seed=2), row("a + b")], "mails": None})
    assert [(one["fault"], one["seed"]) for one in found["faults"]] == [
        (names[0], 1),
        (names[1], 2),
        ("a + b", 1),
    ]
    assert found["mails"] == {"lost": 0}
    assert found["of"] == len(FAULTS)


def test_the_page_says_of_what_each_row_is_and_what_is_left() -> None:
    name, other, *_ = FAULTS
    kept = {"faults": [row(name, alerts=["RedisDown"], unsafe=["lost: 1"])], "mails": None}
    text = page(kept)
    assert f"| {name} **lost: 1** | 0 | 0 |" in text
    assert "| RedisDown | 1 | 2026-01-02 abcdef0, load 2 |" in text
    assert "1 were measured; 0 kept every promise" in text
    assert f"Not measured yet: {other};" in text


def test_an_alert_that_was_there_before_is_not_the_faults() -> None:
    watch = Watch(None, now={"BaseBackupOld": "firing"})
    watch.begin()
    watch.seen = {"BaseBackupOld": "firing", "RedisDown": "firing", "CertificateExpires": "pending"}
    assert watch.result() == ["RedisDown", "CertificateExpires (pending)"]
    assert watch.noticed() >= {"RedisDown", "BaseBackupOld"}
