"""Turns HTML into Markdown where readers lose nothing by it."""

from app.services.importing.html_to_markdown.blocks import blocks
from app.services.importing.html_to_markdown.fingerprint import Token, fingerprint
from app.services.importing.html_to_markdown.inline import NotMarkdown
from app.services.importing.html_to_markdown.nodes import read_html
from app.services.importing.html_to_markdown.tidy import tidy
from app.text.markdown import render_html, render_markdown

__all__ = ["NotMarkdown", "html_to_markdown"]


def html_to_markdown(html: str) -> str:
    """Return the Markdown of HTML, as far as readers get to see that.

    Both are rendered and compared; raises `NotMarkdown`, with the reason, when anything that
    readers get would be lost.
    """
    shown = tidy(read_html(render_html(html).html))
    markdown = blocks(shown.children)
    again = tidy(read_html(render_markdown(markdown).html))
    if difference := first_difference(fingerprint(shown), fingerprint(again)):
        raise NotMarkdown(difference)
    return markdown


def first_difference(before: list[Token], after: list[Token]) -> str | None:
    """Say where two fingerprints differ, None when they do not."""
    if before == after:
        return None
    pairs = zip([*before, None], [*after, None], strict=False)
    wanted, got = next((pair for pair in pairs if pair[0] != pair[1]), (None, None))
    return f"{_named(wanted)} would become {_named(got)}"


def _named(token: Token | None) -> str:
    return " ".join(str(part) for part in token if part)[:60] if token else "the end"
