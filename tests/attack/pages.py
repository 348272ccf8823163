"""What is dangerous in a whole page."""

import json
import re

from lxml import html as lxml_html

from tests.app.text.xss import MARKDOWN_VECTORS, VECTORS, unsafe

# What breaks out of an attribute, a script, a title, a comment, a JSON text or a template.
BREAKOUTS = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' onfocus=alert(1) autofocus x='",
    "` onload=alert(1) `",
    "</title><script>alert(1)</script>",
    "</textarea><svg onload=alert(1)>",
    "</script><script>alert(1)</script>",
    '</script><script type="application/ld+json">{}',
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    '\\"-alert(1)}//',
    '";alert(1)//',
    "';alert(1)//",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "{{7*7}}{% print 7*7 %}",
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://",
    "data:text/html,<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\ufeff<script>alert(1)</script>",
    "\u2028<script>alert(1)</script>",
    "<a href=\"https://a.example/'onclick='alert(1)\">x</a>",
    "https://a.example/\"onmouseover='alert(1)'",
    "\u202etxt.<script>alert(1)</script>",
    "<\x00script>alert(1)</script>",
    "<x-y onclick=alert(1) tabindex=0 autofocus onfocus=alert(1)>",
    "<img src='https://a.example/x.png' style='position:fixed;inset:0'>",
    "<a href=/auth/logout><input type=submit></a>",
    "<form action=/auth/password method=post><input name=old_password>",
]
PAYLOADS = list(dict.fromkeys([*VECTORS, *MARKDOWN_VECTORS, *BREAKOUTS]))
# Fields that are no HTML show text; what breaks out of it is what matters there.
IN_TEXT = BREAKOUTS

ADDRESSES = ("href", "src", "action", "formaction", "data", "srcset", "poster", "xlink:href")
BAD_SCHEME = re.compile(r"(?i)[\x00-\x20]*(?:javascript|vbscript|data|blob|file)[\x00-\x20]*:")
FOREIGN = ("iframe", "object", "embed", "base", "frame", "applet", "math", "template", "style")


def dangers(page: str) -> list[str]:
    """Return what in a page could run a script, or send a form elsewhere."""
    if not page.strip():
        return []
    found = []
    for element in lxml_html.document_fromstring(page).iter():
        if isinstance(element.tag, str):
            found += of_element(element.tag, dict(element.attrib))
            if element.get("type") == "application/ld+json":
                json.loads(element.text or "null")
    return found


def of_element(tag: str, attributes: dict[str, str]) -> list[str]:
    """Return what is dangerous about an element of a page of the site."""
    found = [f"element {tag}"] if tag in FOREIGN else []
    if tag == "script" and attributes.get("type") != "application/ld+json":
        source = attributes.get("src", "")
        found += [] if source.startswith("/static/") else [f"script {attributes}"]
    if tag == "form" and not attributes.get("action", "/").startswith("/"):
        found.append(f"form to {attributes['action']}")
    if tag == "meta" and "http-equiv" in attributes:
        found.append("meta http-equiv")
    for name, value in attributes.items():
        if name.lower().startswith("on") or name in ("srcdoc", "style"):
            found.append(f"attribute {name}")
        # A picture of a QR code or an icon is the site's own.
        if name in ADDRESSES and BAD_SCHEME.match(value):
            found.append(f"{name} {value[:40]}")
    return found


__all__ = ["IN_TEXT", "PAYLOADS", "dangers", "unsafe"]
