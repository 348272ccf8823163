"""Forms of the public pages."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import Email, Length

from app.forms import NEEDED, StrangersForm

MAX_MESSAGE_CHARS = 5000


class ContactForm(StrangersForm):
    """A message to the site's owner."""

    name = StringField(_l("Your name"), validators=[NEEDED, Length(max=80)])
    email = EmailField(_l("E-mail"), validators=[NEEDED, Email(), Length(max=120)])
    message = TextAreaField(
        _l("Message"), validators=[NEEDED, Length(min=10, max=MAX_MESSAGE_CHARS)]
    )
