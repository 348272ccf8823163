"""What the service is told, by environment variables; PostgreSQL's own (PGHOST, …) are libpq's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600


@dataclass(frozen=True)
class Settings:
    """Places and intervals (seconds)."""

    archive: Path
    work: Path
    uploads: Path
    key_file: Path
    password_file: Path
    store_file: Path
    base_interval: float
    verify_interval: float
    keep_seconds: float
    metrics_port: int
    slot: str = "ironpress_backup"

    @property
    def store(self) -> str:
        """Return the address of the bucket that holds the archive as well; empty for none."""
        if not self.store_file.is_file():
            return ""
        return self.store_file.read_text(encoding="utf-8").strip()

    @property
    def stage(self) -> Path:
        """Return where WAL arrives; as plain as the database itself, so never on another disk."""
        return self.work / "stage"

    @property
    def scratch(self) -> Path:
        """Return where a restore is tried out."""
        return self.work / "scratch"


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings."""
    place = Path(environment.get("BACKUP_ROOT", "/var/lib/backup"))
    secrets = Path(environment.get("SECRETS_DIR", "/run/secrets"))
    return Settings(
        archive=place / "archive",
        work=place / "work",
        uploads=Path(environment.get("UPLOAD_FOLDER", "/var/lib/ironpress/uploads")),
        key_file=secrets / "backup_key",
        password_file=secrets / "postgres_backup_password",
        store_file=secrets / "backup_store",
        base_interval=float(environment.get("BACKUP_BASE_HOURS", "24")) * HOUR,
        verify_interval=float(environment.get("BACKUP_VERIFY_HOURS", "24")) * HOUR,
        keep_seconds=float(environment.get("BACKUP_KEEP_DAYS", "7")) * 24 * HOUR,
        metrics_port=int(environment.get("BACKUP_METRICS_PORT", "9102")),
    )
