"""Categories and tags: renaming, merging, deleting."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from app.admin.forms import MergeForm, TopicForm
from app.admin.views import Answer, acting, bp
from app.forms import ButtonForm, add_faults
from app.models import Category, Tag
from app.services import topics as service
from app.services.errors import Invalid

KINDS: dict[str, type[Any]] = {"category": Category, "tag": Tag}


@bp.get("/topics")
def topics() -> str:
    """List the categories and the tags with the number of their articles."""
    return render_template(
        "admin/topics.html",
        lists=[
            ("category", _("Categories"), service.count_posts(Category)),
            ("tag", _("Tags"), service.count_posts(Tag)),
        ],
    )


@bp.route("/topics/<kind>/new", methods=["GET", "POST"])
def new_topic(kind: str) -> Answer:
    """Add a category or a tag."""
    form = TopicForm()
    if form.validate_on_submit():
        try:
            service.create_topic(kind_of(kind), editor=acting(), **form.values(kind))
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            return done(_("It is added."))
    page = render_template("admin/new_topic.html", form=form, kind=kind_of(kind).__tablename__)
    return page, 422 if form.errors else 200


@bp.route("/topics/<kind>/<id:topic_id>", methods=["GET", "POST"])
def topic(kind: str, topic_id: int) -> Answer:
    """Change a category or a tag."""
    found = service.find_topic(kind_of(kind), topic_id=topic_id)
    form = TopicForm(obj=found)
    if form.validate_on_submit():
        try:
            service.update_topic(
                kind_of(kind), editor=acting(), topic_id=topic_id, **form.values(kind)
            )
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            return done(_("It is changed; its former address leads to the new one."))
    others = [row for row, _posts in service.count_posts(kind_of(kind)) if row.id != topic_id]
    merge = MergeForm(formdata=None)
    merge.into.choices = [SelectChoice(row.id, row.name) for row in others]
    page = render_template(
        "admin/topic.html", form=form, topic=found, kind=kind, merge=merge if others else None
    )
    return page, 422 if form.errors else 200


@bp.post("/topics/<kind>/<id:topic_id>/merge")
def merge_topic(kind: str, topic_id: int) -> BaseResponse:
    """Move the articles of a category or a tag to another one."""
    form = MergeForm()
    form.into.choices = [
        SelectChoice(row.id, row.name) for row, _posts in service.count_posts(kind_of(kind))
    ]
    if not form.validate_on_submit():
        raise NotFound
    service.merge_topic(kind_of(kind), editor=acting(), topic_id=topic_id, into_id=form.into.data)
    return done(_("The two are one now; the former address leads to the other one."))


@bp.post("/topics/<kind>/<id:topic_id>/delete")
def delete_topic(kind: str, topic_id: int) -> BaseResponse:
    """Delete a category or a tag; its articles stay."""
    if ButtonForm().validate_on_submit():
        service.delete_topic(kind_of(kind), editor=acting(), topic_id=topic_id)
    return done(_("It is deleted; its articles stay."))


def kind_of(name: str) -> type[Any]:
    """Return the model that an address names; 404 for another name."""
    if name not in KINDS:
        raise NotFound
    return KINDS[name]


def done(message: str) -> BaseResponse:
    """Return to the list and say what happened."""
    flash(message, "success")
    return redirect(url_for("admin.topics"))
