"""Where a user is logged in, and ending that."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.auth.views import bp
from app.services import second_factor, sessions
from app.services.errors import NotFound


@bp.get("/security")
def security() -> str:
    """Show the second factor and every session."""
    user = current_user._get_current_object()
    return render_template(
        "auth/security.html",
        sessions=sessions.list_sessions(user=user),
        codes_left=second_factor.count_recovery_codes(user=user) if user.has_second_factor else 0,
    )


@bp.post("/sessions/<id:session_id>/end")
def end_one_session(session_id: int) -> BaseResponse:
    """Log the user out on one device."""
    if not sessions.end_one(user=current_user._get_current_object(), session_id=session_id):
        raise NotFound(_("This session has ended already."))
    flash(_("The device is logged out."), "success")
    return redirect(url_for("auth.security"))
