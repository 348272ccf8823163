"""Invitations: links by mail that let one address register."""

from flask_babel import gettext as _

from app.extensions import db
from app.models import Permission, User
from app.services import audit, mail
from app.services.account_rules import email_faults, normal_email
from app.services.credentials import read_token, signer
from app.services.errors import Forbidden, Invalid

PURPOSE = "invitation"
INVITATION_SECONDS = 7 * 24 * 3600


def invite(*, email: str, actor: User) -> None:
    """Queue a mail that invites an address. Raises `Forbidden` or `Invalid`."""
    if not actor.can(Permission.ADMIN):
        raise Forbidden(_("Only admins may do this."))
    if faults := email_faults(email.strip()):
        raise Invalid({"email": faults})
    address = normal_email(email.strip()) or ""
    token = str(signer(PURPOSE).dumps(address))
    mail.queue_invitation(to=address, token=token, inviter=actor)
    audit.record(actor=actor, action="invitation.send", target=address)
    db.session.commit()


def invited_address(token: str) -> str:
    """Return the address that a link invites; raises `NotFound` when it is old or forged."""
    return str(read_token(PURPOSE, token, INVITATION_SECONDS))
