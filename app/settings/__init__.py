"""Every setting of the application: declared once, in `sections`, and held to its rules here.

The defaults are those of production; `app/config.py` holds what other profiles change and reads
the values. `.env.example` and `docs/settings.md` are generated from here (`make settings`).
"""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator

from app.settings.sections import (
    AccountSettings,
    ApiSettings,
    CommentSettings,
    DataSettings,
    EdgeSettings,
    MailSettings,
    ServerSettings,
    SiteSettings,
)

ROOT = Path(__file__).resolve().parent.parent.parent


class Settings(
    SiteSettings,
    AccountSettings,
    DataSettings,
    MailSettings,
    CommentSettings,
    ApiSettings,
    EdgeSettings,
    ServerSettings,
):
    """All settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        from babel.dates import get_timezone

        try:
            get_timezone(value)
        except LookupError:
            raise ValueError("is not an IANA time zone, such as Europe/Berlin") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _normalise_database_url(cls, value: str) -> str:
        for prefix in ("postgres://", "postgresql://"):
            if value.startswith(prefix):
                return "postgresql+psycopg2://" + value.removeprefix(prefix)
        if value and not value.startswith(("postgresql+psycopg2://", "sqlite://")):
            raise ValueError("must start with postgresql:// or sqlite://")
        return value

    @field_validator("token_keys")
    @classmethod
    def _usable_token_keys(cls, value: SecretStr) -> SecretStr:
        pairs = [pair.partition("=") for pair in value.get_secret_value().split(",") if pair]
        if any(not key_id or len(secret) < 32 for key_id, _, secret in pairs):
            raise ValueError("must be id=secret pairs, each secret of at least 32 characters")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _known_origins(cls, value: str) -> str:
        origins = [origin.strip() for origin in value.split(",") if origin.strip()]
        if any(not re.fullmatch(r"\*|https?://[^/\s?#]+", origin) for origin in origins):
            raise ValueError("must be origins such as https://app.example.org")
        return ",".join(origins)

    @field_validator("smtp_url")
    @classmethod
    def _known_smtp_scheme(cls, value: SecretStr) -> SecretStr:
        schemes = ("smtp://", "smtps://", "smtp+plain://")
        if value.get_secret_value() and not value.get_secret_value().startswith(schemes):
            raise ValueError("must start with smtp://, smtps:// or smtp+plain://")
        return value

    @field_validator("upload_store")
    @classmethod
    def _complete_store(cls, value: SecretStr) -> SecretStr:
        whole = r"s3(\+http)?://[^:@/]+:[^:@/]+@[^@/?#]+/[a-z0-9.-]+(\?region=[\w-]+)?"
        if value.get_secret_value() and not re.fullmatch(whole, value.get_secret_value()):
            raise ValueError("must be s3://key:secret@host/bucket, key and secret URL-encoded")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis_scheme(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @model_validator(mode="after")
    def _fill_paths(self) -> "Settings":
        data_dir = self.data_dir if self.data_dir.is_absolute() else ROOT / self.data_dir
        derived = {
            "data_dir": data_dir,
            "log_level_file": self.log_level_file or data_dir / "log-level",
            "upload_folder": self.upload_folder or data_dir / "uploads",
            "database_url": self.database_url or f"sqlite:///{data_dir / 'ironpress.db'}",
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        return self

    def flask_config(self) -> dict[str, Any]:
        """Return the settings under the names that Flask's configuration uses."""
        plain: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            plain[name.upper()] = (
                value.get_secret_value() if isinstance(value, SecretStr) else value
            )
        return plain


# Title → names of its settings, in the order of their declaration.
SECTIONS = {
    section.__doc__: list(section.model_fields)
    for section in Settings.__bases__
    if issubclass(section, BaseModel)
}
