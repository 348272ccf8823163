"""The block list."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.admin.forms import BlockForm
from app.admin.views import Answer, acting, bp
from app.forms import add_faults
from app.services import blocks as service
from app.services.errors import Invalid


@bp.route("/blocks", methods=["GET", "POST"])
def blocks() -> Answer:
    """Show the list; add to it."""
    form = BlockForm()
    if form.validate_on_submit():
        try:
            service.add_block(kind=form.kind.data, value=form.value.data, actor=acting())
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            flash(_("It is on the list now."), "success")
            return redirect(url_for("admin.blocks"))
    page = render_template("admin/blocks.html", form=form, blocks=service.list_blocks())
    return page, 422 if form.errors else 200


@bp.post("/blocks/<id:block_id>/remove")
def remove_block(block_id: int) -> BaseResponse:
    """Take something off the list."""
    service.remove_block(block_id=block_id, actor=acting())
    flash(_("It is off the list."), "success")
    return redirect(url_for("admin.blocks"))
