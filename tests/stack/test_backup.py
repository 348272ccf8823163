"""What was acknowledged can be brought back: to a moment, and after the primary is lost."""

import time

import pytest

from tests.stack import backups
from tests.stack.stack import Stack, reference, run, wait_until

MAX_LOSS_SECONDS = 1.0
UPLOAD = "ab/upload.png"


@pytest.fixture(scope="module", autouse=True)
def base(stack: Stack) -> None:
    """Have a base backup from before the tests' own writes."""
    wait_until(lambda: backups.metrics(stack).get("base_timestamp_seconds"), seconds=60)


def test_the_first_backup_is_taken_and_proved_without_being_asked_for(stack: Stack) -> None:
    found = wait_until(
        lambda: "verified_timestamp_seconds" in (m := backups.metrics(stack)) and m, seconds=60
    )
    assert time.time() - found["archived_timestamp_seconds"] < 5
    assert found["wal_receiving"] == 1
    # Its stream may have been torn before, by a test that stopped the primary.
    assert not [
        name
        for name, count in found.items()
        if name.startswith("failures") and "wal" not in name and count
    ]
    assert stack.inspect("backup")["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("kind", ["LSN", "TIME"])
def test_a_restore_to_a_moment_holds_exactly_what_was_there_then(stack: Stack, kind: str) -> None:
    backups.write(stack, f"before-{kind}", 20)
    lsn = backups.value(stack, "SELECT pg_current_wal_insert_lsn()::text")
    moment = backups.value(stack, "SELECT clock_timestamp()")
    expected = backups.sums(stack)
    backups.write(stack, f"after-{kind}", 20)
    wait_until(lambda: backups.metrics(stack).get("wal_lag_bytes") == 0)
    output = backups.restore(stack, **{kind: {"LSN": lsn, "TIME": moment}[kind]})
    assert backups.restored_sums(output) == expected


def test_a_moment_outside_the_archive_is_refused_in_a_sentence(stack: Stack) -> None:
    assert "no base backup from before" in backups.refused(stack, TIME="2020-01-01")
    assert "archive ends before that moment" in backups.refused(stack, TIME="2099-01-01")
    assert "INTO is scratch or production" in backups.refused(stack, INTO="prod")


def test_the_archive_is_encrypted_and_only_the_key_opens_it(stack: Stack) -> None:
    backups.write(stack, "plain-to-see", 1)
    wait_until(lambda: backups.metrics(stack).get("wal_lag_bytes") == 0)
    code = """
import pathlib
files = [p for p in pathlib.Path("/v").rglob("*") if p.suffix == ".age"]
assert len(files) > 1, files
for path in files:
    content = path.read_bytes()
    assert content.startswith(b"age-encryption.org/v1"), path
    assert b"plain-to-see" not in content, path
print("encrypted")
"""
    assert backups.on_volume(stack, "backups", code) == "encrypted"
    code = """
import glob, subprocess
subprocess.run(["age-keygen", "-o", "/tmp/other"], check=True, capture_output=True)
file = glob.glob("/v/*/base/*/base.tar.zst.age")[0]
print(subprocess.run(["age", "-d", "-i", "/tmp/other", file], capture_output=True).returncode)
"""
    assert backups.on_volume(stack, "backups", code) == "1"


def test_a_damaged_backup_is_refused(stack: Stack) -> None:
    stack.script("backup", "base")
    flip = """
import glob
path = sorted(glob.glob("/v/*/base/*/base.tar.zst.age"))[-1]
with open(path, "r+b") as file:
    file.seek(5000)
    byte = file.read(1)[0]
    file.seek(5000)
    file.write(bytes([byte ^ 1]))
"""
    backups.on_volume(stack, "backups", flip)
    try:
        assert "is damaged" in backups.refused(stack)
    finally:
        backups.on_volume(stack, "backups", flip)
    assert "Restored in" in backups.restore(stack)


def test_the_backups_role_may_copy_and_read_but_change_nothing(stack: Stack) -> None:
    rights = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles"
    assert backups.value(stack, f"{rights} WHERE rolname = current_user") is False
    assert backups.value(stack, "SELECT has_table_privilege('posts', 'SELECT')")
    for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert not backups.value(stack, f"SELECT has_table_privilege('posts', '{right}')")
    assert not backups.value(stack, "SELECT has_schema_privilege('public', 'CREATE')")


def test_a_frozen_backup_fills_no_disk_shows_and_begins_anew(stack: Stack) -> None:
    before = backups.metrics(stack)
    assert backups.value(stack, "SHOW max_slot_wal_keep_size") == "2GB"
    container = stack.containers("backup")[0]
    backups.superuser(stack, "ALTER SYSTEM SET max_slot_wal_keep_size = '32MB'")
    backups.superuser(stack, "SELECT pg_reload_conf()")
    run("docker", "pause", container)
    try:
        active = "SELECT active FROM pg_replication_slots"
        wait_until(lambda: backups.superuser(stack, active) == "f", seconds=40)
        for number in range(5):
            note = f"SELECT pg_logical_emit_message(false, 'test', '{number}')"
            backups.superuser(stack, f"{note}; SELECT pg_switch_wal()")
        backups.superuser(stack, "CHECKPOINT")
        kept = backups.superuser(stack, "SELECT sum(size) FROM pg_ls_waldir()")
        assert backups.superuser(stack, "SELECT wal_status FROM pg_replication_slots") == "lost"
        assert int(kept) < 400 << 20  # min_wal_size, and not what the slot would have kept.
    finally:
        run("docker", "unpause", container)
        backups.superuser(stack, "ALTER SYSTEM RESET max_slot_wal_keep_size")
        backups.superuser(stack, "SELECT pg_reload_conf()")
    after = wait_until(
        lambda: (m := backups.metrics(stack))["base_count"] > before["base_count"] and m, seconds=60
    )
    assert after["gaps_total"] == before["gaps_total"] + 1
    assert after["wal_receiving"] == 1


def test_the_lost_primary_comes_back_with_all_but_the_last_second(stack: Stack) -> None:
    code = f"import pathlib; p = pathlib.Path('/var/lib/ironpress/uploads/{UPLOAD}');"
    stack.python("web", f"{code} p.parent.mkdir(exist_ok=True); p.write_bytes(b'picture')")
    uploaded = time.time()
    wait_until(lambda: backups.metrics(stack)["uploads_timestamp_seconds"] > uploaded)
    primary = stack.containers("postgres")[0]
    with backups.Writer(stack, "lost", 5_000, pause=0.002) as writer:
        wait_until(lambda: len(writer.acknowledged) > 500, seconds=60)
        run("docker", "kill", primary)
    last = max(writer.acknowledged.values())
    stack.python("web", f"{code} p.unlink()")
    run("docker", "rm", primary)
    wipe = "import shutil; shutil.rmtree('/v/data')"
    backups.on_volume(stack, "database", wipe)

    output = backups.restore(stack, INTO="production")
    assert "1 uploads put back" in output
    found = backups.inside_backup(
        stack, "database.rows(connection, \"SELECT name FROM categories WHERE name LIKE 'lost-%'\")"
    )
    there = {name for (name,) in found}
    missing = [moment for name, moment in writer.acknowledged.items() if name not in there]
    assert last - min(missing, default=last) <= MAX_LOSS_SECONDS
    assert stack.ask("/articles?x=1").status == 200
    assert stack.python("web", f"{code} print(p.read_bytes())") == "b'picture'"


def test_a_restored_primary_is_backed_up_again_on_its_new_timeline(stack: Stack) -> None:
    assert backups.value(stack, "SELECT timeline_id FROM pg_control_checkpoint()") == 2
    found = wait_until(
        lambda: "timeline 2" in (text := stack.script("backup", "list")) and text, seconds=60
    )
    assert "timeline 1" in found
    backups.write(stack, "second-life", 5)
    expected = backups.sums(stack)
    wait_until(lambda: backups.metrics(stack).get("wal_lag_bytes") == 0)
    assert backups.restored_sums(backups.restore(stack)) == expected


def test_backups_run_under_any_uid(images: None) -> None:
    output = run(
        "docker", "run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL",
        "--user", "12345:0", reference("backup"), "list",
    )  # fmt: skip
    assert output == ""
