"""Writes the blog's mails and queues them: a row in the outbox, in the caller's transaction."""

from dataclasses import asdict, dataclass

from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage, Role, User
from app.services import blocks
from app.services.account_rules import normal_email
from app.services.clean import clean_line, clean_text
from app.services.errors import Invalid

KIND = "mail"
CONTACT_CHARS = {"name": 80, "subject": 150, "message": 5000}


@dataclass(frozen=True)
class Mail:
    """A mail as it is queued; the sender and the date are added when it is sent."""

    to: str
    subject: str
    text: str
    html: str
    reply_to: str | None = None
    unsubscribe: str | None = None


def queue_verification(*, user: User, token: str) -> None:
    """Queue the mail that asks a new user to confirm the address."""
    queue(
        compose(
            to=user.email,
            subject=_("Confirm your e-mail address"),
            paragraphs=[
                _("Hello %(name)s,", name=user.display_name),
                _("please confirm that this address is yours. The link works for 24 hours."),
            ],
            action=(_("Confirm the address"), site_link(f"/auth/verify/{token}")),
            closing=_("If you did not register, do nothing."),
        )
    )


def queue_password_reset(*, user: User, token: str) -> None:
    """Queue the mail with the link to a new password."""
    queue(
        compose(
            to=user.email,
            subject=_("Choose a new password"),
            paragraphs=[
                _("Hello %(name)s,", name=user.display_name),
                _(
                    "someone, probably you, asked for a new password for your account "
                    "%(username)s. The link works once, for one hour.",
                    username=user.username,
                ),
            ],
            action=(_("Choose a new password"), site_link(f"/auth/reset/{token}")),
            closing=_("If you did not ask, do nothing: your password stays as it is."),
        )
    )


def queue_invitation(*, to: str, token: str, inviter: User) -> None:
    """Queue the mail that lets its receiver register."""
    site = current_app.config["SITE_NAME"]
    queue(
        compose(
            to=to,
            subject=_("You are invited to %(site)s", site=site),
            paragraphs=[
                _("Hello,"),
                _(
                    "%(name)s invites you to write and comment on %(site)s. The link works for "
                    "7 days.",
                    name=inviter.display_name,
                    site=site,
                ),
            ],
            action=(_("Register"), site_link(f"/auth/register?invitation={token}")),
            closing=_("If you do not want to, do nothing."),
        )
    )


def queue_notice(
    *, user: User, subject: str, paragraphs: list[str], action: tuple[str, str], token: str
) -> None:
    """Queue a mail that its receiver can switch off: in the profile, or by its link."""
    link = site_link(f"/auth/unsubscribe/{token}")
    queue(
        compose(
            to=user.email,
            subject=subject,
            paragraphs=[_("Hello %(name)s,", name=user.display_name), *paragraphs],
            action=action,
            closing=_(
                "You choose in your profile which mails you get (%(profile)s). "
                "No more of this kind: %(link)s",
                profile=site_link("/auth/profile"),
                link=link,
            ),
            unsubscribe=link,
        )
    )


def send_contact_message(*, name: str, email: str, message: str, subject: str = "") -> None:
    """Queue a visitor's message to the site's owner; a reply goes to the visitor.

    The owner is CONTACT_EMAIL, or the first active admin when that is not set. Raises `Invalid`.
    """
    given = {"name": clean_line(name), "subject": clean_line(subject)}
    given["message"] = clean_text(message)
    if faults := contact_faults(given, email):
        raise Invalid(faults)
    blocks.refuse_network()
    if blocks.is_suspicious(given["message"]):
        raise Invalid({"message": [_("This message is not accepted. Write it without links.")]})
    site = current_app.config["SITE_NAME"]
    about = given["subject"] or _("Message from %(name)s", name=given["name"])
    queue(
        compose(
            to=owner_address(),
            subject=f"[{site}] {about}",
            paragraphs=[
                _("%(name)s <%(email)s> wrote:", name=given["name"], email=email.strip()),
                given["message"],
            ],
            reply_to=normal_email(email.strip()),
        )
    )
    db.session.commit()


def contact_faults(given: dict[str, str], email: str) -> dict[str, list[str]]:
    """Return the faults of a contact form's fields."""
    faults: dict[str, list[str]] = {}
    for field in ("name", "message"):
        if not given[field]:
            faults[field] = [_("This field is needed.")]
    for field, most in CONTACT_CHARS.items():
        if len(given[field]) > most:
            faults[field] = [_("Use at most %(most)d characters.", most=most)]
    if normal_email(email.strip()) is None:
        faults["email"] = [_("This is not an e-mail address.")]
    return faults


def owner_address() -> str:
    """Return the address that messages to the site go to."""
    if configured := current_app.config["CONTACT_EMAIL"]:
        return str(configured)
    admins = select(User.email).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    if address := db.session.scalars(admins.limit(1)).first():
        return address
    raise Invalid({"message": [_("Nobody can receive messages yet.")]})


def compose(
    *,
    to: str,
    subject: str,
    paragraphs: list[str],
    action: tuple[str, str] | None = None,
    closing: str = "",
    reply_to: str | None = None,
    unsubscribe: str | None = None,
) -> Mail:
    """Build a mail's two forms, plain text and HTML, from the same paragraphs."""
    parts = [*paragraphs, *([f"{action[0]}:\n{action[1]}"] if action else []), closing]
    html = render_template(
        "mail/message.html", subject=subject, paragraphs=paragraphs, action=action, closing=closing
    )
    text = "\n\n".join(filter(None, parts)) + "\n"
    return Mail(
        to=to, subject=subject, text=text, html=html, reply_to=reply_to, unsubscribe=unsubscribe
    )


def queue(mail: Mail) -> None:
    """Add the mail to the outbox; it is sent once the transaction is committed."""
    db.session.add(OutboxMessage(kind=KIND, payload=asdict(mail)))


def site_link(path: str) -> str:
    """Return an absolute address made from SITE_URL, never from a request's Host header."""
    return f"{current_app.config['SITE_URL']}{path}"
