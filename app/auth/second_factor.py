"""The pages of the second factor: asking for a code, setting it up, switching it off."""

import segno
from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from app.auth import entry
from app.auth.forms import CodeForm, SetUpForm
from app.auth.views import Answer, bp
from app.forms import add_faults
from app.limits import limit
from app.models import User
from app.services import second_factor as service
from app.services.errors import Invalid

SALT = "second-factor-salt"


def who_types_a_code() -> str:
    """Return a key for the account that codes are typed for."""
    noted = entry.pending_login()
    return str(noted["user"] if noted else current_user.get_id())


def signed_in() -> User:
    """Return the user of a page that the guard has kept everyone else from."""
    user: User = current_user._get_current_object()
    return user


@bp.route("/second-factor", methods=["GET", "POST"])
@limit("second_factor", key=lambda: who_types_a_code())
def second_factor() -> Answer:
    """Open the session of a user whose password was right once the code is right as well."""
    noted = entry.pending_login()
    user = entry.pending_user(noted) if noted else None
    if noted is None or user is None:
        flash(_("Please log in again."), "info")
        return redirect(url_for("auth.login"))
    form = CodeForm()
    if form.validate_on_submit():
        if service.passes(user=user, code=form.code.data):
            entry.start_session(user, remember=noted["remember"])
            return redirect(entry.landing_page(user, noted["target"]))
        add_faults(form, {"code": [service.wrong_code()]})
    return render_template("auth/second_factor.html", form=form), 422 if form.errors else 200


@bp.route("/second-factor/setup", methods=["GET", "POST"])
@limit("second_factor", key=lambda: str(current_user.id))
def set_up_second_factor() -> Answer:
    """Show the secret of a new app and take its first code."""
    user = signed_in()
    if user.has_second_factor:
        return redirect(url_for("auth.security"))
    salt = session.setdefault(SALT, service.new_salt())
    form = SetUpForm()
    if form.validate_on_submit():
        try:
            if not user.check_password(form.password.data):
                raise Invalid({"password": [_("This is not your present password.")]})
            codes = service.set_up(user=user, salt=salt, code=form.code.data)
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            entry.start_session(user, remember=entry.remembered())
            return render_template("auth/recovery_codes.html", codes=codes)
    page = render_template(
        "auth/set_up_second_factor.html",
        form=form,
        secret=service.secret_of(user, salt),
        qr_code=qr_code(service.app_address(user, salt)),
    )
    return page, 422 if form.errors else 200


@bp.route("/second-factor/codes", methods=["GET", "POST"])
@limit("second_factor", key=lambda: str(current_user.id))
def renew_recovery_codes() -> Answer:
    """Replace the recovery codes."""
    form = CodeForm()
    if form.validate_on_submit():
        try:
            codes = service.renew_recovery_codes(user=signed_in(), code=form.code.data)
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            return render_template("auth/recovery_codes.html", codes=codes)
    page = render_template("auth/renew_recovery_codes.html", form=form)
    return page, 422 if form.errors else 200


@bp.route("/second-factor/off", methods=["GET", "POST"])
@limit("second_factor", key=lambda: str(current_user.id))
def switch_off_second_factor() -> Answer:
    """Ask for no codes any more."""
    user = signed_in()
    form = CodeForm()
    if form.validate_on_submit():
        try:
            service.switch_off(user=user, code=form.code.data)
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            entry.start_session(user, remember=entry.remembered())
            flash(_("The second factor is off. All other devices are logged out."), "success")
            return redirect(url_for("auth.security"))
    page = render_template("auth/switch_off_second_factor.html", form=form)
    return page, 422 if form.errors else 200


def qr_code(text: str) -> Markup:
    """Return a picture that a phone reads, dark on light in either theme."""
    svg = segno.make(text, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code"
    )
    return Markup(svg)  # noqa: S704  # Made by us; the text is not part of it.
