"""Languages of the blog's pages: which there are, and which one a request gets."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, has_request_context, request
from flask_babel import get_locale, get_translations

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
    if chosen := LANGUAGES.get(request.cookies.get(COOKIE, "")):
        return chosen
    for wanted in request.accept_languages.values():
        if language := LANGUAGES.get(wanted.lower().replace("_", "-").split("-")[0]):
            return language
    return site_language


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
