"""Defences of mails, tables and logs, where a text could end its line or cell."""

import logging

from app import db
from app.models import OutboxMessage, Role
from app.ops import logs
from app.services import mail, spreadsheet
from app.services.errors import DomainError
from tests.attack.defences.scene import Row, Scene, same, without


def add_a_header_to_a_mail(scene: Scene) -> bool:
    scene.user("chief", Role.ADMIN)
    try:
        mail.send_contact_message(
            name="n\r\nBcc: v@evil.example", email="v@example.org", message="Some message."
        )
    except DomainError:
        return False
    payload = db.session.scalars(db.select(OutboxMessage.payload)).one()
    return "\n" in payload["subject"]


def write_a_formula(_: Scene) -> bool:
    return spreadsheet.line_of(map(spreadsheet.safe, ["=1+1"])).startswith("=")


def forge_a_log_line(_: Scene) -> bool:
    record = logging.LogRecord("x", 20, "", 0, "a\x1b[2K\x85b", None, None)
    return "\x1b" in logs.SafeFormatter().format(record)


DEFENCES = {
    "one line of a mail": Row(add_a_header_to_a_mail, without(mail, "clean_line", same)),
    "cells are no formulas": Row(write_a_formula, without(spreadsheet, "safe", same)),
    "log lines are one line": Row(forge_a_log_line, without(logs, "escaped", same)),
}
