"""`make scorecard`: writes docs/scorecard.md and build/scorecard.html from the newest figures."""

from html import escape
from pathlib import Path

from app.settings import ROOT
from scripts.scorecard.claims import CLAIMS, Claim
from scripts.scorecard.sources import Figure

COLUMNS = ("", "claim", "goal", "measured", "", "run it", "date", "commit")
MISSING = "not measured"
INTRODUCTION = (
    "Made by `make scorecard` from the newest figures that the commands have kept; each stands "
    "with its own date and commit. Ratios hold on any machine; seconds are of the machine that "
    "measured them."
)


def main() -> None:
    """Write both pages."""
    rows = [cells(claim, claim.find()) for claim in CLAIMS]
    (ROOT / "docs/scorecard.md").write_text(markdown(rows), encoding="utf-8")
    page = ROOT / "build/scorecard.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(html(rows), encoding="utf-8")
    print(f"{page} and docs/scorecard.md")


def cells(claim: Claim, figure: Figure | None) -> list[str]:
    """Return the columns of a claim."""
    head = [claim.name, claim.what, claim.goal]
    if figure is None:
        return [*head, MISSING, "", claim.command, "", ""]
    verdict = {True: "reached", False: "missed", None: ""}[figure.reached]
    return [*head, figure.text, verdict, claim.command, figure.date, figure.commit]


def markdown(rows: list[list[str]]) -> str:
    """Return the page for the repository."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in rows:
        shown = [*row[:5], f"`{row[5]}`", *row[6:]]
        lines.append(f"| {' | '.join(shown)} |")
    return f"# Scorecard\n\n{INTRODUCTION}\n\n" + "\n".join(lines) + "\n"


def html(rows: list[list[str]]) -> str:
    """Return the page for a browser; it needs nothing besides itself."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    body = "".join(table_row(row) for row in rows)
    introduction = INTRODUCTION.replace("`make scorecard`", "<code>make scorecard</code>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Scorecard · Ironpress</title>'
        f"<style>{style}</style></head><body><main><h1>Scorecard</h1><p>{introduction}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></main></body></html>\n"
    )


def table_row(row: list[str]) -> str:
    """Return a row; its class says how it stands."""
    kind = row[4] or ("missing" if row[3] == MISSING else "plain")
    parts = [f'<th scope="row">{escape(row[0])}</th>']
    for name, text in zip(COLUMNS[1:], row[1:], strict=True):
        shown = f"<code>{escape(text)}</code>" if name == "run it" else escape(text)
        parts.append(f'<td data-name="{escape(name)}">{shown}</td>')
    return f'<tr class="{kind}">{"".join(parts)}</tr>\n'


if __name__ == "__main__":
    main()
