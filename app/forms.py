"""What forms share: rules of the services as validators, and their objections beside the fields."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from itsdangerous import BadSignature
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired

from app.services.signing import Stamper

STAMP_SECONDS = 24 * 3600
NEEDED = InputRequired(_l("This field is needed."))


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types.
    """The base of every form; carries the token that a foreign page cannot know."""


class StrangersForm(Form):
    """A form that anyone can send: robots fill in what people never see, and are too quick."""

    website = StringField(_l("Leave this empty"))
    stamp = HiddenField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        if not self.is_submitted():
            self.stamp.data = new_stamp()

    def is_trapped(self) -> bool:
        """Say whether a robot filled in what people cannot see."""
        return bool(self.website.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and the time since the form was opened."""
        good = bool(super().validate(extra_validators))
        if fault := self.stamp_fault():
            self.form_errors.append(fault)
        return good and not fault

    def stamp_fault(self) -> str:
        """Say what is wrong with the time; a form that was sent too early keeps its stamp."""
        least = current_app.config["FORM_MIN_SECONDS"]
        if not least:
            return ""
        try:
            _value, opened = stamper().unsign(
                self.stamp.data or "", max_age=STAMP_SECONDS, return_timestamp=True
            )
        except BadSignature:
            self.stamp.data = new_stamp()
            return str(_l("This form was open for too long. Please send it once more."))
        age = (datetime.now(UTC) - opened).total_seconds()
        if 0 <= age < least:  # A machine whose clock is ahead may have stamped it.
            return str(_l("That was quick. Please send it once more."))
        return ""


def new_stamp() -> str:
    """Return the present time, signed; bound to no session, so that any page may carry it."""
    return stamper().sign("form").decode("ascii")


def stamper() -> Stamper:
    """Return the signer of stamps."""
    return Stamper(current_app.config["SECRET_KEY"], salt="form-stamp")


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
