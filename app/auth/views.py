"""The account pages."""

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.auth import entry
from app.auth.forms import ChangePasswordForm, LoginForm, NoticesForm, ProfileForm, RegisterForm
from app.auth.known_device import login_key
from app.extensions import login_manager
from app.forms import ButtonForm, add_faults
from app.limits import limit, signed_in_user
from app.models import User
from app.redirects import safe_next
from app.services import accounts, credentials, invitations, sessions, uploads
from app.services.errors import Forbidden, Invalid, InvalidUpload

bp = Blueprint("auth", __name__)

login_manager.login_view = "auth.login"
login_manager.login_message = _l("Please log in to see this page.")
login_manager.login_message_category = "info"

Answer = str | BaseResponse | tuple[str, int]


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types.
def load_user(session_id: str) -> User | None:
    """Give Flask-Login the user of a cookie."""
    return sessions.find_user(session_id)


@bp.route("/register", methods=["GET", "POST"])
@limit("register")
def register() -> Answer:
    """Make an account."""
    invitation = request.values.get("invitation", "")
    if not accounts.may_register(invitation):
        if request.method == "POST":
            raise Forbidden(_("Registration is closed."))
        return render_template("auth/closed.html")
    invited = invitations.invited_address(invitation) if invitation else ""
    form = RegisterForm(data={"email": invited})
    if form.validate_on_submit() and form.is_trapped():
        return redirect(url_for("auth.login"))  # A robot need not know that nothing was made.
    if form.validate_on_submit():
        try:
            user = accounts.register(
                username=form.username.data,
                email=form.email.data,
                password=form.password.data,
                invitation=invitation,
            )
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            if user.is_verified:
                flash(_("Welcome! Log in to begin."), "success")
            else:
                flash(_("Welcome! We have sent you a mail: follow the link in it."), "success")
            return redirect(url_for("auth.login"))
    return render_template("auth/register.html", form=form)


@bp.route("/login", methods=["GET", "POST"])
@limit("login")
@limit("login_account", key=login_key, deduct_when=lambda answer: answer.status_code != 302)
def login() -> Answer:
    """Open a session."""
    target = safe_next(request.values.get("next"), url_for("main.index"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target)
    form = LoginForm()
    if form.validate_on_submit():
        user = accounts.authenticate(login=form.username.data, password=form.password.data)
        if user is not None and user.has_second_factor:
            entry.ask_for_code(user, remember=form.remember.data, target=target)
            return redirect(url_for("auth.second_factor"))
        if user is not None:
            entry.start_session(user, remember=form.remember.data)
            return redirect(entry.landing_page(user, target))
        form.form_errors.append(_("Login error: the name or the password is wrong."))
    return render_template("auth/login.html", form=form, target=target)


@bp.route("/logout", methods=["GET", "POST"])
def logout() -> Answer:
    """Ask whether to end the session; the button ends it."""
    form = ButtonForm()
    if not form.validate_on_submit():
        return render_template("auth/logout.html", form=form)
    entry.end_session()
    flash(_("You are logged out."), "info")
    return redirect(url_for("auth.login"))


@bp.route("/profile", methods=["GET", "POST"])
def profile() -> Answer:
    """Show and change what others see of the user."""
    user: User = current_user._get_current_object()
    form = ProfileForm(obj=user)
    if not form.validate_on_submit():
        return profile_page(form)
    try:
        accounts.update_profile(
            user=user,
            nickname=form.nickname.data,
            bio=form.bio.data,
            avatar_url=sent_avatar(form, user) or form.avatar_url.data,
        )
    except InvalidUpload as error:
        form.avatar.errors = [str(error)]
        return profile_page(form)
    flash(_("Your profile is saved."), "success")
    return redirect(url_for("auth.profile"))


def profile_page(form: ProfileForm) -> Answer:
    """Return the page with both of its forms."""
    user: User = current_user._get_current_object()
    wishes = NoticesForm(
        formdata=None, data={"language": user.language or str(get_locale())}, obj=user
    )
    page = render_template("auth/profile.html", form=form, wishes=wishes)
    return page, 422 if form.errors else 200


def sent_avatar(form: ProfileForm, user: User) -> str | None:
    """Store the picture that came with the form and return its address; None without one."""
    if not form.avatar.data:
        return None
    stored = uploads.store_image(
        data=form.avatar.data.read(), filename=form.avatar.data.filename, owner_id=user.id
    )
    return stored.url


@bp.route("/password", methods=["GET", "POST"])
@limit("password", key=signed_in_user)
def change_password() -> Answer:
    """Replace the password; every other session ends."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        user: User = current_user._get_current_object()
        try:
            credentials.change_password(
                user=user,
                old_password=form.old_password.data,
                new_password=form.new_password.data,
            )
        except Invalid as error:
            add_faults(form, error.fields)
        else:
            entry.start_session(user, remember=entry.remembered())
            flash(_("Your password is changed. All other devices are logged out."), "success")
            return redirect(url_for("auth.profile"))
    return render_template("auth/change_password.html", form=form), 422 if form.errors else 200


@bp.route("/logout-everywhere", methods=["GET", "POST"])
def logout_everywhere() -> Answer:
    """Ask whether to end all sessions of the user; the button ends them, this one too."""
    form = ButtonForm()
    if not form.validate_on_submit():
        return render_template("auth/logout_everywhere.html", form=form)
    credentials.end_sessions(user=current_user._get_current_object())
    entry.end_session()
    flash(_("You are logged out on all devices."), "info")
    return redirect(url_for("auth.login"))
