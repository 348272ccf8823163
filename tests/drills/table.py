"""The drill's table: as text, as JSON, as Markdown."""

import json
import os
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.settings import ROOT
from tests.drills.oracle import Findings
from tests.drills.result import Result

HEAD = """# What each fault costs

Measured by `make drill` on {date} at commit {commit}, seed {seed}, the machine's load at the end
{load}: a bundle under {requests} requests of anonymous readers, signed-in readers, and writers by
API, form and comment,
each fault held for some seconds. *Recovered* is the time from the part being back (or from the
fault, where nothing has to come back) to the last failed request.

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
    "recovered (s)",
    "alert",
)


def stamp() -> dict[str, str]:
    """Return when and of what a measurement is."""
    words = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(words, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"date": date, "commit": commit, "load": f"{os.getloadavg()[0]:.0f}"}


def line(one: Result) -> str:
    """Return a result as a line of text."""
    failed = " ".join(f"{kind} {count}" for kind, count in one.failed.items() if count) or "none"
    text = (
        f"{one.fault:42} {one.requests:5} requests, failed: {failed}; refused in "
        f"{one.refused_in * 1000:.0f} ms, slowest {one.slowest:.1f} s, lost {one.lost}, doubled "
        f"{one.doubled}, attempts {one.attempts:.2f}, recovered {one.recovered:.1f} s"
    )
    return (
        text
        + "".join(f"\n    NOT KEPT {promise}" for promise in one.broken)
        + (f"\n    {one.why}" if one.broken else "")
    )


def mail_line(mails: Findings) -> str:
    """Return what became of the mails."""
    return f"mails: lost {mails.lost}, doubled {mails.doubled} {' '.join(mails.faults)}"


def row(one: Result) -> str:
    """Return a result as a row of Markdown."""
    writes = sum(one.failed[kind] for kind in ("api", "form", "comment"))
    mark = f" **{'; '.join(one.broken)}**" if one.broken else ""
    return (
        f"| {one.fault}{mark} | {one.failed['anonymous']} | {one.failed['signed in']} | {writes} | "
        f"{one.refused_in * 1000:.0f} | {one.slowest:.1f} | {one.lost} | {one.doubled} | "
        f"{one.attempts:.2f} | {one.recovered:.1f} | {one.alert} |\n"
    )


def keep(name: str, found: dict[str, Any], *, docs: bool) -> None:
    """Write figures to build, and to docs where the scorecard is to have them."""
    for folder in (ROOT / "build", *([ROOT / "docs"] if docs else [])):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def write(results: list[Result], mails: Findings | None, seed: int, *, docs: bool) -> None:
    """Keep the results as JSON, and as docs/drills.md where that is asked for."""
    made = stamp()
    requests = sum(one.requests for one in results)
    found = {**made, "seed": seed, "requests": requests}
    found |= {"mails": mails and asdict(mails), "faults": [asdict(one) for one in results]}
    keep("drills.json", found, docs=docs)
    if docs:
        (ROOT / "docs/drills.md").write_text(page(found), encoding="utf-8")


def page(found: dict[str, Any]) -> str:
    """Return the page of a drill."""
    made = {name: found[name] for name in ("date", "commit", "load", "seed")}
    text = HEAD.format(**made, requests=f"{found['requests']:,}")
    text += f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    text += "".join(row(Result(**one)) for one in found["faults"])
    if mails := found["mails"]:
        text += f"\nMails about replies: {mails['lost']} lost, {mails['doubled']} doubled.\n"
    return text
