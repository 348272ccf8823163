"""Shows what Ghost's cards hold as plain HTML; mobiledoc and lexical name them alike."""

from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Any

Payload = Mapping[str, Any]

# Cards for mails and sign-up forms, and the mark of a paywall: no part of an article here.
LEFT_OUT = frozenset({"email", "email-cta", "paywall", "signup", "transistor"})


class UnknownCard(Exception):
    """A card that nobody here can show."""


def card_html(name: str, payload: Payload) -> str:
    """Return a card's HTML; raises `UnknownCard`."""
    if name in LEFT_OUT:
        return ""
    try:
        return _CARDS[name.removeprefix("card-")](payload)
    except KeyError:
        raise UnknownCard(name) from None


def _text(payload: Payload, *names: str) -> str:
    values = (payload.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _figure(shown: str, payload: Payload) -> str:
    caption = _text(payload, "caption")
    return (
        f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"
        if caption
        else f"<p>{shown}</p>"
    )


def _image_tag(payload: Payload, *names: str) -> str:
    source = _text(payload, *(names or ("src", "url")))
    title = _text(payload, "title")
    titled = f' title="{escape(title)}"' if title else ""
    alt = escape(unescape(_text(payload, "alt")))
    return f'<img src="{escape(source)}" alt="{alt}"{titled}>' if source else ""


def _anchor(address: str, words: str = "") -> str:
    return f'<a href="{escape(address)}">{escape(words or address)}</a>' if address else ""


def _image(payload: Payload) -> str:
    shown = _image_tag(payload)
    if address := _text(payload, "href"):
        shown = f'<a href="{escape(address)}">{shown}</a>'
    return _figure(shown, payload)


def _gallery(payload: Payload) -> str:
    images = [image for image in payload.get("images") or [] if isinstance(image, Mapping)]
    shown = "".join(f"<p>{_image_tag(image)}</p>" for image in images)
    caption = _text(payload, "caption")
    return shown + (f"<p><em>{caption}</em></p>" if caption else "")


def _before_after(payload: Payload) -> str:
    pair = (payload.get("beforeImage"), payload.get("afterImage"))
    shown = "".join(f"<p>{_image_tag(image)}</p>" for image in pair if isinstance(image, Mapping))
    caption = _text(payload, "caption")
    return shown + (f"<p><em>{caption}</em></p>" if caption else "")


def _code(payload: Payload) -> str:
    language = _text(payload, "language").split()[:1]
    marked = f' class="language-{escape(language[0])}"' if language else ""
    shown = f"<pre><code{marked}>{escape(_text(payload, 'code'), quote=False)}</code></pre>"
    caption = _text(payload, "caption")
    return shown + (f"<p><em>{caption}</em></p>" if caption else "")


def _embed(payload: Payload) -> str:
    address = _text(payload, "url")
    if not address:
        return _figure(_text(payload, "html"), payload)
    metadata = payload.get("metadata")
    title = _text(metadata, "title") if isinstance(metadata, Mapping) else ""
    return _figure(_anchor(address, title), payload)


def _bookmark(payload: Payload) -> str:
    metadata = payload.get("metadata")
    about = metadata if isinstance(metadata, Mapping) else payload
    link = _anchor(_text(payload, "url"), _text(about, "title"))
    described = escape(_text(about, "description"))
    shown = f"{link}<br>{described}" if described else link
    caption = _text(payload, "caption")
    return f"<blockquote><p>{shown}</p></blockquote>" + (
        f"<p><em>{caption}</em></p>" if caption else ""
    )


def _callout(payload: Payload) -> str:
    emoji = escape(_text(payload, "calloutEmoji"))
    return f"<blockquote><p>{emoji} {_text(payload, 'calloutText')}</p></blockquote>"


def _toggle(payload: Payload) -> str:
    return f"<p><strong>{_text(payload, 'heading')}</strong></p>{_text(payload, 'content')}"


def _button(payload: Payload) -> str:
    return f"<p>{_anchor(_text(payload, 'buttonUrl'), _text(payload, 'buttonText'))}</p>"


def _file(payload: Payload) -> str:
    words = _text(payload, "title", "fileTitle", "fileName")
    shown = _anchor(_text(payload, "src"), words)
    caption = _text(payload, "caption", "fileCaption")
    return f"<p>{shown}</p>" + (f"<p><em>{caption}</em></p>" if caption else "")


def _product(payload: Payload) -> str:
    image = _image_tag(payload, "productImageSrc")
    title, description = _text(payload, "productTitle"), _text(payload, "productDescription")
    link = _anchor(_text(payload, "productUrl"), _text(payload, "productButton"))
    parts = (image, f"<strong>{title}</strong>" if title else "", description, link)
    return "".join(
        f"<p>{part}</p>" if not part.startswith("<p") else part for part in parts if part
    )


def _header(payload: Payload) -> str:
    heading, below = _text(payload, "header"), _text(payload, "subheader")
    shown = f"<h2>{heading}</h2>" if heading else ""
    shown += f"<p>{below}</p>" if below else ""
    return shown + (_button(payload) if _text(payload, "buttonUrl") else "")


def _call_to_action(payload: Payload) -> str:
    image = _image_tag(payload, "imageUrl")
    words = _text(payload, "textValue")
    shown = (f"<p>{image}</p>" if image else "") + (
        words if words.startswith("<p") else f"<p>{words}</p>"
    )
    return shown + (_button(payload) if _text(payload, "buttonUrl") else "")


_CARDS: dict[str, Callable[[Payload], str]] = {
    "audio": _file,
    "before-after": _before_after,
    "bookmark": _bookmark,
    "button": _button,
    "call-to-action": _call_to_action,
    "callout": _callout,
    "code": _code,
    "codeblock": _code,
    "embed": _embed,
    "file": _file,
    "gallery": _gallery,
    "header": _header,
    "horizontalrule": lambda _: "<hr>",
    "hr": lambda _: "<hr>",
    "html": lambda payload: _text(payload, "html"),
    "image": _image,
    "product": _product,
    "toggle": _toggle,
    "video": _file,
}
