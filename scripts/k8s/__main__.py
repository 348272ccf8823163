"""Says whether an overlay fits its quota and the database's connections.

`python -m scripts.k8s OVERLAY` prints the budget, with `--render` the manifests instead, and
neither when they do not fit; `--docs` writes the page of connections.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from app.settings import ROOT
from scripts.k8s.budget import faults, table
from scripts.k8s.combinations import combine, prepare
from scripts.k8s.manifests import parse, written
from scripts.k8s.page import OVERLAY, PAGE, page, shown


def main(arguments: list[str]) -> str | None:
    """Return what is wrong, or None."""
    if "--docs" in arguments:
        with TemporaryDirectory() as folder:
            (ROOT / PAGE).write_text(everything(prepare(Path(folder))), encoding="utf-8")
        return None
    overlay = next((word for word in arguments if not word.startswith("-")), "dev")
    try:
        text = written(ROOT / "deploy/k8s/overlays" / overlay)
    except ValueError as error:
        return f"{error}\nWas it prepared? make k8s-site OVERLAY={overlay} SITE_HOST=…"
    objects = parse(text)
    if wrong := faults(objects):
        return "\n".join(wrong)
    if "--render" in arguments:
        print(text, end="")
    else:
        print(f"{overlay}: {len(objects)} objects.", *table(objects), sep="\n")
    return None


def everything(manifests: Path) -> str:
    """Return the page of connections, from a prepared copy of the manifests."""
    combined = {parts: combine(manifests, name) for name, parts in shown(OVERLAY).items()}
    return page(combine(manifests, OVERLAY), combined)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
