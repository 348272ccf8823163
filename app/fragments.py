"""Pieces of pages that many pages share, rendered once in a process for each of their contents.

In a template: `{% call remembered("footer", config.SITE_NAME) %}…{% endcall %}`. The key is what
stands in the parentheses, and the language: it must hold whatever the piece shows.
"""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from flask import Flask, current_app
from markupsafe import Markup

from app.i18n import current_language

if TYPE_CHECKING:
    from app.models import Post
    from app.services.listed import ListedPost

MOST_PIECES = 4096
MOST_CHARS = 4_000_000


def init_app(app: Flask) -> None:
    """Offer `remembered` and `shown` to templates."""
    app.jinja_env.globals.update(remembered=remembering(app), shown=shown)


def remembering(app: Flask) -> Callable[..., Markup]:
    """Return the function that renders a piece, or gives what it rendered before."""
    pieces: dict[Hashable, Markup] = {}
    held = 0  # Characters, as far as the pieces hold them.

    def remembered(*key: Hashable, caller: Callable[[], Markup]) -> Markup:
        nonlocal held
        if app.debug:
            return caller()
        full_key = (current_language(), *key)
        piece = pieces.get(full_key)
        if piece is None:
            if len(pieces) >= MOST_PIECES or held > MOST_CHARS:
                pieces.clear()
                held = 0
            piece = pieces[full_key] = caller()
            held += len(piece)
        return piece

    return remembered


def shown(post: "Post | ListedPost") -> Hashable:
    """Return what a list shows of a post, and what of the site's settings that depends on."""
    author, category, config = post.author, post.category, current_app.config
    return (
        config["TIME_ZONE"],
        config["SITE_LANGUAGE"],
        post.slug,
        post.title,
        post.summary,
        post.language,
        post.published_at,
        post.reading_minutes,
        author.username,
        author.display_name,
        (category.slug, category.name) if category else None,
    )
