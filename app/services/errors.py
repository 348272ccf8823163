"""What a service can object to; `app/ops/errors.py` turns each into an HTTP status."""

from collections.abc import Mapping


class DomainError(Exception):
    """The base of everything a service refuses; its text may be shown to the user."""


class NotFound(DomainError):
    """What was asked for does not exist, or not for this user."""


class Forbidden(DomainError):
    """The user lacks the right."""


class Conflict(DomainError):
    """Someone else changed the same thing first; nothing was written."""


class Invalid(DomainError):
    """Values that cannot be accepted.

    `fields` maps each field's name to its faults, as sentences in the user's language.
    """

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self.fields = dict(fields)
        super().__init__("; ".join(str(fault) for faults in fields.values() for fault in faults))


class Taken(Invalid):
    """A value that must be unique belongs to something else already."""


class BadUpload(Invalid):
    """A request that should bring a file and does not, or brings a wrong one."""


class InvalidUpload(Invalid):
    """A file that is not what it says, not of an allowed kind, or too large."""

    def __init__(self, fault: str) -> None:
        super().__init__({"file": [fault]})
