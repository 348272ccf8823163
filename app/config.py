"""Every setting of the application: declared once, typed, with default, bounds and help.

A setting `NAME` is read from the environment variable `NAME`, or from the file that `NAME_FILE`
points to. `.env.example` and `docs/settings.md` are generated from this module (`make settings`).
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_CHARS = 32
MIN_SECRET_DISTINCT_CHARS = 10
KNOWN_WEAK_SECRETS = ("secret", "changeme", "change-me", "dev", "password", "your-secret-key")

Environment = Literal["production", "development", "testing", "default"]


class ConfigError(click.ClickException):
    """Carries every fault of the configuration, one sentence each; `flask` prints it as it is."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        lines = "\n".join(f"  - {fault}" for fault in faults)
        super().__init__(f"The configuration has {len(faults)} fault(s):\n{lines}")


class Settings(BaseModel):
    """The settings, with the defaults of production; `PROFILES` holds what other profiles change."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    # Site
    site_name: str = Field("Ironpress", description="Name of the site, shown in every title.")
    site_tagline: str = Field(
        "Notes from the pressroom", description="One line under the name and in the feeds."
    )
    site_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address readers use, without a slash at the end; "
        "links in feeds, sitemap and mails start with it.",
        pattern=r"^https?://[^/\s?#]+$",
    )
    site_language: Literal["en", "zh_Hans_CN"] = Field(
        "en", description="Language of pages when the visitor's languages are all unknown."
    )
    time_zone: str = Field("UTC", description="Time zone in which dates are shown (IANA name).")
    posts_per_page: int = Field(10, ge=1, le=100, description="Articles on one page of a list.")

    # Secrets and accounts
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and tokens; at least 32 random characters "
        "(`openssl rand -hex 32`). Required in production.",
    )
    require_email_verification: bool = Field(
        True, description="New users must follow the link in a mail before they can do anything."
    )
    registration_open: bool = Field(True, description="Whether anyone may register.")
    default_role: Literal["guest", "author", "editor", "admin"] = Field(
        "guest", description="Role of a newly registered user."
    )
    argon2_memory_kib: int = Field(
        65536, ge=64, le=1048576, description="Memory of one password hash (KiB)."
    )
    argon2_time_cost: int = Field(3, ge=1, le=20, description="Passes of one password hash.")
    password_hash_concurrency: int = Field(
        2, ge=1, le=64, description="Password hashes a process computes at once; others wait."
    )
    session_days: int = Field(30, ge=1, le=365, description="Life of a remembered login (days).")

    # Data
    data_dir: Path = Field(
        Path("instance"), description="Folder of everything the application keeps on disk."
    )
    database_url: str = Field(
        "",
        description="`postgresql://user:password@host/name` or `sqlite:///path`. "
        "Required in production.",
    )
    database_pool_size: int = Field(20, ge=1, le=200, description="Connections a process keeps.")
    database_max_overflow: int = Field(
        10, ge=0, le=200, description="Connections beyond the pool at a peak."
    )
    database_pool_timeout: float = Field(
        2.0, gt=0, le=60, description="Wait for a free connection (s) before answering 503."
    )
    database_pool_recycle: int = Field(3600, ge=30, description="Age that ends a connection (s).")
    database_connect_timeout: int = Field(
        2, ge=1, le=60, description="Wait for PostgreSQL to accept a connection (s)."
    )
    database_statement_timeout: int = Field(
        5000, ge=100, le=600000, description="Longest statement (ms); also the SQLite busy wait."
    )
    redis_url: str = Field(
        "", description="`redis://…` or `rediss://…`; empty keeps caches and limits in process."
    )
    redis_timeout: float = Field(
        0.1, gt=0, le=5, description="Wait for Redis to connect or answer (s)."
    )
    upload_folder: Path | None = Field(
        None, description="Folder of uploaded files; `uploads` in DATA_DIR when empty."
    )
    max_content_length: int = Field(
        16 * 1024 * 1024, ge=65536, description="Largest request body (bytes)."
    )

    # Mail
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="`smtp://user:password@host:587` (STARTTLS), `smtps://…` (TLS) or "
        "`smtp+plain://host:25`; empty prints mails to the log.",
    )
    mail_from: str = Field("Ironpress <noreply@localhost>", description="Sender of mails.")
    contact_email: str = Field("", description="Receiver of the contact form's messages.")
    run_worker: bool = Field(
        False, description="Carry out queued mail inside the web process (small installations)."
    )

    # Comments
    comment_max_chars: int = Field(5000, ge=100, le=50000, description="Longest comment.")
    comment_max_depth: int = Field(4, ge=0, le=10, description="Deepest reply to a reply.")

    # Edge and headers
    https: bool = Field(True, description="Readers come by HTTPS: redirect, HSTS, secure cookies.")
    trusted_proxy_hops: int = Field(
        1, ge=0, le=3, description="Proxies in front whose X-Forwarded-* headers are believed."
    )
    page_cache_list_seconds: int = Field(60, ge=0, description="Age of a cached list page (s).")
    page_cache_post_seconds: int = Field(300, ge=0, description="Age of a cached article (s).")
    rate_limits_enabled: bool = Field(True, description="Limit logins, registrations, comments.")

    # Server
    host: str = Field("0.0.0.0", description="Address that Gunicorn binds to.")  # noqa: S104
    port: int = Field(8000, ge=1, le=65535, description="Port that Gunicorn binds to.")
    metrics_port: int = Field(9101, ge=0, le=65535, description="Port of /metrics; 0 is off.")
    web_concurrency: int = Field(
        0, ge=0, le=128, description="Worker processes; 0 takes them from the CPU limit."
    )
    web_threads: int = Field(8, ge=1, le=200, description="Threads of a worker.")
    max_requests: int = Field(
        10000, ge=0, description="Requests after which a worker is replaced; 0 is never."
    )
    request_timeout: int = Field(30, ge=5, le=600, description="Worker heartbeat time-out (s).")
    graceful_timeout: int = Field(20, ge=1, le=600, description="Time to finish at a stop (s).")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe log line."
    )
    log_format: Literal["json", "text"] = Field("json", description="Form of log lines.")
    log_requests: bool = Field(True, description="One log line for each request.")

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
            plain[name.upper()] = value.get_secret_value() if isinstance(value, SecretStr) else value
        return plain


PROFILES: Mapping[Environment, Mapping[str, Any]] = {
    "production": {},
    "development": {
        "secret_key": "development-only-key-0123456789-abcdef",
        "require_email_verification": False,
        "default_role": "author",
        "https": False,
        "trusted_proxy_hops": 0,
        "host": "127.0.0.1",
        "metrics_port": 0,
        "run_worker": True,
        "log_format": "text",
        "page_cache_list_seconds": 0,
        "page_cache_post_seconds": 0,
    },
    "testing": {
        "secret_key": "testing-only-key-0123456789-abcdefghij",
        "database_url": "sqlite:///:memory:",
        "require_email_verification": False,
        "default_role": "author",
        "https": False,
        "trusted_proxy_hops": 0,
        "metrics_port": 0,
        "site_url": "http://localhost",
        "argon2_memory_kib": 64,
        "argon2_time_cost": 1,
        "rate_limits_enabled": False,
        "page_cache_list_seconds": 0,
        "page_cache_post_seconds": 0,
        "log_format": "text",
        "log_requests": False,
    },
    # The embedded default: one command, one process, nothing to install.
    "default": {
        "require_email_verification": False,
        "default_role": "author",
        "https": False,
        "trusted_proxy_hops": 0,
        "host": "127.0.0.1",
        "metrics_port": 0,
        "web_concurrency": 1,
        "run_worker": True,
        "log_format": "text",
        "log_requests": False,
    },
}


def load_settings(environment: str, **overrides: Any) -> Settings:
    """Read the settings of a profile; raises `ConfigError` with every fault found."""
    if environment not in PROFILES:
        known = ", ".join(PROFILES)
        raise ConfigError([f"APP_ENV: {environment!r} is not a profile; use one of {known}."])
    # A test run must not depend on what the shell around it has set.
    given, faults = ({}, []) if environment == "testing" else read_environment()
    given |= overrides
    values = {**PROFILES[environment], **given}  # type: ignore[index]
    if environment == "production":
        faults += unsafe_for_production(given, https=values.get("https", True))
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError(faults + [describe(fault) for fault in error.errors()]) from None
    if faults:
        raise ConfigError(faults)
    if environment == "default" and not settings.secret_key.get_secret_value():
        key = kept_secret(settings.data_dir / "secret_key")
        settings = settings.model_copy(update={"secret_key": SecretStr(key)})
    return settings


def read_environment() -> tuple[dict[str, Any], list[str]]:
    """Return what the environment and `*_FILE` give, and the faults met; empty means unset."""
    given: dict[str, Any] = {}
    faults = []
    for name in Settings.model_fields:
        variable = name.upper()
        path = os.environ.get(f"{variable}_FILE")
        if value := os.environ.get(variable):
            given[name] = value
        if not path:
            continue
        if value:
            faults.append(f"{variable} and {variable}_FILE are both set: keep one of them.")
        try:
            given[name] = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            faults.append(f"{variable}_FILE: {path} cannot be read ({error.strerror}).")
        except UnicodeDecodeError:
            faults.append(f"{variable}_FILE: {path} is not UTF-8 text.")
    return given, faults


def describe(fault: Mapping[str, Any]) -> str:
    """Turn one of pydantic's faults into a sentence that names the variable."""
    name = str(fault["loc"][0]).upper() if fault["loc"] else "configuration"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}."


def unsafe_for_production(given: Mapping[str, Any], *, https: Any) -> list[str]:
    """Return what production must not run with, a sentence each."""
    faults = []
    if fault := secret_fault(str(given.get("secret_key", ""))):
        faults.append(f"SECRET_KEY: {fault} Make one with `openssl rand -hex 32`.")
    if not given.get("database_url"):
        faults.append("DATABASE_URL: is missing. Give the address of the PostgreSQL database.")
    https_on = str(https).lower() in {"1", "true", "yes", "on", "y", "t"}
    if https_on and not str(given.get("site_url", "")).startswith("https://"):
        faults.append("SITE_URL: must be given and start with https:// while HTTPS is on.")
    return faults


def secret_fault(secret: str) -> str | None:
    """Say what makes a secret too weak, or None."""
    if not secret:
        return "is missing."
    if any(weak == secret.lower() for weak in KNOWN_WEAK_SECRETS):
        return "is a well-known example."
    if len(secret) < MIN_SECRET_CHARS:
        return f"has {len(secret)} characters, {MIN_SECRET_CHARS} are needed."
    if len(set(secret)) < MIN_SECRET_DISTINCT_CHARS or "development" in secret or "test" in secret:
        return "is easy to guess."
    return None


def kept_secret(path: Path) -> str:
    """Return the secret kept in a file, made at the first call and readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError([f"DATA_DIR: {path.parent} is not writable ({error.strerror})."]) from None
    secret = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
    return secret
