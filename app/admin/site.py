"""Settings of the site, invitations, the outbox."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from app.admin.forms import InvitationForm, SiteForm
from app.admin.views import Answer, acting, bp
from app.forms import add_faults
from app.services import invitations, outbox_admin, overview, site_settings
from app.services.errors import Invalid

MESSAGES_PER_PAGE = 50


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> Answer:
    """Show and change the site's settings."""
    form = SiteForm(data=site_settings.current())
    if form.validate_on_submit():
        try:
            site_settings.change(
                actor=acting(), **{name: form[name].data for name in site_settings.NAMES}
            )
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            flash(_("The settings are saved. Every page follows within seconds."), "success")
            return redirect(url_for("admin.settings"))
    page = render_template(
        "admin/settings.html", form=form, invitation=InvitationForm(formdata=None)
    )
    return page, 422 if form.errors else 200


@bp.post("/invitations")
def invite() -> Answer:
    """Send an invitation."""
    form = InvitationForm()
    if form.validate_on_submit():
        try:
            invitations.invite(email=form.email.data, actor=acting())
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            flash(_("The invitation is on its way."), "success")
            return redirect(url_for("admin.settings"))
    settings_form = SiteForm(formdata=None, data=site_settings.current())
    return render_template("admin/settings.html", form=settings_form, invitation=form), 422


@bp.get("/outbox")
def outbox() -> str:
    """Show what is not sent or done yet, and what was given up."""
    page = outbox_admin.list_open(
        page=request.args.get("page", 1, type=int), per_page=MESSAGES_PER_PAGE
    )
    return render_template("admin/outbox.html", page=page, waiting=overview.count_waiting())


@bp.post("/outbox/<id:message_id>/retry")
def retry_message(message_id: int) -> BaseResponse:
    """Try one message again that was given up."""
    outbox_admin.revive_one(message_id=message_id, actor=acting())
    flash(_("The message is tried again."), "success")
    return redirect(url_for("admin.outbox"))


@bp.post("/outbox/retry")
def retry_dead() -> BaseResponse:
    """Try everything again that was given up."""
    count = outbox_admin.revive_all(actor=acting())
    flash(
        ngettext("%(num)d message is tried again.", "%(num)d messages are tried again.", count),
        "success",
    )
    return redirect(url_for("admin.outbox"))
