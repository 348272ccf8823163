"""What a name, an address and a password must look like; each rule returns sentences."""

import re

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

USERNAME_CHARS = (3, 20)
EMAIL_CHARS = 120
PASSWORD_CHARS = (8, 128)
NICKNAME_CHARS = 50
BIO_CHARS = 1000
AVATAR_URL_CHARS = 500

USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
AVATAR_URL = re.compile(r"https://[^\s/?#@\\]+(?:[/?#][^\s\\\"'<>]*)?")
OWN_AVATAR = re.compile(r"/uploads/[0-9a-z/.]+")


def username_faults(username: str) -> list[str]:
    """Say what is wrong with a name."""
    least, most = USERNAME_CHARS
    if not least <= len(username) <= most:
        return [_("Use %(least)d to %(most)d characters.", least=least, most=most)]
    if not USERNAME.fullmatch(username):
        return [_("Begin with a letter; then use letters, digits and _ only.")]
    return []


def email_faults(email: str) -> list[str]:
    """Say what is wrong with an address."""
    if len(email) > EMAIL_CHARS:
        return [_("Use at most %(most)d characters.", most=EMAIL_CHARS)]
    if normal_email(email) is None:
        return [_("This is not an e-mail address.")]
    return []


def normal_email(email: str) -> str | None:
    """Return the one spelling that is stored and looked up, or None when it is no address.

    Other scripts are kept in the domain (as punycode, which every mail server takes) but not
    before the @. Whether mail arrives there only a mail can tell.
    """
    try:
        valid = validate_email(
            email,
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        return None
    return (valid.ascii_email or valid.normalized).lower()


def one_spelling(login: str) -> str:
    """Return what a login names, such that no other spelling of it counts as another account."""
    login = login.strip()
    return (normal_email(login) if "@" in login else None) or login.lower()


def password_faults(password: str) -> list[str]:
    """Say what is wrong with a new password."""
    faults = []
    least, most = PASSWORD_CHARS
    if not least <= len(password) <= most:
        faults.append(_("Use %(least)d to %(most)d characters.", least=least, most=most))
    kinds = (str.isupper, str.islower, str.isdigit, lambda character: not character.isalnum())
    if not all(any(map(kind, password)) for kind in kinds):
        faults.append(_("Use a capital letter, a small letter, a digit and a special character."))
    return faults


def nickname_faults(nickname: str) -> list[str]:
    """Say what is wrong with a shown name; none is needed."""
    return too_long(nickname, NICKNAME_CHARS)


def bio_faults(bio: str) -> list[str]:
    """Say what is wrong with a text about oneself."""
    return too_long(bio, BIO_CHARS)


def avatar_faults(url: str) -> list[str]:
    """Say what is wrong with a picture's address: https, or one of our own uploads."""
    if len(url) > AVATAR_URL_CHARS or not (
        not url or AVATAR_URL.fullmatch(url) or OWN_AVATAR.fullmatch(url)
    ):
        return [_("Give an address that begins with https://.")]
    return []


def too_long(value: str, most: int) -> list[str]:
    """Say so when a text has more characters than allowed."""
    return [_("Use at most %(most)d characters.", most=most)] if len(value) > most else []
