"""The site's certificate comes from an ACME server and is renewed while readers go on."""

import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.stack.stack import HOST, Stack, reference, run, wait_until

VALID_SECONDS = 20 * 24 * 3600
READERS = 4
PEBBLE = {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": "/pebble/pebble.crt",
    "privateKey": "/pebble/pebble.key",
    "httpPort": 8080,
    "tlsPort": 8443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": False,
    "certificateValidityPeriod": VALID_SECONDS,
}


class Authority(NamedTuple):
    """An ACME server that trusts the name server beside it, and itself has a certificate."""

    name: str
    folder: Path

    def root(self) -> str:
        """Return the certificate that readers must trust; nothing while it is starting."""
        address = json.loads(run("docker", "inspect", self.name))[0]["NetworkSettings"]["Networks"]
        (network,) = address.values()
        where = f"https://{network['IPAddress']}:15000/roots/0"
        return run("curl", "--silent", "--insecure", where, check=False)


def outside(stack: Stack, container: str) -> str:
    networks = json.loads(run("docker", "inspect", container))[0]["NetworkSettings"]["Networks"]
    address: str = networks[f"{stack.name}_outside"]["IPAddress"]
    return address


@pytest.fixture(scope="module")
def authority(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Start Pebble, for which every name is the edge."""
    run("scripts/images", "acme", "pebble")
    folder, name = tmp_path_factory.mktemp("pebble"), f"{stack.name}-pebble"
    ca = stack.folder / "ca"
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=pebble", "-keyout", str(folder / "pebble.key"),
        "-out", str(folder / "request"))  # fmt: skip
    (folder / "extensions").write_text(f"subjectAltName=DNS:{name}\n")
    run("openssl", "x509", "-req", "-days", "9", "-in", str(folder / "request"),
        "-CA", str(ca / "ca.crt"), "-CAkey", str(ca / "ca.key"), "-set_serial", "1",
        "-extfile", str(folder / "extensions"), "-out", str(folder / "pebble.crt"))  # fmt: skip
    (folder / "pebble.json").write_text(json.dumps({"pebble": PEBBLE}))
    edge = outside(stack, stack.containers("edge")[0])
    image = reference("pebble")
    run("docker", "run", "--detach", "--name", name, "--network", f"{stack.name}_outside",
        "--volume", f"{folder}:/pebble:ro", "--env", "PEBBLE_VA_NOSLEEP=1",
        "--env", "PEBBLE_WFE_NONCEREJECT=0", image,
        "pebble", "-config", "/pebble/pebble.json", "-dnsserver", "127.0.0.1:8053")  # fmt: skip
    run("docker", "run", "--detach", "--name", f"{name}-names", "--network", f"container:{name}",
        image, "pebble-challtestsrv", "-defaultIPv4", edge, "-defaultIPv6", "", "-http01", "",
        "-https01", "", "-tlsalpn01", "", "-doh", "")  # fmt: skip
    yield Authority(name, folder)
    run("docker", "rm", "--force", f"{name}-names", name)


@pytest.fixture
def acme(stack: Stack, authority: Authority) -> Iterator[str]:
    """Start the ACME client; afterwards the site has a certificate of the local CA again."""
    (stack.folder / "acme/directory-ca.crt").write_text((stack.folder / "ca/ca.crt").read_text())
    settings = {
        "ACME_DIRECTORY": f"https://{authority.name}:14000/dir",
        "ACME_EMAIL": "chief@example.org",
        "ACME_CHECK_SECONDS": "2",  # Each look finds less than 30 of 20 days, and renews.
        "ACME_RETRY_SECONDS": "2",
    }
    environment = {**stack.environment, **settings}
    compose = ("scripts/bundle", "--profile", "acme")
    run(*compose, "up", "--detach", "--no-deps", "acme", env=environment)
    yield run(*compose, "ps", "--all", "--quiet", "acme", env=environment).strip()
    run(*compose, "rm", "--stop", "--force", "acme", env=environment)
    (stack.folder / "certs/site.crt").unlink()
    stack.script("reload")
    wait_until(lambda: issuer(stack, stack.tls()))


def issuer(stack: Stack, context: ssl.SSLContext) -> str:
    """Return who issued the certificate that the edge shows; nothing when it is not trusted."""
    try:
        with (
            socket.create_connection(("127.0.0.1", stack.https_port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=HOST) as client,
        ):
            certificate: Any = client.getpeercert()
    except ssl.SSLCertVerificationError:
        return ""
    return str(certificate["serialNumber"])


# Who does not take gzip gets a page that the edge unpacks as it goes, in chunks.
LAST_CHUNK = b"0\r\n\r\n"


@contextmanager
def readers(stack: Stack, context: ssl.SSLContext) -> Iterator[Counter[str]]:
    """Read all the time over new connections; count what came."""
    seen: Counter[str] = Counter()
    stop = threading.Event()
    request = f"GET /about HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()

    def read() -> None:
        while not stop.is_set():
            try:
                raw = socket.create_connection(("127.0.0.1", stack.https_port), timeout=10)
                with context.wrap_socket(raw, server_hostname=HOST) as client:
                    client.sendall(request)
                    answer = b"".join(iter(lambda client=client: client.recv(65536), b""))
                seen[answer[9:12].decode() if answer.endswith(LAST_CHUNK) else "cut"] += 1
            except OSError as error:
                seen[f"{type(error).__name__} {error}"] += 1

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_certificate_is_obtained_and_renewed_without_a_failed_request(
    stack: Stack, authority: Authority, acme: str
) -> None:
    context = stack.tls()
    context.load_verify_locations(cadata=wait_until(authority.root))
    own = issuer(stack, stack.tls())
    with readers(stack, context) as seen:
        serials = set()
        wait_until(
            lambda: serials.add(issuer(stack, context)) or len(serials - {own}) > 1,
            seconds=90,
        )
    assert "" not in serials
    assert set(seen) == {"200"}, seen
    assert seen.total() > 50
    # It may do no more than any other container of the bundle.
    container = json.loads(run("docker", "inspect", acme))[0]
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert container["Config"]["User"] == "10001:0"
    assert not [mount for mount in container["Mounts"] if mount["Source"].endswith(".sock")]
