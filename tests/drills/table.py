"""The drill's table: as text, as JSON, as Markdown."""

import json
import os
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from app.settings import ROOT
from tests.drills.every import FAULTS
from tests.drills.oracle import Findings
from tests.drills.result import Result

HEAD = """# What each fault costs

Made by `make drill DOCS=1`, which renews the rows of the faults that it has run and leaves the
others: each row has its own date, commit, seed and load of the machine. The bundle is under
requests of anonymous readers, signed-in readers, and writers by API, form and comment all the
time: {requests} while these faults were held for some seconds each. *Recovered* is the time from
the part being back (or from the fault, where nothing has to come back) to the last failed request.
*Attempts* are how often the edge asked a web container for one request, *tries* how often it tried
to: where nginx finds addresses by name it keeps no memory of one that does not answer, so each
request may begin with the dead one, waits a second for it, and asks the next, once.
*Alerts* are those that came meanwhile, of rules whose times are a sixtieth of production's; one
that is pending has seen its cause and waits for its time.
Of {faults} faults {measured} were measured; {kept} kept every promise.

"""
COLUMNS = (
    "fault",
    "failed anonymous",
    "failed signed-in",
    "failed writes",
    "median refusal (ms)",
    "slowest (s)",
    "lost",
    "doubled",
    "attempts",
    "tries",
    "recovered (s)",
    "alerts",
    "seed",
    "measured",
)
KEPT = ROOT / "docs/drills.json"
# What a result is kept with.
STAMPS = ("date", "commit", "load", "seed")


@cache
def commit() -> str:
    """Return the commit that was checked out when it was first asked for."""
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def stamp() -> dict[str, str]:
    """Return when and of what a measurement is, and how busy the machine was."""
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"date": date, "commit": commit(), "load": f"{os.getloadavg()[0]:.0f}"}


def kept(one: Result, seed: int) -> dict[str, Any]:
    """Return a result as it is kept, with when and of what it is."""
    return asdict(one) | stamp() | {"seed": seed}


def line(one: Result) -> str:
    """Return a result as a line of text."""
    failed = " ".join(f"{kind} {count}" for kind, count in one.failed.items() if count) or "none"
    text = (
        f"{one.fault:42} {one.requests:5} requests, failed: {failed}; refused in "
        f"{one.refused_in * 1000:.0f} ms, slowest {one.slowest:.1f} s, lost {one.lost}, doubled "
        f"{one.doubled}, attempts {one.attempts:.2f} of {one.tries:.2f} tries, recovered "
        f"{one.recovered:.1f} s"
    )
    return (
        text
        + "".join(f"\n    NOT KEPT {promise}" for promise in one.broken)
        + (f"\n    {one.why}" if one.broken else "")
    )


def mail_line(mails: Findings) -> str:
    """Return what became of the mails."""
    return f"mails: lost {mails.lost}, doubled {mails.doubled} {' '.join(mails.faults)}"


def row(one: Result, stamps: dict[str, Any]) -> str:
    """Return a result as a row of Markdown, with when and of what it is."""
    writes = sum(one.failed[kind] for kind in ("api", "form", "comment"))
    mark = f" **{'; '.join(one.broken)}**" if one.broken else ""
    return (
        f"| {one.fault}{mark} | {one.failed['anonymous']} | {one.failed['signed in']} | {writes} | "
        f"{one.refused_in * 1000:.0f} | {one.slowest:.1f} | {one.lost} | {one.doubled} | "
        f"{one.attempts:.2f} | {one.tries:.2f} | {one.recovered:.1f} | {', '.join(one.alerts)} | "
        f"{stamps['seed']} | {stamps['date']} {stamps['commit']}, load {stamps['load']} |\n"
    )


def keep(name: str, found: dict[str, Any], *, docs: bool) -> None:
    """Write figures to build, and to docs where the scorecard is to have them."""
    for folder in (ROOT / "build", *([ROOT / "docs"] if docs else [])):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def write(rows: list[dict[str, Any]], mails: Findings | None, *, docs: bool) -> None:
    """Keep the rows as JSON, and renew those of docs/drills.md where that is asked for."""
    found = {"faults": rows, "mails": mails and asdict(mails) | stamp()}
    keep("drills.json", found, docs=False)
    if docs:
        found = renewed(json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}, found)
        keep("drills.json", found, docs=True)
        (ROOT / "docs/drills.md").write_text(page(found), encoding="utf-8")


def renewed(before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Put new rows in the place of the same faults' older ones; pairs stand last."""
    rows = {row["fault"]: row for row in before.get("faults", []) + found["faults"]}
    order = {name: number for number, name in enumerate(FAULTS)}
    faults = sorted(
        (row for name, row in rows.items() if name in order or " + " in name),
        key=lambda row: (order.get(row["fault"], len(order)), row["fault"]),
    )
    mails = found["mails"] or before.get("mails")
    return {"faults": faults, "mails": mails, "of": len(FAULTS)}


NOTES = """
How some are made: the power cut gives the database's disk back as the kernel had written it when
PostgreSQL was killed; a clock that steps is loaded before the C library; a link that is far is a
program between the two ends, since many kernels have no netem. The disk of the logs is not filled:
it is the engine's, thus the machine's, and what the bundle logs is bounded (50 MB a container).
"""


def page(found: dict[str, Any]) -> str:
    """Return the page of everything that was measured."""
    parted = [
        (Result(**{name: value for name, value in one.items() if name not in STAMPS}), one)
        for one in found["faults"]
    ]
    text = HEAD.format(
        requests=f"{sum(one.requests for one, _ in parted):,}",
        faults=len(FAULTS),
        measured=sum(one.fault in FAULTS for one, _ in parted),
        kept=sum(not one.broken for one, _ in parted),
    )
    text += f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    text += "".join(row(one, stamps) for one, stamps in parted)
    text += NOTES
    if left := [name for name in FAULTS if name not in {one.fault for one, _ in parted}]:
        text += f"\nNot measured yet: {'; '.join(left)}.\n"
    if mails := found["mails"]:
        text += (
            f"\nMails about replies in the last run that was counted to its end ({mails['date']}, "
            f"{mails['commit']}): {mails['lost']} lost, {mails['doubled']} doubled.\n"
        )
    return text
