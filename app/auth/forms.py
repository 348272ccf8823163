"""Forms of the account pages."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo

from app.forms import NEEDED, Form, Rule, StrangersForm
from app.i18n import LANGUAGES, NAMES
from app.services.account_rules import (
    avatar_faults,
    bio_faults,
    email_faults,
    nickname_faults,
    password_faults,
    username_faults,
)

SAME = _l("The two passwords differ.")
PASSWORD_HINT = _l(
    "8 to 128 characters, with a capital letter, a small letter, a digit and a special character."
)


class RegisterForm(StrangersForm):
    """A new account."""

    username = StringField(
        _l("Username"),
        validators=[NEEDED, Rule(username_faults)],
        description=_l("3 to 20 letters, digits or _; a letter comes first."),
        render_kw={"autocomplete": "username", "maxlength": 20, "autocapitalize": "none"},
    )
    email = EmailField(
        _l("E-mail address"),
        validators=[NEEDED, Rule(lambda email: email_faults(email.strip()))],
        render_kw={"autocomplete": "email", "maxlength": 120},
    )
    password = PasswordField(
        _l("Password"),
        validators=[NEEDED, Rule(password_faults)],
        description=PASSWORD_HINT,
        render_kw={"autocomplete": "new-password", "maxlength": 128},
    )
    confirm_password = PasswordField(
        _l("Password once more"),
        validators=[NEEDED, EqualTo("password", SAME)],
        render_kw={"autocomplete": "new-password", "maxlength": 128},
    )
    agree_terms = BooleanField(
        _l("I agree to be civil and to write only what I may publish."),
        validators=[DataRequired(_l("Without this there is no account."))],
    )


class LoginForm(Form):
    """Who you are and how you prove it."""

    username = StringField(
        _l("Username or e-mail address"),
        validators=[NEEDED],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        _l("Password"), validators=[NEEDED], render_kw={"autocomplete": "current-password"}
    )
    remember = BooleanField(_l("Stay logged in on this device"))


class ProfileForm(Form):
    """What others see of you."""

    nickname = StringField(
        _l("Shown name"),
        validators=[Rule(nickname_faults)],
        description=_l("Readers see it instead of your username."),
        render_kw={"autocomplete": "nickname", "maxlength": 50},
    )
    bio = TextAreaField(
        _l("About you"), validators=[Rule(bio_faults)], render_kw={"rows": 4, "maxlength": 1000}
    )
    avatar_url = URLField(
        _l("Address of your picture"),
        validators=[Rule(avatar_faults)],
        description=_l("It begins with https://. Leave it empty for none."),
        # Not the browser's own check: our uploads have addresses without a host.
        render_kw={"type": "text", "inputmode": "url", "maxlength": 500},
    )
    avatar = FileField(
        _l("Or send a picture"),
        description=_l("PNG, JPEG, GIF or WebP, up to 5 MB."),
        render_kw={"accept": "image/png,image/jpeg,image/gif,image/webp"},
    )


class NoticesForm(Form):
    """Of what, and in which language, a user wants mail."""

    language = SelectField(_l("Language of mails"))
    notify_replies = BooleanField(_l("Mail me when someone replies to a comment of mine"))
    notify_waiting = BooleanField(_l("Mail me when comments wait for approval"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.language.choices = [SelectChoice(LANGUAGES[code], NAMES[code]) for code in NAMES]


class ChangePasswordForm(Form):
    """The present password and a new one."""

    old_password = PasswordField(
        _l("Present password"), validators=[NEEDED], render_kw={"autocomplete": "current-password"}
    )
    new_password = PasswordField(
        _l("New password"),
        validators=[NEEDED, Rule(password_faults)],
        description=PASSWORD_HINT,
        render_kw={"autocomplete": "new-password", "maxlength": 128},
    )
    confirm_password = PasswordField(
        _l("New password once more"),
        validators=[NEEDED, EqualTo("new_password", SAME)],
        render_kw={"autocomplete": "new-password", "maxlength": 128},
    )


class ResetRequestForm(Form):
    """The address to send a link to."""

    email = EmailField(
        _l("E-mail address"),
        validators=[NEEDED, Rule(lambda email: email_faults(email.strip()))],
        render_kw={"autocomplete": "email", "maxlength": 120},
    )


class ResetForm(Form):
    """A new password, for who followed the link."""

    new_password = ChangePasswordForm.new_password
    confirm_password = ChangePasswordForm.confirm_password


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = StringField(
        _l("Code"),
        validators=[NEEDED],
        description=_l("Six digits from your app, or one of your recovery codes."),
        render_kw={
            "autocomplete": "one-time-code",
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": 40,
        },
    )


class SetUpForm(Form):
    """The password, and the first code of a new app."""

    code = StringField(
        _l("Code that the app shows"),
        validators=[NEEDED],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 10},
    )
    password = PasswordField(
        _l("Your password"),
        validators=[NEEDED],
        render_kw={"autocomplete": "current-password", "maxlength": 128},
    )
