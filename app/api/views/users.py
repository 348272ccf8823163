"""People."""

from typing import Any

from flask import Response

from app.api.blueprint import bp, digest, json_response
from app.api.conditions import require_match
from app.api.paging import numbered
from app.api.schemas.fields import PageArgs
from app.api.schemas.users import PRIVATE_FIELDS, UserChanges, UserPageSchema, UserSchema
from app.caller import caller, signed_in_caller
from app.models import User
from app.services import people

PUBLIC = UserSchema(exclude=PRIVATE_FIELDS)
WHOLE = UserSchema()


@bp.route("/users", tags=["users"])
@bp.arguments(PageArgs, location="query")
@bp.response(200, UserPageSchema)
def list_users(args: dict[str, Any]) -> Response:
    """List the people who write and comment here"""
    viewer = caller()
    body, headers = numbered(people.list_people(viewer=viewer, **args))
    body["items"] = [shown(user, viewer) for user in body["items"]]
    return json_response(body, headers=headers)


@bp.route("/users/me", tags=["users"])
@bp.response(200, UserSchema)
def read_me() -> Response:
    """Read one's own account"""
    return described(signed_in_caller())


@bp.route("/users/<id:user_id>", tags=["users"])
@bp.response(200, UserSchema)
def read_user(user_id: int) -> Response:
    """Read an account"""
    return described(people.find_person(user_id=user_id, viewer=caller()))


@bp.route("/users/<id:user_id>", methods=["PATCH"], tags=["users"])
@bp.arguments(UserChanges)
@bp.response(200, UserSchema)
def update_user(fields: dict[str, Any], user_id: int) -> Response:
    """Change one's own profile; admins change anyone's, and role and state"""
    actor = signed_in_caller()
    if people.sees_private(actor, people.find_person(user_id=user_id, viewer=actor)):
        present = described(people.find_person(user_id=user_id, viewer=actor))
        require_match(digest(present.get_data()))
    return described(people.change_person(user_id=user_id, actor=actor, **fields))


def described(user: User) -> Response:
    """Return the answer that shows an account."""
    response = json_response(shown(user, caller()))
    response.set_etag(digest(response.get_data()))
    return response


def shown(user: User, viewer: User | None) -> Any:
    """Return what a viewer sees of an account."""
    return (WHOLE if people.sees_private(viewer, user) else PUBLIC).dump(user)
