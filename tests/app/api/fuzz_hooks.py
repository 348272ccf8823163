"""Makes generated requests refer to what exists, so that each valid one must be accepted.

A number, a cursor or a time that is of the right form but names nothing (or is past) is refused
with 422 and good reason; what has a wrong form is left as it is.
"""

import re
import uuid
from typing import Any

import schemathesis

MAX_ID = 999_999_999
KEY = re.compile(r"[!-~]{1,255}")
TIME = re.compile(r"[12]\d{3}(?=-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:\d\d)$)")


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case, _options: Any) -> None:
    """Refer to no category and no comment, to times to come, to first pages, and use keys once."""
    if isinstance(case.body, dict):
        case.body = mend_body(case.body)
    if isinstance(case.query, dict) and is_cursor(case.query.get("cursor")):
        case.query["cursor"] = ""
    if not case.headers or case.meta.generation.mode.is_negative:
        return
    if KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if case.headers.get("If-Match") == "0":
        # The coverage phase takes the pattern for satisfied by any text.
        case.headers["If-Match"] = '"0"'


def mend_body(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without references to what does not exist."""
    for name in ("category_id", "parent_id"):
        value = body.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and value == int(value) and 1 <= value <= MAX_ID:
            body = body | {name: None}
    if isinstance(body.get("expires_at"), str):
        body = body | {"expires_at": TIME.sub("2999", body["expires_at"])}
    return body


def is_cursor(value: Any) -> bool:
    """Say whether a text has the form of a cursor."""
    return isinstance(value, str) and len(value) <= 1000 and "\0" not in value
