"""With the profile `pgbouncer` the site is the same, on few connections that stay bounded."""

from collections.abc import Iterator

import pytest

from tests.stack.browser import Browser
from tests.stack.stack import ADMIN, Stack, run, wait_until

APPLICATION = """
from concurrent.futures import ThreadPoolExecutor
from sqlalchemy import create_engine, text
from app import create_app, db
app = create_app("production")
"""


@pytest.fixture(scope="module")
def pooled(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Bring up a bundle whose web containers reach the database by way of PgBouncer."""
    run("scripts/images", "pgbouncer")
    more = {"COMPOSE_PROFILES": "pgbouncer", "WEB_REPLICAS": "1"}
    stack = Stack(tmp_path_factory.mktemp("pooled"), more=more)
    try:
        stack.start()
        name, password = ADMIN
        stack.flask("create-admin", name, "chief@example.org", ADMIN_PASSWORD=password)
        stack.flask("seed")
        yield stack
    finally:
        stack.stop()


def test_what_is_written_is_read_at_once(pooled: Stack) -> None:
    browser = Browser(pooled)
    browser.log_in(*ADMIN)
    for path in ("/articles", "/search?q=flask", "/api/v1/posts", "/feed.atom"):
        assert pooled.ask(path).status == 200, path
    before = pooled.ask("/").body
    fields = {
        "title": "Through the bouncer",
        "content": "A transaction at a time.",
        "is_published": "y",
    }
    assert browser.submit("/desk/posts/new", **fields).status == 302
    # The worker, which listens to PostgreSQL itself, has every edge read it anew.
    assert "Through the bouncer" not in before
    wait_until(lambda: "Through the bouncer" in pooled.ask("/").body)


def test_web_alone_goes_through_it(pooled: Stack) -> None:
    addresses = {
        service: pooled.python(service, "print(open('/run/secrets/database_url').read())")
        for service in ("web", "worker")
    }
    assert "@pgbouncer/" in addresses["web"]
    assert "@postgres/" in addresses["worker"]


def test_the_roles_own_bounds_are_in_force(pooled: Stack) -> None:
    code = f"""{APPLICATION}
names = ("statement_timeout", "lock_timeout", "timezone", "jit")
with app.app_context():
    print(*[db.session.scalar(text("SHOW " + name)) for name in names])
    try:
        db.session.execute(text("SELECT pg_sleep(20)"))
    except Exception as error:
        print(type(error.orig).__name__)
"""
    assert pooled.python("web", code).split("\n")[-2:] == ["5s 2s UTC off", "QueryCanceled"]


def test_many_clients_share_few_connections(pooled: Stack) -> None:
    code = f"""{APPLICATION}
engine = create_engine(app.config["DATABASE_URL"], pool_size=80, max_overflow=0)
def ask(number):
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(0.1)"))
        return connection.scalar(text("SELECT pg_backend_pid()"))
with ThreadPoolExecutor(80) as pool:
    print(0 < len(set(pool.map(ask, range(160)))) <= 30)
"""
    assert pooled.python("web", code).split("\n")[-1] == "True"


def test_it_is_as_hardened_as_the_rest(pooled: Stack) -> None:
    host = pooled.inspect("pgbouncer")["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["PortBindings"] == {}
    assert pooled.inspect("pgbouncer")["Config"]["User"] == "10001:0"


def test_every_secret_can_be_changed(pooled: Stack) -> None:
    """All at once: deleted, made anew, and read by whom they concern; the data stays."""
    folder = pooled.folder / "secrets"
    changed = [path for path in folder.glob("*_password") if path.name != "grafana_password"]
    changed += [folder / "secret_key", folder / "edge_refresh_key"]
    before = {path: path.read_text() for path in changed}
    for path in changed:
        path.unlink()
    pooled.script("up")
    assert all(path.read_text() != text for path, text in before.items())
    browser = Browser(pooled)
    browser.log_in(*ADMIN)
    fields = {"title": "After the change", "content": "Still here.", "is_published": "y"}
    assert browser.submit("/desk/posts/new", **fields).status == 302
    wait_until(lambda: "After the change" in pooled.ask("/").body)
    well = pooled.script("bundle", "ps", "--format", "{{.Service}} {{.Status}}")
    assert "unhealthy" not in well
    assert "Restarting" not in well
