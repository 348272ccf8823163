"""The pages of the desk."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.desk.forms import PostForm, shown_values
from app.forms import ButtonForm, add_faults
from app.models import Post, User
from app.services import publishing
from app.services.desk import State, list_manuscripts
from app.services.errors import Conflict, Invalid, NotFound

bp = Blueprint("posts", __name__)

POSTS_PER_PAGE = 30

Answer = str | BaseResponse | tuple[str, int]


def writer() -> User:
    """Return the signed-in user; the table of routes lets nobody else in."""
    user: User = current_user._get_current_object()
    return user


@bp.get("/")
def index() -> Answer:
    """List the user's articles; an editor may see everyone's."""
    state = State.of(request.args.get("state", ""))
    everyone = request.args.get("everyone") == "1"
    page = list_manuscripts(
        user=writer(),
        state=state,
        everyone=everyone,
        page=request.args.get("page", 1, type=int),
        per_page=POSTS_PER_PAGE,
    )
    return render_template("desk/index.html", page=page, state=state, everyone=everyone)


@bp.route("/posts/new", methods=["GET", "POST"])
def new() -> Answer:
    """Write an article."""
    form = PostForm(user=writer())
    if form.validate_on_submit():
        try:
            post = publishing.create_post(author=writer(), **form.fields())
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            return saved(post)
    return form_page(form, status=422 if form.errors else 200)


@bp.route("/posts/<id:post_id>/edit", methods=["GET", "POST"])
def edit(post_id: int) -> Answer:
    """Change an article; what someone else has changed meanwhile is shown, never overwritten."""
    try:
        post = publishing.editable_post(post_id=post_id, user=writer())
    except NotFound:
        if request.method == "POST":
            return deleted_meanwhile()
        raise
    form = PostForm(user=writer(), post=post)
    if form.validate_on_submit():
        try:
            post = publishing.update_post(
                post_id=post_id,
                editor=writer(),
                version=form.expected_version(),
                **form.fields(),
            )
        except Invalid as error:
            add_faults(form, error.fields)
        except Conflict:
            return conflict_page(form, post_id)
        else:
            return saved(post)
    return form_page(form, post=post, status=422 if form.errors else 200)


def saved(post: Post) -> BaseResponse:
    """Say what has become of the article, and show it where readers can see it."""
    if post.is_public:
        flash(_("Saved. Readers see it now."), "success")
        return redirect(url_for("main.article", slug=post.slug))
    if post.is_published:
        flash(_("Saved. It appears at the time you set."), "success")
    else:
        flash(_("Saved as a draft."), "success")
    return redirect(url_for("posts.edit", post_id=post.id))


def conflict_page(form: PostForm, post_id: int) -> Answer:
    """Show the other's text beside the one that was sent; saving again replaces the other's."""
    theirs = publishing.editable_post(post_id=post_id, user=writer())
    form.version.data = str(theirs.version)
    values = shown_values(theirs)
    names = ("title", "content", "summary", "slug", "tags")
    differing = [
        (form[name].label.text, values[name])
        for name in names
        if (form[name].data or "").splitlines() != values[name].splitlines()
    ]
    return form_page(form, post=theirs, status=409, differing=differing)


def deleted_meanwhile() -> Answer:
    """Keep the text of an article that is no longer there: saving makes a new one of it."""
    form = PostForm(user=writer())
    form.form_errors.append(_("Someone has deleted this article. Saving makes a new one."))
    form.version.data = ""
    return form_page(form, status=409)


def form_page(
    form: PostForm,
    *,
    status: int,
    post: Post | None = None,
    differing: list[tuple[str, str]] | None = None,
) -> Answer:
    """Render the form for a new or an existing article."""
    action = url_for("posts.edit", post_id=post.id) if post else url_for("posts.new")
    page = render_template(
        "desk/edit.html", form=form, post=post, action=action, differing=differing
    )
    return page, status


@bp.post("/posts/preview")
def preview() -> Answer:
    """Show the text of the form as readers would see it; nothing is stored."""
    content_format = "html" if request.args.get("format") == "html" else "markdown"
    try:
        rendered = publishing.preview(
            content=request.form.get("content", ""), content_format=content_format
        )
    except Invalid as error:
        return render_template("desk/preview.html", faults=error.fields["content"]), 422
    title = request.form.get("title", "").strip()
    return render_template("desk/preview.html", title=title, rendered=rendered)


@bp.route("/posts/<id:post_id>/delete", methods=["GET", "POST"])
def delete(post_id: int) -> Answer:
    """Ask whether to delete an article; the button does it."""
    post = publishing.editable_post(post_id=post_id, user=writer())
    form = ButtonForm()
    if not form.validate_on_submit():
        return render_template("desk/delete.html", form=form, post=post)
    publishing.delete_post(post_id=post_id, editor=writer())
    flash(_("The article is deleted."), "info")
    return redirect(url_for("posts.index"))
