"""Reads the settings: from the environment variable `NAME`, or the file that `NAME_FILE` names.

`PROFILES` holds what differs from production, whose values are the defaults in `app/settings`.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click
from pydantic import SecretStr, ValidationError

from app.settings import Settings

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
        "form_min_seconds": 0,
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
        # LOG_LEVEL_FILE is a setting of its own, not LOG_LEVEL's value in a file.
        its_own = f"{name}_file" in Settings.model_fields
        path = None if its_own else os.environ.get(f"{variable}_FILE")
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
        raise ConfigError(
            [f"DATA_DIR: {path.parent} is not writable ({error.strerror})."]
        ) from None
    secret = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
    return secret
