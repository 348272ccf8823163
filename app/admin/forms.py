"""Forms of those who run the blog."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from app.forms import Form

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
