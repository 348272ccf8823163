"""The block list: what nobody may register with, and what no comment appears with unseen."""

import re
from ipaddress import ip_address, ip_network

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import BLOCK_KINDS, Block, Permission, User
from app.services import audit
from app.services.account_rules import normal_email
from app.services.clean import clean_line
from app.services.errors import Forbidden, Invalid, NotFound

VALUE_CHARS = 120
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
LINK = re.compile(r"(?:https?://|\bwww\.)([^\s/?#)\]>\"']+)", re.I)


def list_blocks() -> list[Block]:
    """Return the list by kind and value."""
    return list(db.session.scalars(select(Block).order_by(Block.kind, Block.value)))


def add_block(*, kind: str, value: str, actor: User) -> Block:
    """Add an entry. Raises `Forbidden` or `Invalid`."""
    require_moderator(actor)
    value = clean_line(value).lower()
    normal = normal_value(kind, value)
    if normal is None:
        raise Invalid({"value": [_("This is nothing of the kind that you chose.")]})
    block = Block(kind=kind, value=normal)
    db.session.add(block)
    audit.record(actor=actor, action="block.add", target=f"{kind} {normal}")
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Invalid({"value": [_("This is on the list already.")]}) from None
    return block


def remove_block(*, block_id: int, actor: User) -> None:
    """Take an entry off the list. Raises `Forbidden` or `NotFound`."""
    require_moderator(actor)
    block = db.session.get(Block, block_id)
    if block is None:
        raise NotFound
    audit.record(actor=actor, action="block.remove", target=f"{block.kind} {block.value}")
    db.session.execute(delete(Block).where(Block.id == block_id))
    db.session.commit()


def require_moderator(user: User) -> None:
    """Raise `Forbidden` for anyone but editors."""
    if not user.can(Permission.DELETE):
        raise Forbidden(_("Only editors may do this."))


def normal_value(kind: str, value: str) -> str | None:
    """Return the one spelling of an entry, or None when it is not of its kind."""
    if kind not in BLOCK_KINDS or not 0 < len(value) <= VALUE_CHARS:
        return None
    if kind == "word":
        return value if len(value) > 1 else None
    if kind == "email":
        return normal_email(value)
    if kind == "host":
        return value if HOST.fullmatch(value) else None
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        return None


def values(kind: str) -> list[str]:
    """Return the entries of a kind."""
    return list(db.session.scalars(select(Block.value).where(Block.kind == kind)))


def refuse_network() -> None:
    """Raise `Forbidden` when the present request comes from a blocked network."""
    try:
        address = ip_address(audit.origin.get())
    except ValueError:
        return
    if any(address in ip_network(network) for network in values("network")):
        raise Forbidden(_("Nothing is accepted from your network."))


def email_faults(email: str) -> list[str]:
    """Object to an address that is blocked, or whose host is."""
    host = email.rpartition("@")[2]
    if email in values("email") or is_blocked_host(host, values("host")):
        return [_("This address is not accepted here.")]
    return []


def is_suspicious(text: str) -> bool:
    """Say whether a text holds too many links, a blocked word, or a link to a blocked host."""
    hosts = [host.lower().partition(":")[0] for host in LINK.findall(text)]
    if len(hosts) > current_app.config["COMMENT_MAX_LINKS"]:
        return True
    blocked = values("host")
    if any(is_blocked_host(host, blocked) for host in hosts):
        return True
    folded = text.lower()
    return any(word in folded for word in values("word"))


def is_blocked_host(host: str, blocked: list[str]) -> bool:
    """Say whether a host, or one that it is below of, is on the list."""
    return any(host == entry or host.endswith(f".{entry}") for entry in blocked)
