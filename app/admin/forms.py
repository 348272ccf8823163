"""Forms of those who run the blog."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, Regexp

from app.forms import NEEDED, Form, Rule
from app.i18n import LANGUAGES, NAMES
from app.services.account_rules import email_faults

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*\Z"
BAD_SLUG = _l("Use small letters, digits and single hyphens.")
ROLES = {
    "guest": _l("Reader"),
    "author": _l("Author"),
    "editor": _l("Editor"),
    "admin": _l("Admin"),
}


class UserForm(Form):
    """What an account may do."""

    role = SelectField(_l("Role"), choices=[SelectChoice(*role) for role in ROLES.items()])
    is_active = BooleanField(_l("The account is open"))


def choose(choices: dict[str, str]) -> list[SelectChoice]:
    """Return the choices of a select."""
    return [SelectChoice(*choice) for choice in choices.items()]


class SiteForm(Form):
    """What a site is called, and who may do what on it."""

    site_name = StringField(_l("Title"), validators=[NEEDED], render_kw={"maxlength": 60})
    site_tagline = StringField(_l("Tagline"), validators=[NEEDED], render_kw={"maxlength": 150})
    site_language = SelectField(
        _l("Language"), choices=choose({LANGUAGES[code]: name for code, name in NAMES.items()})
    )
    time_zone = StringField(
        _l("Time zone"),
        validators=[NEEDED],
        description=_l("Such as Asia/Shanghai or UTC."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    registration = SelectField(
        _l("Who may register"),
        choices=choose(
            {
                "open": _l("Everyone"),
                "invitation": _l("Whom an admin invites"),
                "closed": _l("Nobody"),
            }
        ),
    )
    comments = SelectField(
        _l("Comments"),
        choices=choose(
            {
                "open": _l("A person’s first one waits for approval"),
                "moderated": _l("Every one waits for approval"),
                "closed": _l("None"),
            }
        ),
    )


class InvitationForm(Form):
    """Whom to invite."""

    email = EmailField(
        _l("E-mail address"),
        validators=[NEEDED, Rule(lambda email: email_faults(email.strip()))],
        render_kw={"maxlength": 120, "autocomplete": "off"},
    )


class TopicForm(Form):
    """A category or a tag."""

    name = StringField(_l("Name"), validators=[NEEDED, Length(max=50)], render_kw={"maxlength": 50})
    slug = StringField(
        _l("Address"),
        validators=[
            Optional(),
            Length(max=50),
            Regexp(SLUG, message=BAD_SLUG),
        ],
        description=_l("The last part of its address; made from the name when empty."),
        render_kw={"maxlength": 50, "autocapitalize": "none"},
    )
    description = StringField(
        _l("Description"), validators=[Length(max=200)], render_kw={"maxlength": 200}
    )

    def values(self, kind: str) -> dict[str, str]:
        """Return what was typed into the fields that this kind has."""
        names = ("name", "slug", "description") if kind == "category" else ("name", "slug")
        return {name: self[name].data for name in names}


class BlockForm(Form):
    """What to block."""

    kind = SelectField(
        _l("Kind"),
        choices=choose(
            {
                "word": _l("Word"),
                "email": _l("E-mail address"),
                "host": _l("Host"),
                "network": _l("Network"),
            }
        ),
    )
    value = StringField(
        _l("What to block"),
        validators=[NEEDED, Length(max=120)],
        description=_l("Such as casino, ann@example.org, example.org or 192.0.2.0/24."),
        render_kw={"maxlength": 120, "autocapitalize": "none", "autocomplete": "off"},
    )


class MergeForm(Form):
    """Where the articles go."""

    into = SelectField(_l("Merge into"), coerce=int)
