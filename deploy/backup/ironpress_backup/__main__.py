"""The commands: run, base, verify, catch-up, list, fetch, restore, psql."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg2

from ironpress_backup import base, database, restore, server, settings, uploads, verify, wal
from ironpress_backup.archive import Archive
from ironpress_backup.bucket import Bucket
from ironpress_backup.mirror import Mirror
from ironpress_backup.programs import BackupError
from ironpress_backup.service import Service

RESTORED = Path("/var/lib/restored/data")
# Where the primary's own volume is, in the one service that may touch it.
PRODUCTION = Path("/var/lib/postgresql")
CATCH_UP_SECONDS = 30
# The stream of the log goes before them.
TASK_NICENESS = 10


def main() -> int:
    """Carry out one command; return the exit status."""
    described = parser()
    given, rest = described.parse_known_args()
    if rest and given.command != "psql":
        described.error(f"unknown: {' '.join(rest)}")
    given.rest = rest
    known = settings.load()
    archive = Archive(known.archive, known.key_file)
    try:
        COMMANDS[given.command](known, archive, given)
    except (BackupError, psycopg2.Error, OSError) as error:
        print(f"{given.command}: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    root = argparse.ArgumentParser("ironpress_backup", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    for name in ("run", "base", "verify", "catch-up", "list", "fetch"):
        commands.add_parser(name)
    restoring = commands.add_parser("restore")
    for option in ("time", "lsn", "timeline", "system"):
        restoring.add_argument(f"--{option}", default="")
    for option in ("plan", "into-production"):
        restoring.add_argument(f"--{option}", action="store_true")
    commands.add_parser("psql", add_help=False)
    return root


def run_command(known: settings.Settings, archive: Archive, _: argparse.Namespace) -> None:
    """Serve until SIGTERM."""
    database.use_password(known)
    Service(known, archive, wal.Stream(known, archive)).run()


def base_command(known: settings.Settings, archive: Archive, _: argparse.Namespace) -> None:
    """Take a base backup now."""
    os.nice(TASK_NICENESS)
    database.use_password(known)
    taken = base.take(known, archive)
    print(
        f"Base backup {taken['name']}: {taken['size'] / 1e6:.1f} MB encrypted, "
        f"{taken['finished'] - taken['started']:.1f} s, from {taken['start_lsn']}.",
        flush=True,
    )


def verify_command(known: settings.Settings, archive: Archive, _: argparse.Namespace) -> None:
    """Restore to scratch and compare with the primary."""
    os.nice(TASK_NICENESS)
    database.use_password(known)
    result = verify.verify(known, archive)
    print(
        f"Verified: restored to {result['lsn']} in {result['seconds']} s; {result['rows']} rows "
        f"of {len(result['sums'])} tables equal, schema {result['migration']}.",
        flush=True,
    )


def catch_up_command(known: settings.Settings, archive: Archive, _: argparse.Namespace) -> None:
    """Wait until all that is committed now is in the archive."""
    database.use_password(known)
    with database.connected() as connection:
        system, position, _timeline = database.row(connection, base.WHERE)
    wal.wait_for(archive, system, position, CATCH_UP_SECONDS)


def list_command(_: settings.Settings, archive: Archive, __: argparse.Namespace) -> None:
    """Show what can be restored."""
    for system in archive.systems():
        position = archive.position(system)
        print(f"Database {system}: every commit up to {restore.stamp(position.get('time', 0))}")
        for found in archive.bases(system):
            print(
                f"  {found['name']}  from {restore.stamp(found['finished'])} or {found['end_lsn']}"
                f"  timeline {found['timeline']}  {found['size'] / 1e6:.1f} MB"
            )


def fetch_command(known: settings.Settings, archive: Archive, _: argparse.Namespace) -> None:
    """Bring back from the bucket what the archive lacks."""
    if not known.store:
        raise BackupError("There is no bucket: write its address into the secret backup_store.")
    mirror = Mirror(archive.folder, Bucket.at(known.store), known.keep_seconds)
    print(f"{mirror.bring_back()} files fetched from the bucket.")


def restore_command(known: settings.Settings, archive: Archive, given: argparse.Namespace) -> None:
    """Restore into scratch, or into the place of the primary, which must not run."""
    started = time.monotonic()
    wanted = restore.target(moment=given.time, position=given.lsn, timeline=given.timeline)
    system = restore.one_system(archive, given.system)
    if given.plan:
        chosen = restore.choose(archive.bases(system), wanted)
        print(f"Restoring from the base backup {chosen['name']}.")
        return
    folder = PRODUCTION / "restored" if given.into_production else RESTORED
    with restore.restored(
        archive, system, wanted, folder, durable=given.into_production
    ) as connection:
        found = restore.report(connection, time.monotonic() - started)
    if given.into_production:
        kept = restore.swap(PRODUCTION, folder)
        files = uploads.bring_back(known.uploads, archive)
        print(f"{files} uploads put back; the database of before is kept as {kept or 'none'}.")
    show(found)


def show(found: dict[str, Any]) -> None:
    """Print what a restored database holds."""
    print(
        f"Restored in {found['seconds']} s, up to {found['lsn']}, schema {found['migration']}; "
        f"it goes on as timeline {found['timeline']}."
    )
    for table, (rows, digest) in found["tables"].items():
        print(f"  {table:24} {rows:>9} rows  {digest}")


def psql_command(_: settings.Settings, archive: Archive, given: argparse.Namespace) -> None:
    """Look into the scratch database: psql, with its own arguments."""
    if not RESTORED.exists():
        raise BackupError("Nothing was restored yet: make restore.")
    server.configure(wal=archive.folder, key=archive.key_file, timeline="latest", target={})
    with server.running(RESTORED):
        command = ["psql", "--host", str(server.SOCKET), "--username", server.USER, "ironpress"]
        status = subprocess.call([*command, *given.rest], env=os.environ)  # noqa: S603
    if status:
        raise BackupError(f"psql ended with status {status}.")


COMMANDS = {
    "run": run_command,
    "base": base_command,
    "verify": verify_command,
    "catch-up": catch_up_command,
    "list": list_command,
    "fetch": fetch_command,
    "restore": restore_command,
    "psql": psql_command,
}

if __name__ == "__main__":
    sys.exit(main())
