"""Addresses that try to lead a visitor away, and how a browser reads an address."""

import re
from itertools import product
from urllib.parse import quote, urljoin, urlsplit

HOSTS = ("evil.example", "evil.example:443", "0x7f000001", "[::1]", "localhost.evil.example")
# What stands before the host; browsers read many of these as the start of another site.
STARTS = (
    *("//", "///", "////", "/////", "\\\\", "/\\", "\\/", "/\\/", "//\\", "\\/\\/", "/\\\\"),
    *("https://", "http://", "HTTPS://", "https:", "https:/", "https:///", "http:\\\\"),
    *("ftp://", "ws://", "//user@", "https://localhost@", "//localhost@", "//localhost:80@"),
    *("/\t/", "/\n/", "/\r/", "\t//", " //", "\x00//", "\x01//", "/\x00/", "\x0b//", "\xa0//"),
    *("/ /", "/%09/", "/%5c", "/%5c%5c", "/%2f/", "%2f%2f", "/.//", "/..//", "/;//", "/@"),
    *("./\\", "../\\", ".//", "javascript://", "data://", "vbscript://", "blob:https://"),
    *("\u2028//", "\u3000//", "/\u2044", "/\uff0f", "\uff0f\uff0f", "\ufeff//", "/\u200b/"),
)
ALONE = (
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:a"),
    *("data:text/html,<script>alert(1)</script>", "vbscript:x", "mailto:a@evil.example"),
    *("evil.example", ".evil.example", "@evil.example", ":443/evil.example", "?//evil.example"),
    *("#//evil.example", "/%0d%0aLocation:%20//evil.example", "/\r\nLocation: //evil.example"),
    *("/\r\nSet-Cookie: a=b", "\\evil.example", "https:evil.example", "//google%00.evil.example"),
    *("//evil.example/%2e%2e", "//\u2488com", "//evil\u3002example", "http:evil.example"),
    *("http://localhost.evil.example", "http://localhost:80@evil.example", "//0", "///0"),
)
PAYLOADS = sorted(
    {f"{start}{host}" for start, host in product(STARTS, HOSTS)}
    | {f"{start}evil.example/articles?next=/" for start in STARTS}
    | set(ALONE)
    | {quote(payload, safe="") for payload in ALONE}
)
SITE = "http://localhost/"
SPECIAL = re.compile(r"(?i)https?:")


def leads_away(location: str) -> bool:
    """Say whether a browser that reads this on a page of the site would leave it."""
    address = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33)))))
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address) and not SPECIAL.match(address):
        return True
    address = re.sub(r"^(?i:(https?):)[/\\]*", r"\1://", address.replace("\\", "/"))
    if address.startswith("//"):
        address = "//" + address.lstrip("/")
    return urlsplit(urljoin(SITE, address)).netloc != urlsplit(SITE).netloc
