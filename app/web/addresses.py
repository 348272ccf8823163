"""Addresses that pages link to: absolute ones, pages of a list, the way back."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import abort, current_app, request, url_for

from app.ops.copies import KNOWN_ARGUMENTS
from app.visitor import carries_login

# What stands in an address as it is; the percent sign belongs to what is encoded already.
URL_CHARACTERS = "/?#[]@!$&'()*+,;=:%~"


def absolute(path: str) -> str:
    """Return the address that readers use for a path of the site, percent-encoded."""
    return f"{current_app.config['SITE_URL']}{quote(path, safe=URL_CHARACTERS)}"


def page_argument() -> int:
    """Return the page asked for, 1 by default; 404 for what is not a number above 0."""
    value = request.args.get("page", "1")
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value)):
        abort(404)
    return int(value)


def kept_arguments() -> dict[str, list[str]]:
    """Return the query arguments that links of a list carry on: all of them.

    A page that a cache keeps for everyone must not depend on arguments which its key leaves out:
    there only the known ones are carried on.
    """
    arguments = request.args.to_dict(flat=False)
    if carries_login() or not current_app.config["PAGE_CACHE_LIST_SECONDS"]:
        return arguments
    return {name: arguments[name] for name in KNOWN_ARGUMENTS if name in arguments}


def page_url(endpoint: str, number: int, **values: Any) -> str:
    """Return the address of another page of a list; the first one carries no number."""
    arguments = {name: kept for name, kept in kept_arguments().items() if name != "page"}
    if number != 1:
        arguments["page"] = [str(number)]
    return with_query(url_for(endpoint, **values), arguments)


def here() -> str:
    """Return the path and the kept arguments of the page at hand."""
    return with_query(request.path, kept_arguments())


def with_query(path: str, arguments: dict[str, list[str]]) -> str:
    """Append query arguments to an address.

    They never pass through `url_for`, which gives names such as `_external` a meaning.
    """
    separator = "&" if "?" in path else "?"
    return f"{path}{separator}{urlencode(arguments, doseq=True)}" if arguments else path
