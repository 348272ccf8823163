"""The accounts: finding them, their role and state, letting them out and in."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.admin.forms import UserForm
from app.admin.views import Answer, acting, bp
from app.models import Role
from app.services import people, sessions
from app.services.errors import Conflict

USERS_PER_PAGE = 30


@bp.get("/users")
def users() -> str:
    """List the accounts that fit the query."""
    page = people.search_people(
        query=request.args.get("q", ""),
        role=request.args.get("role", ""),
        state=request.args.get("state", ""),
        page=request.args.get("page", 1, type=int),
        per_page=USERS_PER_PAGE,
    )
    return render_template("admin/users.html", page=page)


@bp.route("/users/<id:user_id>", methods=["GET", "POST"])
def user(user_id: int) -> Answer:
    """Show an account; change its role and state."""
    found = people.find_person(user_id=user_id, viewer=acting())
    form = UserForm(data={"role": Role(found.role).name.lower(), "is_active": found.is_active})
    if form.validate_on_submit():
        try:
            people.change_person(
                user_id=user_id,
                actor=acting(),
                role=form.role.data,
                is_active=form.is_active.data,
            )
        except Conflict as error:
            form.form_errors.append(str(error))
        else:
            flash(_("The account is changed."), "success")
            return redirect(url_for("admin.user", user_id=user_id))
    page = render_template(
        "admin/user.html", form=form, user=found, sessions=sessions.list_sessions(user=found)
    )
    return page, 422 if form.errors else 200


@bp.post("/users/<id:user_id>/end-sessions")
def end_user_sessions(user_id: int) -> BaseResponse:
    """Log someone out everywhere."""
    people.end_sessions(user_id=user_id, actor=acting())
    flash(_("All devices of the account are logged out."), "success")
    return redirect(url_for("admin.user", user_id=user_id))


@bp.post("/users/<id:user_id>/remove-second-factor")
def remove_second_factor(user_id: int) -> BaseResponse:
    """Let someone in who has lost the app."""
    people.remove_second_factor(user_id=user_id, actor=acting())
    flash(_("The account opens with its password alone now."), "success")
    return redirect(url_for("admin.user", user_id=user_id))
