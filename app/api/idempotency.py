"""`Idempotency-Key`: a POST that is sent again is answered as it was the first time."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from app.caller import signed_in_caller
from app.services import idempotency
from app.services.errors import Invalid
from app.services.idempotency import Answer

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,255}")

View = Callable[..., Response]


def idempotent(kind: type[Any], describe: Callable[[Any], Response]) -> Callable[[View], View]:
    """Let a view that adds a row of `kind` be repeated; `describe` gives its answer for the row."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Response:
            key = request.headers.get(HEADER)
            if key is None:
                return view(*args, **kwargs)
            return once(key, kind, describe, lambda: view(*args, **kwargs))

        document = view._apidoc.setdefault("manual_doc", {})  # type: ignore[attr-defined]
        document["x-idempotent"] = True
        return wrapper

    return decorate


def once(
    key: str, kind: type[Any], describe: Callable[[Any], Response], perform: Callable[[], Response]
) -> Response:
    """Carry a request out unless it has been; return the answer of the first time."""
    if not KEY.fullmatch(key):
        raise Invalid({HEADER: [_("Use 1 to 255 printable ASCII characters.")]})
    user_id = signed_in_caller().id
    claimed = idempotency.claim(user_id=user_id, key=key, fingerprint=fingerprint())
    if isinstance(claimed, Answer):
        return replay(claimed)
    try:
        with idempotency.answering(claimed, kind, lambda row: kept(describe(row))) as answers:
            response = perform()
        if not answers:
            # Nothing had to be made: the same words, the same picture were there already.
            idempotency.keep_answer(claimed, kept(response))
        return response
    except Exception:
        idempotency.release(claimed)
        raise


def fingerprint() -> str:
    """Return what tells this request from another with the same key."""
    parts = (request.method, request.path, request.mimetype, *multipart_digests())
    content = b"" if request.files else request.get_data()
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + content).hexdigest()


def multipart_digests() -> list[str]:
    """Return digests of the files sent: the text between them differs with every request."""
    digests = []
    for name, file in request.files.items(multi=True):
        content = hashlib.sha256(file.stream.read()).hexdigest()
        file.stream.seek(0)
        digests.append(f"{name}:{file.filename}:{content}")
    return digests


def kept(response: Response) -> Answer:
    """Return what is kept of an answer."""
    return Answer(
        response.status_code, response.get_data(as_text=True), response.headers.get("Location")
    )


def replay(answer: Answer) -> Response:
    """Return a kept answer."""
    response = Response(answer.body, answer.status, mimetype="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    if answer.location:
        response.headers["Location"] = answer.location
    return response
