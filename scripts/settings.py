"""Writes .env.example and docs/settings.md from the one declaration of the settings.

`python -m scripts.settings` writes both; with `--check` it only says whether they are current.
"""

import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from app.settings import ROOT, SECTIONS, Settings

ENV_EXAMPLE = ROOT / ".env.example"
DOCUMENT = ROOT / "docs" / "settings.md"


def default_text(field: FieldInfo) -> str:
    """Return the default of production as it would stand in the environment."""
    value = field.default
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def bounds_text(field: FieldInfo) -> str:
    """Return the bounds or the choices of a setting, such as `1 to 100`."""
    choices = getattr(field.annotation, "__args__", ())
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(choices)
    limits = {type(rule).__name__: rule for rule in field.metadata}
    low = next((str(getattr(limits[n], n.lower())) for n in ("Ge", "Gt") if n in limits), "")
    high = next((str(getattr(limits[n], n.lower())) for n in ("Le", "Lt") if n in limits), "")
    low = f"more than {low}" if "Gt" in limits else low
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low and "Gt" not in limits else low


def env_example() -> str:
    """Return the commented example: each line is the default of production."""
    lines = [
        "# Settings of Ironpress. A commented line shows the default in production.",
        "# Each may also be read from a file: NAME_FILE=/run/secrets/name",
    ]
    for section, names in SECTIONS.items():
        lines += ["", f"# {section}"]
        for name in names:
            field = Settings.model_fields[name]
            lines += [f"# {field.description}", f"#{name.upper()}={default_text(field)}"]
    return "\n".join(lines) + "\n"


def document() -> str:
    """Return the reference: one table for each section."""
    lines = [
        "# Settings",
        "",
        "Made from `app/config.py` by `make settings`. Each setting is read from the environment "
        "variable of its name, or from the file that `NAME_FILE` points to. `APP_ENV` chooses the "
        "profile (`production`, `development`, `testing`, `default`); the defaults below are "
        "those of production.",
    ]
    for section, names in SECTIONS.items():
        lines += [
            "",
            f"## {section}",
            "",
            "| name | default | allowed | meaning |",
            "|---|---|---|---|",
        ]
        for name in names:
            field = Settings.model_fields[name]
            default = f"`{default_text(field)}`" if default_text(field) else ""
            description = (field.description or "").replace("|", "\\|")
            lines.append(f"| `{name.upper()}` | {default} | {bounds_text(field)} | {description} |")
    return "\n".join(lines) + "\n"


def generated() -> dict[Path, str]:
    """Return the content that each generated file should have."""
    return {ENV_EXAMPLE: env_example(), DOCUMENT: document()}


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` report those that are stale."""
    stale = [
        path
        for path, content in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != content
    ]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run make settings", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(generated()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
