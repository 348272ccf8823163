"""What services object to stands beside the fields, or above the form."""

from flask import Flask
from wtforms import StringField

from app.forms import Form, Rule, add_faults


class Sample(Form):
    """A form with one field."""

    name = StringField(validators=[Rule(lambda text: ["Too short.", "Too plain."] if text else [])])


def test_every_fault_of_a_rule_is_shown(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"name": "x"}):
        form = Sample()
        assert not form.validate_on_submit()
        assert form.name.errors == ["Too short.", "Too plain."]


def test_faults_of_fields_that_the_form_lacks_stand_above_it(app: Flask) -> None:
    with app.test_request_context():
        form = Sample()
        add_faults(form, {"name": ["Taken."], "elsewhere": ["Closed."]})
        assert form.name.errors == ["Taken."]
        assert form.form_errors == ["Closed."]
