"""What visitors do besides reading: write to the owner, choose a language, be counted."""

import hashlib
import re
from io import BytesIO

from flask import (
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from flask_talisman import Talisman
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.extensions import csrf
from app.forms import add_faults
from app.i18n import COOKIE, LANGUAGES
from app.limits import limit
from app.redirects import safe_next
from app.services import uploads
from app.services import views as view_counts
from app.services.errors import Invalid
from app.services.mail import send_contact_message
from app.web.forms import ContactForm
from app.web.views import bp

YEAR_SECONDS = 365 * 24 * 3600
ROBOT = re.compile(r"bot|crawl|spider|slurp|preview|monitor|headless|curl|wget|python|^$", re.I)
# A file that someone sent must never act as a page of this site.
UPLOAD_POLICY = {
    "default-src": "'none'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "sandbox": "",
}
sandboxed = Talisman()(content_security_policy=UPLOAD_POLICY)


@bp.route("/contact", methods=["GET", "POST"])
@limit("contact")
def contact() -> str | BaseResponse:
    """Send a message to the site's owner."""
    form = ContactForm()
    if not form.validate_on_submit():
        return render_template("main/contact.html", form=form)
    try:
        if not form.is_trapped():
            send_contact_message(
                name=form.name.data, email=form.email.data, message=form.message.data
            )
    except Invalid as error:
        add_faults(form, error.fields)
        return render_template("main/contact.html", form=form)
    flash(_("Thank you. Your message is on its way."), "success")
    return redirect(url_for("main.contact"))


@bp.get("/language/<code>")
def language(code: str) -> BaseResponse:
    """Remember the visitor's language and go back to where they were."""
    if code not in LANGUAGES:
        raise NotFound
    response = redirect(safe_next(request.args.get("next")))
    response.set_cookie(
        COOKIE,
        code,
        max_age=YEAR_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/uploads/<path:path>")
@sandboxed  # type: ignore[untyped-decorator]  # Talisman has no types.
def upload(path: str) -> Response:
    """Send a stored file; its name changes with its content, so it may be kept for ever."""
    stored = uploads.read_file(path)
    if stored is None:
        raise NotFound
    response = send_file(
        BytesIO(stored.data),
        mimetype=stored.media_type,
        as_attachment=not stored.is_picture,
        download_name=stored.filename,
        etag=hashlib.sha256(path.encode()).hexdigest()[:32],
        max_age=YEAR_SECONDS,
    )
    response.cache_control.public = True
    response.cache_control.immutable = True
    # Feed readers in a browser show our pictures on pages of their own.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.post("/beacon/<id:post_id>")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types.
def beacon(post_id: int) -> tuple[str, int]:
    """Count a view; the answer says nothing."""
    agent = request.user_agent.string
    from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    if from_here and not ROBOT.search(agent):
        visitor = hashlib.sha256(f"{request.remote_addr}\n{agent}".encode()).hexdigest()[:16]
        view_counts.record(post_id=post_id, visitor=visitor)
    return "", 204
