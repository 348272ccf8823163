"""The database goes to the next major version of PostgreSQL, with everything, or stays as it was.

The next version is that of Debian's coming release: images of this tree on a base of it.
"""

import os
import subprocess
from collections.abc import Iterator

import pytest

from app.settings import ROOT
from tests.stack import backups
from tests.stack.stack import ADMIN, IMAGES, Stack, reference, run, wait_until

SUITE, MAJOR = "forky", "18"
NEXT = "postgres-next"
# There the driver is built for a newer Python only; the present one's runs as well.
DRIVER = "/usr/lib/python3/dist-packages/psycopg2"
WITH_DRIVER = f"""FROM ironpress-backup:{NEXT}
COPY --from={reference("backup")} {DRIVER} {DRIVER}
"""


@pytest.fixture(scope="module")
def next_images(images: None) -> str:
    """Build the images with the next version; all others are this tree's. Give their tag."""
    base = f"ironpress-base:{SUITE}"
    if not run("docker", "images", "--quiet", base):
        run("scripts/base-image", base, env=dict(os.environ) | {"SUITE": SUITE})
    given = {"BASE": base, "POSTGRES": MAJOR, "TAG": NEXT}
    run("scripts/images", "postgres", "backup", env=dict(os.environ) | given)
    build = ["docker", "build", "--quiet", "--tag", f"ironpress-backup:{NEXT}", "-"]
    subprocess.run(build, input=WITH_DRIVER, text=True, check=True, capture_output=True)
    for image in set(IMAGES) - {"postgres", "backup"}:
        run("docker", "tag", reference(image), f"ironpress-{image}:{NEXT}")
    return NEXT


@pytest.fixture
def own(next_images: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a bundle with articles, on the present version."""
    stack = Stack(tmp_path_factory.mktemp("bundle"))
    try:
        stack.start()
        stack.flask("create-admin", ADMIN[0], "chief@example.org", ADMIN_PASSWORD=ADMIN[1])
        stack.flask("seed", "--posts", "200", "--comments", "500", "--users", "20")
        yield stack
    finally:
        stack.stop()


def upgrade(stack: Stack) -> subprocess.CompletedProcess[str]:
    """Run the upgrade as an operator does."""
    environment = stack.environment | {"TAG": NEXT}
    return subprocess.run(
        ["scripts/upgrade-postgres"], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def version(stack: Stack) -> str:
    return str(backups.value(stack, "SHOW server_version"))


@pytest.mark.slow
def test_every_row_is_there_on_the_next_version_and_is_backed_up_there(own: Stack) -> None:
    before = backups.sums(own)
    assert version(own).startswith("17")
    done = upgrade(own)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert version(own).startswith(MAJOR)
    after = backups.sums(own)
    assert {table: after[table] for table in ("posts", "comments", "users", "tags")} == {
        table: before[table] for table in ("posts", "comments", "users", "tags")
    }
    assert own.ask("/articles?x=1").status == 200
    wait_until(lambda: backups.metrics(own).get("base_timestamp_seconds"), seconds=120)
    assert "equal" in own.script("backup", "verify")


@pytest.mark.slow
def test_a_version_that_does_not_start_leaves_the_old_one(own: Stack) -> None:
    broken = f"FROM ironpress-postgres:{NEXT}\nENV PGDATA=/nowhere\n"
    before = backups.sums(own)
    run("docker", "tag", f"ironpress-postgres:{NEXT}", f"ironpress-postgres:{NEXT}-whole")
    build = ["docker", "build", "--quiet", "--tag", f"ironpress-postgres:{NEXT}", "-"]
    subprocess.run(build, input=broken, text=True, check=True, capture_output=True)
    try:
        done = upgrade(own)
    finally:
        run("docker", "tag", f"ironpress-postgres:{NEXT}-whole", f"ironpress-postgres:{NEXT}")
    assert done.returncode == 1
    assert "PostgreSQL 17 is back" in done.stderr
    assert version(own).startswith("17")
    assert backups.sums(own)["posts"] == before["posts"]
    wait_until(lambda: own.ask("/articles?x=1").status == 200, 60)
