"""A PostgreSQL and a Redis of somebody else's: by address alone, and only over verified TLS."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from app.settings import ROOT
from tests.stack.provider import Provider
from tests.stack.stack import Stack


@pytest.fixture(scope="module")
def managed(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Bring up a bundle whose data is at a provider's; its addresses are all that says so."""
    stack = Stack(tmp_path_factory.mktemp("managed"))
    stack.script("secrets")
    provider = Provider(tmp_path_factory.mktemp("provider"))
    try:
        folder = stack.folder / "secrets"
        postgres = provider.postgres()
        redis = provider.redis(folder / "redis_acl")
        redis_password = (folder / "redis_password").read_text().strip()
        given = provider.addresses(postgres, redis, redis_password)
        for name, value in given.items():
            (folder / name).write_text(value + "\n")
        stack.start()
        yield stack
    finally:
        stack.stop()
        provider.stop()


def test_the_local_services_do_not_start_and_the_site_works(managed: Stack) -> None:
    started = managed.script("bundle", "ps", "--all", "--format", "{{.Service}}").split()
    assert not {"postgres", "redis", "backup"} & set(started)
    assert managed.ask("/").status == 200
    code = """
from app import create_app, db
from sqlalchemy import text
with create_app().app_context(), db.engine.connect() as connection:
    print(connection.scalar(text("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")))
import os, redis
url = open(os.environ["REDIS_URL_FILE"]).read().strip()
print(redis.from_url(url).set("ironpress:x", "1"))
"""
    assert managed.python("web", code).split("\n")[-2:] == ["TLSv1.3", "True"]


def test_a_certificate_of_another_authority_is_refused(managed: Stack) -> None:
    code = """
import os, psycopg2, redis
other = "/etc/ssl/certs/ca-certificates.crt"
for name, connect in (
    ("DATABASE_URL_FILE", psycopg2.connect),
    ("REDIS_URL_FILE", lambda url: redis.from_url(url).ping()),
):
    url = open(os.environ[name]).read().strip().replace("/run/secrets/data_ca", other)
    try:
        connect(url)
        print("accepted")
    except Exception as error:
        print("certificate verify failed" in str(error))
"""
    assert managed.python("web", code).split("\n")[-2:] == ["True", "True"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("database_url", "sslmode=verify-full", "sslmode=require"),
        ("redis_url", "rediss://", "redis://"),
    ],
)
def test_an_address_without_verified_tls_is_refused_before_anything_starts(
    managed: Stack, name: str, old: str, new: str
) -> None:
    path = managed.folder / "secrets" / name
    kept = path.read_text()
    path.write_text(kept.replace(old, new))
    try:
        done = subprocess.run(
            ["scripts/up"], env=managed.environment, cwd=ROOT, capture_output=True, text=True
        )
    finally:
        path.write_text(kept)
    assert done.returncode
    assert name in done.stderr
    assert json.dumps(old)[1:-1] in done.stderr
