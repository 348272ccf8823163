"""Where a visitor may be sent after a form: inside the site only."""


def safe_next(target: str | None, fallback: str = "/") -> str:
    """Return the target when it is a path of this site, else the fallback.

    Browsers read a backslash as a slash, drop tabs and line ends, and take `//host` for another
    site; none of these may lead a visitor away.
    """
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return fallback
    if any(character.isspace() or not character.isprintable() for character in target):
        return fallback
    return target
