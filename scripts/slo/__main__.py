"""Makes what follows from `deploy/slo.yaml`: `python -m scripts.slo`; `--check` writes nothing."""

import sys
from pathlib import Path

from scripts.dashboards import DASHBOARDS, grafana
from scripts.slo import levels, rules

MONITORING = levels.PATH.parent / "monitoring"


def files() -> dict[Path, str]:
    """Return every file that is made, with its text."""
    slo = levels.load()
    folder = MONITORING / "grafana" / "dashboards"
    return {
        MONITORING / "rules" / "service-levels.yml": rules.text(slo),
        **{folder / f"{page.name}.json": grafana.text(page, slo.runbooks) for page in DASHBOARDS},
    }


def main(check: bool) -> None:
    """Write the files, or say which are stale."""
    stale = [
        path for path, text in files().items() if not path.exists() or path.read_text() != text
    ]
    if check and stale:
        sys.exit("Run make slo. Stale: " + ", ".join(path.name for path in stale))
    for path in () if check else stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files()[path])
        print(f"Wrote {path.relative_to(Path.cwd())}.")


if __name__ == "__main__":
    main("--check" in sys.argv)
