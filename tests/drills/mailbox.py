"""A mail server that keeps what it took."""

import re
from collections import Counter
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.stack.stack import free_port

UID = re.compile(rb"reply ([0-9a-z]+-\d+)")


class Mailbox:
    """Counts the drill's mails by the unique id that each carries."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.port = free_port()
        # Workers reach it over the bundle's own bridge.
        self.controller = Controller(self, hostname="0.0.0.0", port=self.port)  # noqa: S104

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        """Take a mail."""
        content: Any = envelope.original_content or b""
        # Its text and its HTML may both carry it.
        self.taken.update({uid.decode() for uid in UID.findall(content)})
        return "250 taken"
