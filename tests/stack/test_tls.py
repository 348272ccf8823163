"""Which TLS and which certificates the edge offers, by its settings."""

import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack.front import Edge, another_edge
from tests.stack.stack import HOST, Stack, free_port, run, wait_until


def session(edge: Edge, *options: str) -> str:
    """Return what openssl says of a handshake."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{edge.address}:8443", "-servername", HOST, *options],
        input="", capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def modern(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Start an edge of the modern profile."""
    with another_edge(stack, tmp_path_factory.mktemp("modern"), EDGE_TLS="modern") as edge:
        yield edge


def test_the_modern_profile_is_tls_1_3_alone(stack: Stack, modern: Edge) -> None:
    with pytest.raises(ssl.SSLError):
        modern.connect(context=stack.tls(maximum_version=ssl.TLSVersion.TLSv1_2))
    with modern.connect() as client:
        assert client.version() == "TLSv1.3"
    assert modern.ask("/about")[0] == 200


def test_no_ticket_is_given_whose_key_would_have_to_be_kept(stack: Stack) -> None:
    # What TLS 1.3 calls a ticket is then the number of a session that the edge remembers.
    context = stack.tls(maximum_version=ssl.TLSVersion.TLSv1_2)
    raw = socket.create_connection(("127.0.0.1", stack.https_port), timeout=10)
    with context.wrap_socket(raw, server_hostname=HOST) as client:
        assert client.session
        assert not client.session.has_ticket


def test_an_rsa_certificate_may_stand_beside_the_ecdsa_one(stack: Stack, tmp_path: Path) -> None:
    with another_edge(stack, tmp_path, EDGE_RSA="on") as edge:
        ours = ("-CAfile", str(tmp_path / "ca/ca.crt"), "-verify_return_error")
        rsa = session(edge, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", *ours)
        assert "Server public key is 3072 bit" in rsa
        assert "Verify return code: 0" in rsa
        assert "Server public key is 256 bit" in session(edge, *ours)


@contextmanager
def responder(folder: Path, certificate: Path, port: int) -> Iterator[None]:
    """Answer for the local CA what has become of its certificates: nothing bad."""
    serial = run("openssl", "x509", "-in", str(certificate), "-noout", "-serial")
    number = serial.strip().partition("=")[2]
    (folder / "index").write_text(f"V\t350101000000Z\t\t{number}\tunknown\t/CN={HOST}\n")
    process = subprocess.Popen(
        ["openssl", "ocsp", "-index", str(folder / "index"), "-port", str(port),
         "-rsigner", str(folder / "ca/ca.crt"), "-rkey", str(folder / "ca/ca.key"),
         "-CA", str(folder / "ca/ca.crt"), "-ndays", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def certificate_with_responder(folder: Path, address: str) -> Path:
    """Make a certificate that says where to ask about it, with its issuer behind it."""
    site, ca = folder / "certs/site.crt", folder / "ca/ca.crt"
    (folder / "extensions").write_text(
        f"subjectAltName=DNS:{HOST}\nauthorityInfoAccess=OCSP;URI:{address}\n"
    )
    request = folder / "request"
    run("openssl", "req", "-new", "-key", str(folder / "certs/site.key"), "-subj", f"/CN={HOST}",
        "-out", str(request))  # fmt: skip
    run("openssl", "x509", "-req", "-days", "90", "-in", str(request), "-CA", str(ca),
        "-CAkey", str(folder / "ca/ca.key"), "-set_serial", "4711",
        "-extfile", str(folder / "extensions"), "-out", str(site))  # fmt: skip
    site.write_text(site.read_text() + ca.read_text())
    return site


def test_what_the_issuer_says_of_a_certificate_is_stapled_to_it(
    stack: Stack, tmp_path: Path
) -> None:
    gateway = run(
        "docker", "network", "inspect", f"{stack.name}_outside",
        "--format", "{{(index .IPAM.Config 0).Gateway}}",
    ).strip()  # fmt: skip
    port = free_port()
    with another_edge(stack, tmp_path):
        pass  # Certificates to begin with.
    certificate = certificate_with_responder(tmp_path, f"http://{gateway}:{port}")
    with responder(tmp_path, certificate, port), another_edge(stack, tmp_path) as edge:
        # The first visitor makes the edge ask its issuer.
        stapled = wait_until(
            lambda: "Cert Status: good" in (said := session(edge, "-status")) and said
        )
        assert "OCSP Response Status: successful" in stapled


def test_an_edge_that_was_told_to_reload_is_started_again_after_a_crash(stack: Stack) -> None:
    edge = stack.containers("edge")[0]
    run("docker", "restart", edge)  # Whatever signals others have sent are forgotten.
    stack.script("reload")
    first = int(run("docker", "inspect", "--format", "{{.State.Pid}}", edge))
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: stack.containers("edge") == [edge], 30)
    wait_until(lambda: answers(stack), 30)


def answers(stack: Stack) -> bool:
    try:
        return stack.ask("/about").status == 200
    except OSError:
        return False
