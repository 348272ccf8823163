"""Tokens: logging in, renewing, revoking, and those for scripts."""

import hashlib
from dataclasses import asdict
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from app.api.blueprint import bp, json_response
from app.api.parsing import read_json
from app.api.schemas.misc import (
    LoginInput,
    NewPersonalTokenSchema,
    PersonalTokenInput,
    PersonalTokenListSchema,
    PersonalTokenSchema,
    RefreshInput,
    RevokeInput,
    TokenPairSchema,
)
from app.caller import signed_in_caller, unauthorized
from app.limits import limit
from app.services import accounts, personal_tokens, second_factor, tokens
from app.services.account_rules import one_spelling
from app.services.errors import Invalid


def account_in_body() -> str:
    """Return a key for the account that a login names; hashed, as it may be any text."""
    try:
        body = read_json(request)
    except (HTTPException, Invalid):
        body = None  # The view says what is wrong with it.
    name = str(body.get("username", "")) if isinstance(body, dict) else ""
    return hashlib.sha256(one_spelling(name).encode("utf-8", "replace")).hexdigest()


@bp.route("/auth/token", methods=["POST"], tags=["tokens"])
@limit("login")
@limit("login_account", key=account_in_body, deduct_when=lambda answer: answer.status_code != 200)
@bp.arguments(LoginInput)
@bp.response(200, TokenPairSchema)
def create_token(fields: dict[str, Any]) -> Response:
    """Log in with name and password

    Who has set up a second factor also sends a `code` of the app, or a recovery code.
    """
    user = accounts.authenticate(login=fields["username"], password=fields["password"])
    if user is None:
        raise unauthorized(_("The name or the password is wrong."))
    if user.has_second_factor and not second_factor.passes(user=user, code=fields["code"]):
        raise unauthorized(_("A code of the second factor is needed, and none was right."))
    return json_response(TokenPairSchema().dump(asdict(tokens.issue(user=user))))


@bp.route("/auth/refresh", methods=["POST"], tags=["tokens"])
@bp.arguments(RefreshInput)
@bp.response(200, TokenPairSchema)
def refresh_token(fields: dict[str, Any]) -> Response:
    """Exchange a refresh token for a new pair

    A refresh token is good once; used twice, all tokens of its login are revoked.
    """
    pair = tokens.refresh(token=fields["refresh_token"])
    if pair is None:
        raise unauthorized(_("The token is not valid, has expired or was revoked."))
    return json_response(TokenPairSchema().dump(asdict(pair)))


@bp.route("/auth/revoke", methods=["POST"], tags=["tokens"])
@bp.arguments(RevokeInput)
@bp.response(204)
def revoke_token(fields: dict[str, Any]) -> Response:
    """Revoke a token

    An access or refresh token takes all tokens of its login with it. What is no token (any more)
    is answered the same way.
    """
    tokens.revoke(token=fields["token"])
    return Response(status=204)


@bp.route("/auth/tokens", tags=["tokens"])
@bp.response(200, PersonalTokenListSchema)
def list_personal_tokens() -> Response:
    """List one's personal tokens"""
    rows = personal_tokens.list_personal_tokens(user=signed_in_caller())
    return json_response({"items": PersonalTokenSchema(many=True).dump(rows)})


@bp.route("/auth/tokens", methods=["POST"], tags=["tokens"])
@bp.arguments(PersonalTokenInput)
@bp.response(201, NewPersonalTokenSchema)
def create_personal_token(fields: dict[str, Any]) -> Response:
    """Make a personal token for a script

    Its text is shown in this answer and never again. A personal token cannot make others.
    """
    made = personal_tokens.create_personal_token(user=signed_in_caller(), **fields)
    body = PersonalTokenSchema().dump(made.row) | {"token": made.text}
    return json_response(body, 201)


@bp.route("/auth/tokens/<id:token_id>", methods=["DELETE"], tags=["tokens"])
@bp.response(204)
def delete_personal_token(token_id: int) -> Response:
    """Revoke one of one's personal tokens"""
    personal_tokens.delete_personal_token(user=signed_in_caller(), token_id=token_id)
    return Response(status=204)
