"""What forms share: rules of the services as validators, and their objections beside the fields."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.validators import InputRequired

NEEDED = InputRequired(_l("This field is needed."))


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types.
    """The base of every form; carries the token that a foreign page cannot know."""


class Rule:
    """Checks a field by a function that returns the faults of a text, as services have them."""

    def __init__(self, faults_of: Callable[[str], list[str]]) -> None:
        self.faults_of = faults_of

    def __call__(self, form: Form, field: Field) -> None:
        """Object with every fault found."""
        faults = self.faults_of(field.data or "")
        field.errors.extend(faults[:-1])
        if faults:
            raise ValidationError(faults[-1])


def add_faults(form: Form, faults: dict[str, list[str]]) -> None:
    """Put what a service objected to beside the fields it concerns, or above the form."""
    for name, sentences in faults.items():
        field: Any = form._fields.get(name)
        if field is None:
            form.form_errors.extend(sentences)
        else:
            field.errors = [*field.errors, *sentences]


class ButtonForm(Form):
    """Nothing but the proof that the button was on a page of ours."""
