"""What HTML an article or a comment may contain, and nothing else."""

import re
from html import escape

import nh3
from pygments.token import STANDARD_TYPES

from app.text.nesting import check_nesting
from app.text.words import words

# Every id in content starts so: none can meet an id of the page or a name of the browser's DOM.
ID_PREFIX = "h-"
MAX_PASSES = 8
# A box of a task list says by itself whether it is checked; its name is the same in any language.
TASK_ATTRIBUTES = 'disabled="" aria-label="✓"'

TAGS = words(
    """a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q rp rt ruby s samp section small
    span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr"""
)
DROPPED_WITH_CONTENT = words(
    """script style template iframe noembed noframes noscript object svg math title textarea
    select button"""
)
ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"checked"},
    "li": {"id", "value"},
    "ol": {"start"},
    "sup": {"id"},
    **{cell: {"colspan", "rowspan"} for cell in ("td", "th")},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
ALIGNMENTS = {"align": {"left", "center", "right"}}
CLASSES = {
    "a": {"footnote-backref"},
    "hr": {"footnotes-sep"},
    "input": {"task-list-item-checkbox"},
    "li": {"footnote-item", "task-list-item"},
    "ol": {"footnotes-list", "contains-task-list"},
    "pre": {"highlight"},
    "section": {"footnotes"},
    "span": set(STANDARD_TYPES.values()) - {""},
    "sup": {"footnote-ref"},
    "ul": {"contains-task-list"},
}
COMMENT_TAGS = words("a blockquote br code em li ol p pre strong ul")

LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]{1,40}")
ID = re.compile(r"[\w:.-]{1,100}")
NUMBER = re.compile(r"[0-9]{1,4}")
PROTOCOL_RELATIVE = re.compile(r"\A[\x00-\x20]*[/\\][\t\r\n]*[/\\][/\\\t\r\n]*")
MAILTO = re.compile(r"[\x00-\x20]*mailto", re.IGNORECASE)
# XML may not contain these: a feed with one of them can't be read.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# As browsers read them; one that is never closed goes to the end.
COMMENT_TAG = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
# A whole drawing, formula or menu that contains no other one.
FOREIGN_ELEMENT = re.compile(
    r"<(svg|math|select)\b[^<]*(?:<(?!/?\1\b)[^<]*)*</\1\s*>", re.IGNORECASE | re.ASCII
)
PRE_START = re.compile(r"(<pre(?: [^>]*)?>)\n+")


def keep_attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value an attribute may have, None to drop it; the parser's callback."""
    match name:
        case "href":
            return with_scheme(value)
        case "src":
            return None if MAILTO.match(value) else with_scheme(value)
        case "id":
            return safe_id(value)
        case "class" if tag == "code":
            language = LANGUAGE_CLASS.search(value)
            return language and language.group()
        case "class":
            return " ".join(word for word in value.split() if word in CLASSES.get(tag, ())) or None
        case "width" | "height" | "start" | "value" | "colspan" | "rowspan":
            return value if NUMBER.fullmatch(value) else None
    return value


def with_scheme(url: str) -> str:
    """Return a URL that starts with its host as https: feeds and mails have no page to follow."""
    return PROTOCOL_RELATIVE.sub("https://", url)


def safe_id(value: str) -> str | None:
    """Return an id with the prefix of all ids in content, None when it has unusual characters."""
    if not ID.fullmatch(value):
        return None
    return value if value.startswith(ID_PREFIX) else ID_PREFIX + value


ARTICLE = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=DROPPED_WITH_CONTENT,
    attributes=ATTRIBUTES | {tag: ATTRIBUTES.get(tag, set()) | {"class"} for tag in CLASSES},
    attribute_filter=keep_attribute,
    tag_attribute_values={
        "input": {"type": {"checkbox"}},
        **dict.fromkeys(("td", "th", "p", "div"), ALIGNMENTS),
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener",
)
COMMENT = nh3.Cleaner(
    tags=COMMENT_TAGS,
    clean_content_tags=DROPPED_WITH_CONTENT,
    attributes={"a": {"href", "title"}},
    attribute_filter=keep_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener",
)


def sanitize(html: str) -> str:
    """Return the allowed part of any HTML, such that sanitising it again changes nothing.

    Raises TextTooLong for HTML nested so deep that parsing it would take minutes.
    """
    html = without_foreign(well_formed(html))
    check_nesting(html)
    # Taking an element out can leave what another parser reads differently, an attacker's way in.
    # So the answer is what reads the same twice.
    for _ in range(MAX_PASSES):
        html, previous = sanitize_once(html), html
        if html == previous:
            return html
    return escape(html, quote=False)


def without_foreign(html: str) -> str:
    """Return HTML without what is never allowed and read by rules of its own."""
    html = FOREIGN_ELEMENT.sub("", html)
    for _ in range(MAX_PASSES):
        html = COMMENT_TAG.sub("", html)
        if "<!--" not in html:
            return html
    return escape(html, quote=False)


def sanitize_once(html: str) -> str:
    """Return the allowed part of HTML that our own renderer made of Markdown without HTML."""
    # The parser may have met characters that are no text as references (`&#1;`).
    html = well_formed(ARTICLE.clean(html))
    # A line break that starts a <pre> is not part of it: each reading would take one more.
    html = PRE_START.sub(r"\1", html)
    html = html.replace("<img ", '<img loading="lazy" decoding="async" ')
    return html.replace("<input ", f"<input {TASK_ATTRIBUTES} ")


def sanitize_comment(html: str) -> str:
    """Return what a comment may contain: paragraphs, emphasis, code, lists, quotes and links."""
    return well_formed(COMMENT.clean(html))


def well_formed(text: str) -> str:
    """Return text that XML and a database accept: U+FFFD for NUL, lone surrogates and the like.

    Form feeds, which old documents have between pages, become line breaks.
    """
    return NOT_XML.sub(lambda match: "\n" if match[0] in "\v\f" else "\ufffd", text)
