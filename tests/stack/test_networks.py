"""Who can reach whom is tried from inside the containers."""

import subprocess

import pytest

from tests.stack.stack import Stack, run

CONNECT = """
import socket
try:
    socket.create_connection(({host!r}, {port}), timeout=2).close()
    print("reached")
except OSError as error:
    print("refused", error)
"""


def reaches(stack: Stack, service: str, host: str, port: int) -> bool:
    return stack.python(service, CONNECT.format(host=host, port=port)) == "reached"


@pytest.mark.parametrize("service", ["web", "worker"])
def test_the_application_reaches_its_data(stack: Stack, service: str) -> None:
    assert reaches(stack, service, "postgres", 5432)
    assert reaches(stack, service, "redis", 6379)


@pytest.mark.parametrize(("host", "port"), [("postgres", 5432), ("redis", 6379)])
def test_the_edge_reaches_the_application_but_no_data(stack: Stack, host: str, port: int) -> None:
    networks = stack.inspect(host)["NetworkSettings"]["Networks"].values()
    addresses = [network["IPAddress"] for network in networks]
    edge = stack.containers("edge")[0]
    for target in (host, *addresses):
        done = subprocess.run(
            f"timeout 4 docker exec {edge} openssl s_client -connect {target}:{port}".split(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert "CONNECTED" not in done.stdout, target


def test_the_web_tier_has_no_network_that_leads_out(stack: Stack) -> None:
    networks = stack.inspect("web")["NetworkSettings"]["Networks"]
    assert networks.keys() == {f"{stack.name}_front", f"{stack.name}_data"}
    for network in networks:
        assert run("docker", "network", "inspect", "-f", "{{.Internal}}", network).strip() == "true"
    # An address that nobody has (RFC 5737).
    assert not reaches(stack, "web", "192.0.2.1", 443)


def test_the_application_may_change_rows_but_no_tables(stack: Stack) -> None:
    code = """
from app import create_app, db
from sqlalchemy import text
with create_app().app_context(), db.engine.connect() as connection:
    print(connection.scalar(text("SELECT current_user")))
    try:
        connection.execute(text("CREATE TABLE mischief (id int)"))
    except Exception as error:
        print(type(error.orig).__name__)
"""
    assert stack.python("web", code).split("\n")[-2:] == ["ironpress_app", "InsufficientPrivilege"]


def test_redis_asks_for_a_password_and_refuses_what_administers(stack: Stack) -> None:
    code = """
import os, redis
url = open(os.environ["REDIS_URL_FILE"]).read().strip()
for client, command in [
    (redis.Redis("redis"), ("GET", "ironpress:x")),
    (redis.from_url(url), ("SET", "other", "1")),
    (redis.from_url(url), ("FLUSHALL",)),
    (redis.from_url(url), ("CONFIG", "GET", "*")),
]:
    try:
        print(client.execute_command(*command))
    except redis.exceptions.NoPermissionError:
        print("refused")
"""
    assert stack.python("web", code).split("\n") == ["refused"] * 4
