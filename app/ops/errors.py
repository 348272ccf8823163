"""Turns everything that goes wrong into one kind of answer: a page, or JSON where that is asked."""

import logging

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, NotFound, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from app import correlation, metrics
from app.caller import is_api_request
from app.extensions import db
from app.models import Redirect, TopicRedirect, passwords
from app.services import errors as domain

logger = logging.getLogger(__name__)
RETRY_AFTER_SECONDS = 5
# Of forms: what someone may have written for an hour.
KEPT_FIELDS = ("title", "content", "summary", "message")

# What a service refuses → the status of the answer.
DOMAIN_STATUS: dict[type[domain.DomainError], int] = {
    domain.Taken: 409,
    domain.BadUpload: 400,
    domain.NotFound: 404,
    domain.Forbidden: 403,
    domain.Conflict: 409,
    domain.Invalid: 422,
}


def init_app(app: Flask) -> None:
    """Register a handler for each family of errors."""
    app.register_error_handler(NotFound, on_not_found)
    app.register_error_handler(domain.NotFound, on_not_found)
    app.register_error_handler(SecurityError, on_unknown_host)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(domain.DomainError, on_domain_error)
    app.register_error_handler(OperationalError, on_database_away)
    app.register_error_handler(PoolTimeoutError, on_database_away)
    app.register_error_handler(passwords.Busy, on_busy)
    app.register_error_handler(Exception, on_unexpected)


def on_not_found(error: NotFound | domain.NotFound) -> Response | BaseResponse:
    """Lead a former address to where the article is now."""
    if not is_api_request() and request.method in ("GET", "HEAD"):
        target = redirect_target(request.path)
        if target:
            return redirect(target, 301)
    if isinstance(error, NotFound):
        return on_http_error(error)
    return answer(404, str(error) if is_api_request() else None)


def on_unknown_host(_: SecurityError) -> Response:
    """Refuse a request for a host that is not ours; a page with links cannot be made for it."""
    return Response("This host is not served here.\n", 400, mimetype="text/plain")


def redirect_target(path: str) -> str | None:
    """Return the address of the article that used to live at a path, with or without a slash."""
    if "\0" in path:
        return None
    if path.startswith(("/categories/", "/tags/")):
        return topic_target(path)
    candidates = {path, path.rstrip("/"), path.rstrip("/") + "/"}
    statement = db.select(Redirect).where(Redirect.path.in_(candidates)).limit(1)
    try:
        found = db.session.scalars(statement).first()
        return found.post.path if found and found.post.is_public else None
    except (DBAPIError, PoolTimeoutError):
        return None


def topic_target(path: str) -> str | None:
    """Return the address of the category or tag that used to live at a path."""
    try:
        statement = db.select(TopicRedirect.target).where(TopicRedirect.path == path.rstrip("/"))
        found: str | None = db.session.scalar(statement)
        return found
    except (DBAPIError, PoolTimeoutError):
        return None


def on_csrf_error(error: CSRFError) -> Response:
    """Tell what to do about a form that was open for too long."""
    logger.info("Refused a form: %s", error.description)
    return answer(
        400,
        _(
            "This form has expired or was sent from another site. Go back, reload "
            "the page and send it again; copy your text first."
        ),
    )


def on_http_error(error: HTTPException) -> Response:
    """Keep the headers of an error (Allow, Retry-After, Location) and give it our body."""
    if error.response is not None:
        return make_response(error.response)
    response = answer(error.code or 500, written_for_programs(error))
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def written_for_programs(error: HTTPException) -> str | None:
    """Return what the API says about an error, unless it is an extension's own wording."""
    is_ours = error.description != type(error).description and error.code != 429
    return error.description if is_ours and is_api_request() else None


def on_domain_error(error: domain.DomainError) -> Response:
    """Answer what a view did not handle itself."""
    status = next(code for kind, code in DOMAIN_STATUS.items() if isinstance(error, kind))
    fields = error.fields if isinstance(error, domain.Invalid) else None
    return answer(status, str(error) or None, fields)


def on_database_away(error: Exception) -> Response:
    """Answer at once, and say when to try again; the connection is given back."""
    db.give_back()
    cause = getattr(error, "orig", None) or error
    logger.error("The database is unavailable: %s", type(cause).__name__)
    return busy()


def on_busy(_: passwords.Busy) -> Response:
    """Send away who would wait for long; nothing was begun."""
    db.give_back()
    return busy()


def busy() -> Response:
    """Build the answer that sends someone away for a moment."""
    response = answer(503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def on_unexpected(error: Exception) -> Response:
    """Log what nobody expected, with its trace; show none of it."""
    logger.exception("Unhandled %s", type(error).__name__)
    metrics.exceptions.labels(request.endpoint or "none").inc()
    db.give_back()
    return answer(500)


def answer(
    status: int, message: str | None = None, fields: dict[str, list[str]] | None = None
) -> Response:
    """Build the page, or the JSON, of an error; `fields` are the faults of each field."""
    title, explanation = texts().get(status, (_("Error"), _("The request failed.")))
    message = message or explanation
    request_id = correlation.request_id.get()
    if wants_json():
        response = jsonify(
            error=message,
            status=status,
            request_id=request_id,
            errors=fields or {},
        )
    else:
        response = make_response(
            render_template(
                "errors/error.html",
                status=status,
                title=title,
                message=message,
                request_id=request_id,
                kept=sent_texts(),
                # Someone may send us the page of a fault: the address stays out of it.
                tells_nothing=status >= 500,
            )
        )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def sent_texts() -> list[str]:
    """Return the texts of a form that came to nothing, so that their writer can take them along."""
    if request.method != "POST":
        return []
    try:
        return [request.form[name] for name in KEPT_FIELDS if request.form.get(name)]
    except HTTPException:  # What was sent is no form, or too large for one.
        return []


def wants_json() -> bool:
    """Say whether the client prefers JSON to HTML; one that asks for anything gets HTML.

    Whatever is not there under the API's addresses is said in JSON, too.
    """
    if is_api_request():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def texts() -> dict[int, tuple[str, str]]:
    """Return title and explanation of each error, in the visitor's language."""
    return {
        400: (_("Bad request"), _("The request could not be understood.")),
        401: (_("Please log in"), _("You have to log in to see this.")),
        403: (_("Not allowed"), _("You do not have the right to do this.")),
        404: (_("Page not found"), _("There is nothing at this address.")),
        405: (_("Method not allowed"), _("This address does not do that.")),
        406: (_("Not acceptable"), _("This address does not answer in a form that you accept.")),
        409: (_("Conflict"), _("Someone else changed the same thing first.")),
        412: (_("Conflict"), _("Someone else changed the same thing first.")),
        413: (_("Too large"), _("What you sent is too large.")),
        415: (_("Unsupported type"), _("This kind of content is not accepted here.")),
        422: (_("Please check your input"), _("Some of what you sent cannot be accepted.")),
        429: (
            _("Too many requests"),
            _("You are doing this too often. Wait a little, then retry."),
        ),
        500: (_("Something went wrong"), _("The error has been recorded. Please try again later.")),
        503: (_("Briefly unavailable"), _("Please try again in a few seconds.")),
    }
