"""Languages of the blog's pages: which there are, and which one a request gets."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, has_request_context, request
from flask_babel import get_locale, get_translations
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header, parse_cookie

from app.extensions import babel

# The code in the cookie and the address → the locale of Babel and the attribute of <html>.
LANGUAGES = {"en": "en", "zh": "zh_Hans_CN"}
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
NAMES = {"en": "English", "zh": "简体中文"}
COOKIE = "lang"


def init_app(app: Flask) -> None:
    """Choose a language for every request."""
    app.config["BABEL_DEFAULT_LOCALE"] = app.config["SITE_LANGUAGE"]
    app.config["BABEL_DEFAULT_TIMEZONE"] = app.config["TIME_ZONE"]
    babel.init_app(
        app, locale_selector=select_locale, timezone_selector=lambda: app.config["TIME_ZONE"]
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogue().ugettext(text),
        lambda one, many, count: catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        current_language=current_language,
        html_language=lambda: HTML_LANGUAGES[current_language()],
        language_names=NAMES,
    )


def select_locale() -> str:
    """Return the visitor's choice, else the best of Accept-Language, else the site's language."""
    site_language: str = current_app.config["SITE_LANGUAGE"]
    if not has_request_context():
        return site_language
    return chosen_language(request.environ, site_language)


def chosen_language(environ: Mapping[str, Any], site_language: str) -> str:
    """Return the locale of a request as the server has read it."""
    sent = environ.get("HTTP_COOKIE", "")
    chosen = LANGUAGES.get(parse_cookie(sent).get(COOKIE, "")) if COOKIE in sent else None
    accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return chosen or (best_of(accepted) if accepted else None) or site_language


@lru_cache(maxsize=1024)
def best_of(accepted: str) -> str | None:
    """Return the locale that an Accept-Language header likes best of ours."""
    for wanted in parse_accept_header(accepted, LanguageAccept).values():
        if language := LANGUAGES.get(wanted.lower().replace("_", "-").split("-")[0]):
            return language
    return None


_catalogues: dict[str, Any] = {}


def catalogue() -> Any:
    """Return the translations of the language in use, found by one look instead of ten."""
    locale = get_locale()
    if locale is None:
        return get_translations()
    found = _catalogues.get(locale.language)
    if found is None:
        found = _catalogues[locale.language] = get_translations()
    return found


def current_language() -> str:
    """Return the code of the language in use: a key of `LANGUAGES`."""
    locale = get_locale()
    return "zh" if locale is not None and locale.language == "zh" else "en"


def language_path(code: str, next_path: str) -> str:
    """Return the address that switches the language and comes back."""
    return f"/language/{code}?{urlencode({'next': next_path})}"
