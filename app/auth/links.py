"""The pages behind the links in mails: confirming an address, choosing a new password."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.auth.forms import ResetForm, ResetRequestForm
from app.auth.known_device import remember_device
from app.auth.views import Answer, bp
from app.forms import ButtonForm
from app.limits import limit, signed_in_user
from app.services import credentials
from app.services.errors import NotFound


@bp.errorhandler(NotFound)
def dead_link(error: NotFound) -> tuple[str, int]:
    """Say that a link does not work any more, and where to get another."""
    return render_template("auth/dead_link.html", message=str(error)), 404


@bp.route("/verify/<token>", methods=["GET", "POST"])
def verify(token: str) -> Answer:
    """Ask whether to confirm the address; the button does it, for mail scanners follow links."""
    user = credentials.user_to_verify(token=token)
    form = ButtonForm()
    if not form.validate_on_submit():
        return render_template("auth/verify.html", form=form, email=user.email)
    credentials.verify_email(token=token)
    flash(_("Your address is confirmed."), "success")
    return redirect(url_for("auth.profile" if current_user.is_authenticated else "auth.login"))


@bp.post("/verify")
@limit("verify", key=signed_in_user)
def resend_verification() -> BaseResponse:
    """Send the confirmation mail again."""
    credentials.resend_verification(user=current_user._get_current_object())
    flash(_("We have sent you another mail."), "info")
    return redirect(url_for("auth.profile"))


@bp.route("/reset", methods=["GET", "POST"])
@limit("reset")
def reset_request() -> Answer:
    """Send a link to a new password; says the same whether the address is known or not."""
    form = ResetRequestForm()
    if form.validate_on_submit():
        credentials.request_password_reset(email=form.email.data)
        flash(_("If this address has an account, a mail with a link is on its way to it."), "info")
        return redirect(url_for("auth.login"))
    return render_template("auth/reset_request.html", form=form), 422 if form.errors else 200


@bp.route("/reset/<token>", methods=["GET", "POST"])
@limit("reset")
def reset(token: str) -> Answer:
    """Choose a new password."""
    user = credentials.user_to_reset(token=token)
    form = ResetForm()
    if form.validate_on_submit():
        credentials.reset_password(token=token, new_password=form.new_password.data)
        remember_device(user)
        flash(_("Your new password is set. Log in with it."), "success")
        return redirect(url_for("auth.login"))
    page = render_template("auth/reset.html", form=form, username=user.username)
    return page, 422 if form.errors else 200
