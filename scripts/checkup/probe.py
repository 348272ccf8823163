"""What the application says of itself, as JSON; run inside a web container by `application.py`.

Imports what is there: the application and the standard library.
"""

import json
import time
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app import create_app, db
from app.config import load_settings
from app.ops import machine


def resident_kib() -> int:
    """Return the memory of every other process of this container, shared parts counted once."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            rollup = (process / "smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        if b"gunicorn" in command:
            total += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
    return total


settings = load_settings("production")
# Before the application is made, which would share pages with what is measured.
resident = resident_kib()
app = create_app("production")
with app.app_context(), db.engine.connect() as connection:
    moment = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
    print(
        json.dumps(
            {
                "current": sorted(MigrationContext.configure(connection).get_current_heads()),
                "heads": sorted(ScriptDirectory("/srv/ironpress/app/migrations").get_heads()),
                "clock_difference": abs(float(moment) - time.time()),
                "workers": settings.web_concurrency or machine.available_cpus() + 1,
                "threads": settings.web_threads,
                "connections": settings.database_pool_size + settings.database_max_overflow,
                "hashes": settings.password_hash_concurrency,
                "hash_kib": settings.argon2_memory_kib,
                "resident_kib": resident,
            }
        )
    )
