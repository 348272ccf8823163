"""Names a device from what its browser says about itself."""

import re

# The first that fits: each browser also pretends to be the ones below it.
BROWSERS = {
    "Edge": r"Edg(?:e|A|iOS)?/",
    "Opera": r"OPR/|Opera",
    "Samsung Internet": r"SamsungBrowser/",
    "Firefox": r"Firefox/|FxiOS/",
    "Chrome": r"Chrome/|CriOS/",
    "Safari": r"Safari/",
    "curl": r"curl/",
}
SYSTEMS = {
    "iPad": r"iPad",
    "iPhone": r"iPhone",
    "Android": r"Android",
    "Windows": r"Windows",
    "macOS": r"Macintosh|Mac OS X",
    "ChromeOS": r"CrOS",
    "Linux": r"Linux",
}
LONGEST_UNKNOWN = 60


def device_name(agent: str) -> str:
    """Return such as `Firefox · Linux`; the beginning of what is not known; nothing for nothing."""
    known = [
        next((name for name, pattern in names.items() if re.search(pattern, agent)), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    printable = "".join(filter(str.isprintable, agent))
    return " · ".join(filter(None, known)) or printable[:LONGEST_UNKNOWN].strip()
