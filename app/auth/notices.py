"""Which mails a user gets."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.auth.forms import NoticesForm
from app.auth.views import Answer, bp
from app.extensions import csrf
from app.models import Permission, User
from app.services import notices as service


@bp.post("/notices")
def notices() -> BaseResponse:
    """Store which mails a user wants, and in which language."""
    user: User = current_user._get_current_object()
    form = NoticesForm()
    if form.validate_on_submit():
        service.change_wishes(
            user=user,
            language=form.language.data,
            notify_replies=form.notify_replies.data,
            notify_waiting=form.notify_waiting.data if user.can(Permission.DELETE) else None,
        )
        flash(_("Your wishes are saved."), "success")
    return redirect(url_for("auth.profile"))


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # Mail programs press the button (RFC 8058).
def unsubscribe(token: str) -> Answer:
    """Ask whether to send no more mails of a kind; the button does it, without logging in."""
    service.check_token(token)
    if request.method == "POST":
        service.unsubscribe(token=token)
    return render_template("auth/unsubscribe.html", done=request.method == "POST")
