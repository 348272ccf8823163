"""Settings of the site that admins change while it runs; the environment gives the defaults.

Every process keeps its copy in its configuration, where pages find it without asking anyone. The
process that changes them takes them over at once, the others within seconds (`app/ops/background`).
"""

from typing import Any

from babel.dates import get_timezone
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.extensions import db
from app.models import Permission, SiteSetting, User
from app.services import audit, site
from app.services.clean import clean_line
from app.services.errors import Forbidden, Invalid

CHARS = {"site_name": 60, "site_tagline": 150}
CHOICES = {
    "site_language": ("en", "zh_Hans_CN"),
    "registration": ("open", "invitation", "closed"),
    "comments": ("open", "moderated", "closed"),
}
NAMES = (*CHARS, *CHOICES, "time_zone")
DEFAULTS = "site-setting-defaults"


def current() -> dict[str, Any]:
    """Return the values that this process goes by."""
    return {name: current_app.config[name.upper()] for name in NAMES}


def refresh() -> bool:
    """Take over what is stored; return whether anything differed."""
    defaults = current_app.extensions.setdefault(DEFAULTS, current())
    stored = dict(db.session.execute(select(SiteSetting.name, SiteSetting.value)).tuples().all())
    db.session.rollback()
    values = defaults | {name: value for name, value in stored.items() if name in NAMES}
    differed: bool = values != current()
    current_app.config.update({name.upper(): value for name, value in values.items()})
    return differed


def change(*, actor: User, **values: str) -> None:
    """Store settings; one equal to the environment's follows that again.

    Raises `Forbidden`, or `Invalid` with every fault found.
    """
    if not actor.can(Permission.ADMIN):
        raise Forbidden(_("Only admins may do this."))
    values = {name: clean_line(value) for name, value in values.items()}
    if faults := {name: found for name in values if (found := faults_of(name, values[name]))}:
        raise Invalid(faults)
    before = current()
    defaults = current_app.extensions.setdefault(DEFAULTS, before)
    changed = {name: value for name, value in values.items() if value != before[name]}
    for name, value in changed.items():
        db.session.execute(delete(SiteSetting).where(SiteSetting.name == name))
        if value != defaults[name]:
            db.session.add(SiteSetting(name=name, value=value))
    if changed:
        audit.record(actor=actor, action="settings.change", target="site", **changed)
    db.session.commit()
    refresh()
    site.touch()


def faults_of(name: str, value: str) -> list[str]:
    """Say what is wrong with a setting."""
    if name in CHOICES:
        return [] if value in CHOICES[name] else [_("Choose one of the list.")]
    if name == "time_zone":
        return [] if is_time_zone(value) else [_("This is no time zone, such as Europe/Berlin.")]
    if not value:
        return [_("This field is needed.")]
    if len(value) > CHARS[name]:
        return [_("Use at most %(most)d characters.", most=CHARS[name])]
    return []


def is_time_zone(name: str) -> bool:
    """Say whether there is a time zone of this IANA name."""
    try:
        get_timezone(name or "?")
    except LookupError:
        return False
    return True
