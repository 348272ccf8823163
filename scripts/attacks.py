"""Writes the tables of docs/attacks.md: what is tried, which defences bear load, what a run found.

`--figures` takes what `make attack` has left in build/attack into docs/attacks.json first.
"""

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ATTACKS = ROOT / "tests" / "attack"
DOCUMENT = ROOT / "docs" / "attacks.md"
MEASURED = ROOT / "docs" / "attacks.json"
FIGURES = ROOT / "build" / "attack"


def filled(text: str) -> str:
    """Return the document with its tables as they are now."""
    tables = {
        "table": ["| family | tried | test |", "|---|--:|---|", *families()],
        "defences": ["| taken away | what gets in | of |", "|---|---|---|", *defences()],
        "figures": ["| what | on | found |", "|---|---|---|", *figures()],
    }
    for name, lines in tables.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        table = "".join(f"{line}\n" for line in lines)
        text = mark.sub(lambda match, table=table: match[1] + table + match[2], text)
    return text


def families() -> Iterator[str]:
    """Yield a line for each test that counts what it tries in `TRIED`."""
    for path in sorted(ATTACKS.rglob("test_*.py")):
        module = load(path)
        tried: int = getattr(module, "TRIED", 0)
        family = (module.__doc__ or "").splitlines()[0].partition(":")[0].rstrip(".")
        if tried:
            place = path.relative_to(ROOT)
            yield f"| {family} | {tried:,} | [{path.name}](../{place}) |"


def defences() -> Iterator[str]:
    """Yield a line for each defence that a test takes away, with the attack that then gets in."""
    for path in sorted((ATTACKS / "defences").glob("*.py")):
        module = load(path)
        for name, row in getattr(module, "DEFENCES", {}).items():
            yield mutation(name, row.attack.__name__, path)
    for name in ("test_defences", "test_escape"):
        path = ATTACKS / "stack" / f"{name}.py"
        for *away, attack in load(path).MUTATIONS:
            yield mutation(" of ".join(map(described, reversed(away[:2]))), described(attack), path)


def described(value: Any) -> str:
    """Return what stands in a row of a test's list, in words; of a pattern, what it looks for."""
    if isinstance(value, set):
        return ", ".join(sorted(value))
    text = getattr(value, "__name__", str(value)).partition(".*")[0].replace("\\n", " ")
    return " ".join(re.sub(r"[\\|\"]|\(\?:", "", text).split())


def mutation(name: str, attack: str, path: Path) -> str:
    """Return the line of a defence."""
    return f"| {name} | {attack.replace('_', ' ')} | [{path.name}](../{path.relative_to(ROOT)}) |"


def figures() -> Iterator[str]:
    """Yield a line for each thing that was measured."""
    measured: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    for what, values in measured.items():
        found = ", ".join(
            f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name} {value}"
            for name, value in values.items()
            if name != "on"
        )
        yield f"| {what} | {values['on']} | {found.replace('_', ' ')} |"


def take_figures() -> None:
    """Put the newest figures into docs/attacks.json; what was not measured again stays."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    measured |= {path.stem: json.loads(path.read_text()) for path in FIGURES.glob("*.json")}
    text = json.dumps(dict(sorted(measured.items())), indent=1, ensure_ascii=False)
    MEASURED.write_text(f"{text}\n", encoding="utf-8")


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
    if "--figures" in sys.argv:
        take_figures()
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
