"""Writes the table of docs/attacks.md: what each test of tests/attack tries, and how often."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "attacks.md"
TABLE = re.compile(r"(<!-- table -->\n).*(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """Return the document with the table as it is now."""
    rows = [
        row(path, load(path)) for path in sorted((ROOT / "tests" / "attack").rglob("test_*.py"))
    ]
    table = "| family | tried | test |\n|---|--:|---|\n" + "".join(rows)
    return TABLE.sub(lambda match: match[1] + table + match[2], text)


def row(path: Path, module: ModuleType) -> str:
    """Return the line of a test that counts what it tries in `TRIED`; nothing for another."""
    tried: int = getattr(module, "TRIED", 0)
    family = (module.__doc__ or "").splitlines()[0].partition(":")[0].rstrip(".")
    place = path.relative_to(ROOT)
    return f"| {family} | {tried:,} | [{path.name}](../{place}) |\n" if tried else ""


def load(path: Path) -> ModuleType:
    """Import a test without running it."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
