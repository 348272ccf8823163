"""Faults of the site's certificate: it has ended."""

from collections.abc import Iterator
from pathlib import Path

from tests.drills.faults import NOBODY, fault
from tests.stack.stack import HOST, Stack, run


@fault("certificate expired", spares=NOBODY, recovers=3, alert="CertificateExpires")
def _(stack: Stack) -> Iterator[None]:
    certs, ca = stack.folder / "certs", stack.folder / "ca"
    expire(certs / "site", ca / "ca")
    tell(stack)
    yield
    # What its runbook says.
    stack.script("certs")
    tell(stack)


def tell(stack: Stack) -> None:
    """Have the edge read its certificate again."""
    run("docker", "exec", stack.containers("edge")[0], "nginx", "-e", "stderr", "-s", "reload")


def expire(site: Path, ca: Path) -> None:
    """Put a certificate of the bundle's own authority in place that has just ended."""
    key, request, extensions = (site.with_suffix(name) for name in (".key", ".csr", ".ext"))
    certificate = site.with_suffix(".crt")
    extensions.write_text(f"subjectAltName=DNS:{HOST}\n")
    run("openssl", "req", "-new", "-key", str(key), "-subj", f"/CN={HOST}", "-out", str(request))
    signed = run(
        *("openssl", "x509", "-req", "-days", "-1", "-in", str(request)),
        *("-CA", str(ca.with_suffix(".crt")), "-CAkey", str(ca.with_suffix(".key"))),
        *("-set_serial", "7", "-extfile", str(extensions)),
    )
    certificate.write_text(signed)  # In place: it is mounted.
    request.unlink()
    extensions.unlink()
