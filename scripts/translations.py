"""Collects the texts of pages and messages into the catalogues, and compiles those.

`python -m scripts.translations` writes the files; with `--check` it only says what is stale or
not yet translated. A text that is no longer used disappears from the catalogue.
"""

import sys
import tomllib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.settings import ROOT

LOCALES = ["zh_Hans_CN"]
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "_l": None}
WIDTH = 100
DATE = datetime(2026, 1, 1, tzinfo=UTC)  # Fixed, so that the same texts make the same file.


def folder(locale: str) -> Path:
    """Return where the files of a language stand."""
    return ROOT / "app" / "translations" / locale / "LC_MESSAGES"


def read(locale: str) -> Catalog:
    """Read the catalogue of a language."""
    with (folder(locale) / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def collect(locale: str) -> Catalog:
    """Return the catalogue with every text in use, translated as far as it was."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    mappings = settings["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    known = read(locale)
    catalog = Catalog(
        locale=locale,
        header_comment="",
        project="Ironpress",
        creation_date=DATE,
        revision_date=DATE,
        fuzzy=False,
    )
    for _, _, text, _, context in extract_from_dir(ROOT / "app", methods, keywords=KEYWORDS):
        found = known.get(text if isinstance(text, str) else text[0], context)
        catalog.add(text, found.string if found else None, context=context)
    return catalog


def po_text(catalog: Catalog) -> bytes:
    """Return the file of a catalogue."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=WIDTH, sort_output=True, no_location=True)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the compiled catalogue."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Write the catalogues, or with `--check` report what is wrong with them."""
    faults = []
    for locale in LOCALES:
        catalog = collect(locale)
        faults += [
            f"{locale}: not translated: {message.id}"
            for message in catalog
            if message.id and not (message.string and all(message.string))
        ]
        for name, content in (("po", po_text(catalog)), ("mo", mo_bytes(catalog))):
            path = folder(locale) / f"messages.{name}"
            if path.exists() and path.read_bytes() == content:
                continue
            if "--check" in arguments:
                faults.append(f"{path.relative_to(ROOT)} is stale: run make translations")
            else:
                path.write_bytes(content)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
