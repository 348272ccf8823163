"""Our own pictures tell the browser their size, and which copies there are."""

from dataclasses import dataclass, field

from bs4 import BeautifulSoup

from app.text.markdown import render_markdown
from app.text.pictures import stored_paths, with_sizes

PATH = f"ab/{'0' * 62}.png"


@dataclass
class Known:
    width: int | None = 900
    height: int | None = 600
    widths: list[int] = field(default_factory=lambda: [320, 640])
    alt: str = ""


def image(source: str, known: Known) -> dict[str, str]:
    html = with_sizes(render_markdown(source).html, {PATH: known})
    tag = BeautifulSoup(html, "html.parser").img
    assert tag
    return dict(tag.attrs)


def test_a_picture_has_its_size_and_its_copies() -> None:
    found = image(f"![A cat](/uploads/{PATH})", Known())
    stem = PATH.removesuffix(".png")
    assert (found["width"], found["height"], found["alt"]) == ("900", "600", "A cat")
    assert found["src"] == f"/uploads/{PATH}"
    assert found["srcset"] == (
        f"/uploads/{stem}-320.webp 320w, /uploads/{stem}-640.webp 640w, /uploads/{PATH} 900w"
    )
    assert found["loading"] == "lazy"


def test_a_description_fills_an_empty_alt_alone() -> None:
    known = Known(alt='"Quotes" & \\1')
    assert image(f"![](/uploads/{PATH})", known)["alt"] == '"Quotes" & \\1'
    assert image(f"![Mine](/uploads/{PATH})", known)["alt"] == "Mine"


def test_a_small_picture_and_one_with_a_size_of_its_own_stay() -> None:
    assert "srcset" not in image(f"![](/uploads/{PATH})", Known(widths=[]))
    given = image(f'<img src="/uploads/{PATH}" width="90">', Known())
    assert given["width"] == "90"
    assert "height" not in given


def test_what_is_not_ours_or_not_known_stays_as_it_is() -> None:
    for source in ("![](https://example.org/a.png)", f"![](/uploads/cd/{'1' * 62}.png)"):
        html = render_markdown(source).html
        assert with_sizes(html, {PATH: Known()}) == html
    html = render_markdown(f"![](/uploads/{PATH})").html
    assert with_sizes(html, {PATH: Known(width=None)}) == html


def test_links_to_documents_are_found_too() -> None:
    html = render_markdown(f"![](/uploads/{PATH}) [pdf](/uploads/cd/{'1' * 62}.pdf)").html
    assert stored_paths(html) == {PATH, f"cd/{'1' * 62}.pdf"}
