"""The pages of the desk on which articles are listed, written and deleted."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.desk.forms import PostForm, shown_values
from app.desk.room import Answer, bp, note_saved_copy, writer
from app.forms import ButtonForm, add_faults
from app.limits import limit, signed_in_user
from app.models import Autosave, Post
from app.services import autosaves, publishing, revisions, taxonomy, uploads
from app.services.desk import State, list_manuscripts
from app.services.errors import Conflict, Invalid, InvalidUpload, NotFound
from app.text.diff import Line

POSTS_PER_PAGE = 30


@bp.get("/")
def index() -> Answer:
    """List the user's articles; an editor may see everyone's."""
    state = State.of(request.args.get("state", ""))
    everyone = request.args.get("everyone") == "1"
    words = request.args.get("q", "").strip()
    category_id = request.args.get("category", type=int)
    page = list_manuscripts(
        user=writer(),
        state=state,
        everyone=everyone,
        words=words,
        category_id=category_id,
        page=request.args.get("page", 1, type=int),
        per_page=POSTS_PER_PAGE,
    )
    return render_template(
        "desk/index.html",
        page=page,
        state=state,
        everyone=everyone,
        words=words,
        category_id=category_id,
        categories=taxonomy.list_categories(),
        unsaved=autosaves.list_new(user=writer()),
    )


@bp.route("/posts/new", methods=["GET", "POST"])
def new() -> Answer:
    """Write an article; `draft` continues one that was not saved."""
    kept = autosaves.of_new(user=writer(), autosave_id=request.values.get("draft", type=int))
    form = PostForm(user=writer(), kept=kept)
    if form.validate_on_submit():
        try:
            post = publishing.create_post(author=writer(), **form.fields())
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            autosaves.forget(user=writer(), post_id=None, autosave_id=kept.id if kept else None)
            return saved(post, form)
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
    kept = autosaves.of_post(user=writer(), post_id=post_id)
    wanted = kept if "draft" in request.args else None
    form = PostForm(user=writer(), post=post, kept=wanted)
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
            autosaves.forget(user=writer(), post_id=post_id, autosave_id=None)
            return saved(post, form)
    unsaved = kept if request.method == "GET" and not wanted else None
    return form_page(form, post=post, unsaved=unsaved, status=422 if form.errors else 200)


@bp.post("/posts/picture")
@limit("upload", key=signed_in_user)
def picture() -> Answer:
    """Put the picture that came with the form under its text; nothing of the form is saved."""
    post_id = request.args.get("post", type=int)
    post = publishing.editable_post(post_id=post_id, user=writer()) if post_id else None
    form = PostForm(user=writer(), post=post)
    file = request.files.get("picture")
    form.picture.data = None
    try:
        if file is None or not file.filename:
            raise InvalidUpload(_("Choose a picture first."))
        stored = uploads.store_image(data=file.read(), filename=file.filename, owner_id=writer().id)
    except InvalidUpload as error:
        form.picture.errors = [str(error)]
        return form_page(form, post=post, status=422)
    text = (form.content.data or "").rstrip()
    form.content.data = f"{text}\n\n![]({stored.url})\n".lstrip()
    return form_page(form, post=post, status=200)


def saved(post: Post, form: PostForm) -> BaseResponse:
    """Say what has become of the article, and show it where readers can see it."""
    note_saved_copy(form.copy.data)
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
    mine = revisions.Texts(form.title.data or "", form.summary.data or "", form.content.data or "")
    compared = revisions.differences(revisions.Texts.of(theirs), mine)
    return form_page(form, post=theirs, status=409, differing=differing, compared=compared)


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
    unsaved: Autosave | None = None,
    differing: list[tuple[str, str]] | None = None,
    compared: dict[str, list[Line]] | None = None,
) -> Answer:
    """Render the form for a new or an existing article."""
    action = url_for("posts.edit", post_id=post.id) if post else url_for("posts.new")
    page = render_template(
        "desk/edit.html",
        form=form,
        post=post,
        action=action,
        unsaved=unsaved,
        differing=differing,
        compared=compared,
        most_image_bytes=uploads.MAX_IMAGE_BYTES,
    )
    return page, status


@bp.post("/posts/preview")
@limit("preview", key=signed_in_user)
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
