import pytest

from app.services.importing.content import Block, convert_blocks
from app.services.importing.ghost.cards import UnknownCard, card_html


@pytest.mark.parametrize(
    ("name", "payload", "markdown"),
    [
        (
            "image",
            {"src": "a.png", "alt": "A &amp; b", "title": "T", "href": "/x", "caption": "<b>C</b>"},
            '[![A & b](a.png "T")](/x)\n\n***C***',
        ),
        ("card-image", {"src": "a.png"}, "![](a.png)"),
        ("image", {"src": ""}, ""),
        (
            "gallery",
            {"images": [{"src": "a.png", "alt": "A"}, {"src": "b.png"}, "?"], "caption": "C"},
            "![A](a.png)\n\n![](b.png)\n\n*C*",
        ),
        ("gallery", {}, ""),
        (
            "before-after",
            {"beforeImage": {"src": "a.png"}, "afterImage": {"src": "b.png"}, "caption": "C"},
            "![](a.png)\n\n![](b.png)\n\n*C*",
        ),
        ("code", {"code": "a < b", "language": "c", "caption": "C"}, "```c\na < b\n```\n\n*C*"),
        ("codeblock", {"code": "x"}, "```\nx\n```"),
        (
            "embed",
            {"url": "https://a.example/v", "metadata": {"title": "V"}, "caption": "C"},
            "[V](https://a.example/v)\n\n*C*",
        ),
        ("embed", {"url": "https://a.example/v"}, "<https://a.example/v>"),
        ("embed", {"html": '<iframe src="https://a.example/v"></iframe>'}, "<https://a.example/v>"),
        (
            "bookmark",
            {"url": "/x", "metadata": {"title": "T", "description": "D & e"}, "caption": "C"},
            "> [T](/x)\\\n> D & e\n\n*C*",
        ),
        ("bookmark", {"url": "/x", "title": "T"}, "> [T](/x)"),
        ("callout", {"calloutEmoji": "💡", "calloutText": "<b>Mind</b>"}, "> 💡 **Mind**"),
        ("toggle", {"heading": "H", "content": "<p>c</p>"}, "**H**\n\nc"),
        ("button", {"buttonUrl": "/x", "buttonText": "Go"}, "[Go](/x)"),
        ("file", {"src": "a.pdf", "fileTitle": "T", "fileCaption": "C"}, "[T](a.pdf)\n\n*C*"),
        ("audio", {"src": "a.mp3"}, "[a.mp3](a.mp3)"),
        ("video", {"src": "a.mp4", "caption": "C"}, "[a.mp4](a.mp4)\n\n*C*"),
        (
            "product",
            {
                "productImageSrc": "a.png",
                "productTitle": "T",
                "productDescription": "<p>D</p>",
                "productUrl": "/x",
                "productButton": "Buy",
            },
            "![](a.png)\n\n**T**\n\nD\n\n[Buy](/x)",
        ),
        ("product", {}, ""),
        (
            "header",
            {"header": "H", "subheader": "S", "buttonUrl": "/x", "buttonText": "Go"},
            "# H\n\nS\n\n[Go](/x)",
        ),
        ("header", {}, ""),
        (
            "call-to-action",
            {"textValue": "<p>T</p>", "imageUrl": "a.png", "buttonUrl": "/x", "buttonText": "Go"},
            "![](a.png)\n\nT\n\n[Go](/x)",
        ),
        ("call-to-action", {"textValue": "T"}, "T"),
        ("html", {"html": "<p>x</p>"}, "x"),
        ("hr", {}, "---"),
        ("paywall", {}, ""),
        ("email", {"html": "<p>Only in the mail</p>"}, ""),
    ],
)
def test_cards_become_markdown(name, payload, markdown):
    assert convert_blocks([Block(card_html(name, payload))]).content == markdown


def test_an_unknown_card_is_told():
    with pytest.raises(UnknownCard):
        card_html("hologram", {})
