"""`python -m scripts.k8s OVERLAY` says whether it fits; with `--docs` it writes the page too."""

import sys
from pathlib import Path

from app.settings import ROOT
from scripts.k8s.budget import faults, table
from scripts.k8s.manifests import render
from scripts.k8s.page import PAGE, page


def main(arguments: list[str]) -> str | None:
    """Return what is wrong, or None."""
    overlay = next((word for word in arguments if not word.startswith("-")), "dev")
    try:
        objects = render(ROOT / "deploy/k8s/overlays" / overlay)
    except ValueError as error:
        return f"{error}\nWas it prepared? make k8s-site OVERLAY={overlay} SITE_HOST=…"
    if "--docs" in arguments:
        Path(ROOT / PAGE).write_text(page(objects), encoding="utf-8")
    if wrong := faults(objects):
        return "\n".join(wrong)
    print(f"{overlay}: {len(objects)} objects.")
    print("\n".join(table(objects)))
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
