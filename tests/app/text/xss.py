"""Attacks on sanitisers, after OWASP's filter evasion list, and a check of what came of them."""

import re
from html.parser import HTMLParser

from hypothesis import strategies as st
from lxml import html as lxml_html

from app.text.sanitizer import ID_PREFIX, TAGS

VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script/xss src=//evil.example/x.js></script>",
    "<script\n>alert(1)</script\n>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)",
    "<SCRIPT SRC=//evil.example/x.js?< B >",
    '<script a=">" src="//evil.example/x.js"></script>',
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'//>",
    "<img/src=x/onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img src=`x`onerror=alert(1)>",
    "<img src=x:x onerror\x0b=alert(1)>",
    '<img src onerror /" \'"= alt=alert(1)//">',
    "<img src=javascript:alert(1)>",
    "<img src=JaVaScRiPt:alert(1)>",
    '<img src="jav\tascript:alert(1)">',
    '<img src="jav&#x09;ascript:alert(1)">',
    '<img src="jav&#x0A;ascript:alert(1)">',
    '<img src=" &#14; javascript:alert(1)">',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "<img src=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>",
    "<img src=&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)>",
    "<img src=1 srcset='javascript:alert(1) 1x'>",
    "<img lowsrc=javascript:alert(1) dynsrc=javascript:alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="java\x00script:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href="&#1;javascript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    '<a href="feed:javascript:alert(1)">x</a>',
    '<a href="view-source:javascript:alert(1)">x</a>',
    '<a href="blob:https://evil.example/x">x</a>',
    '<a href="file:///etc/passwd">x</a>',
    '<a href="x" onmouseover="alert(1)">x</a>',
    "<a href='x'onclick='alert(1)'>x</a>",
    '<a href="x" style="background:url(javascript:alert(1))">x</a>',
    '<a href="x" target="_blank" ping="//evil.example">x</a>',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<math href=javascript:alert(1)>x</math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<base href=javascript:alert(1)//>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import'javascript:alert(1)';</style>",
    "<style><img src='</style><img src=x onerror=alert(1)//'>",
    "<body onload=alert(1)>",
    "<input onfocus=alert(1) autofocus>",
    "<input type=image src=x onerror=alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1) type=image>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)></video>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x",
    "<div style='width:expression(alert(1))'>x</div>",
    "<div style=background-image:url(javascript:alert(1))>x</div>",
    "<div onpointerover=alert(1)>x</div>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<title><a id='</title><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<p id=location><a id=document name=cookie>x</a><img name=body src=x>",
    "¼script¾alert(1)¼/script¾",
    "<a href='https:javascript:alert(1)' x=\"<script>\">x</a>",
]

# The same in the words of Markdown.
MARKDOWN_VECTORS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](java\nscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    '[x](x "onclick=\\"alert(1)")',
    "![x](javascript:alert(1))",
    '![x](x"onerror="alert(1))',
    '![x" onerror="alert(1)](x)',
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]: <javascript:alert(1)>\n\n![x]",
    "```<script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```",
    '```" onmouseover="alert(1)\nx\n```',
    "`<script>alert(1)</script>`",
    "[^<script>]: x\n\nx[^<script>]",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "# <script>alert(1)</script> <a id=x onclick=alert(1)>",
    'https://evil.example/"onmouseover="alert(1)',
    "- [ ] <input onfocus=alert(1) autofocus>",
]

# Tags and text as no one would write them.
NAMES = sorted(TAGS | {"script", "style", "svg", "math", "form", "button", "select", "option"})
ATTRIBUTES = (
    "",
    " class=x",
    " id=x",
    ' href="javascript:x"',
    " src=//x",
    " onclick=x",
    " title='>'",
    ' a="',
    " style=x",
)
SOUP = st.lists(
    st.builds(
        lambda end, name, attribute: f"<{end}{name}{attribute}>",
        st.sampled_from(("", "", "/")),
        st.sampled_from(NAMES),
        st.sampled_from(ATTRIBUTES),
    )
    | st.sampled_from(("text", "\n\n", "&lt;", "&", "<", ">", "<!--", "-->", "]]>", "<?", "\x00"))
    | st.text(max_size=4),
    max_size=30,
).map("".join)

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=:)", re.IGNORECASE)
SAFE_SCHEMES = {"http", "https", "mailto"}
SPACE = re.compile(r"[\x00-\x20]+")


class Check(HTMLParser):
    """Collects what is unsafe in HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.faults += faults_of(tag, [(name, value or "") for name, value in attrs])

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")


def faults_of(tag: str, attributes: list[tuple[str, str]]) -> list[str]:
    """Return what is unsafe about an element."""
    faults = [] if tag in TAGS else [f"element {tag}"]
    for name, value in attributes:
        if name.startswith("on") or name in {"style", "name", "srcset", "target", "srcdoc"}:
            faults.append(f"attribute {name}")
        scheme = SCHEME.match(SPACE.sub("", value)) if name in {"href", "src"} else None
        if scheme and scheme[0].lower() not in SAFE_SCHEMES:
            faults.append(f"{name} {value}")
        if name == "id" and not value.startswith(ID_PREFIX):
            faults.append(f"id {value}")
    return faults


def unsafe(html: str) -> list[str]:
    """Return what is unsafe in HTML, as two parsers read it."""
    check = Check()
    check.feed(html)
    check.close()
    fragments = lxml_html.fragments_fromstring(f"<i></i>{html}")
    elements = [
        element
        for fragment in fragments
        if not isinstance(fragment, str)
        for element in fragment.iter()
    ]
    return check.faults + [
        fault
        for element in elements
        for fault in (
            faults_of(element.tag, list(element.attrib.items()))
            if isinstance(element.tag, str)
            else ["comment"]
        )
    ]
