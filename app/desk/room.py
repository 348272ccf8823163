"""What every page of the desk shares: the blueprint, and who is writing."""

from flask import Blueprint, session
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.models import Upload, User
from app.text.pictures import copy_path

bp = Blueprint("posts", __name__)

Answer = str | BaseResponse | tuple[str, int]

SAVED_COPIES = "saved_copies"
COPIES_REMEMBERED = 10


def writer() -> User:
    """Return the signed-in user; the table of routes lets nobody else in."""
    user: User = current_user._get_current_object()
    return user


def note_saved_copy(copy: str | None) -> None:
    """Remember that a browser's own copy of a text was saved, so that it is offered no more."""
    if copy and len(copy) <= 40 and copy.isalnum():
        session[SAVED_COPIES] = [copy, *session.get(SAVED_COPIES, [])][:COPIES_REMEMBERED]


@bp.app_template_global()
def saved_copies() -> str:
    """Return the names of this browser's copies that were saved."""
    return " ".join(session.get(SAVED_COPIES, []))


@bp.app_template_global()
def thumbnail(upload: Upload) -> str:
    """Return the address of the smallest copy of a picture."""
    path = copy_path(upload.path, upload.widths[0]) if upload.widths else upload.path
    return f"/uploads/{path}"
