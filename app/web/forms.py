"""Forms of the public pages."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import Email, Length

from app.forms import NEEDED

MAX_MESSAGE_CHARS = 5000


class ContactForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types.
    """A message to the site's owner; `website` is a trap that people never see."""

    name = StringField(_l("Name"), validators=[NEEDED, Length(max=80)])
    email = EmailField(_l("E-mail"), validators=[NEEDED, Email(), Length(max=120)])
    message = TextAreaField(
        _l("Message"), validators=[NEEDED, Length(min=10, max=MAX_MESSAGE_CHARS)]
    )
    website = StringField(_l("Leave this empty"))

    def is_trapped(self) -> bool:
        """Say whether a robot filled in what people cannot see."""
        return bool(self.website.data)
