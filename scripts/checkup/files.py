"""Secrets and certificates."""

import stat

from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings, first_line, run

MIN_CERTIFICATE_DAYS = 14
MIN_SECRET_CHARS = 32
# Mails and alerts are printed where there is no address to send them to; the archive may stay where
# it is; a local database and cache need no provider's CA.
OPTIONAL_SECRETS = ("data_ca", "alert_webhook_url", "backup_store", "smtp_url")
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def secrets(deployment: Deployment) -> Findings:
    """Every secret is there, long enough, and readable by the containers' user only."""
    for name, path in sorted(deployment.secrets.items()):
        if not path.exists():
            yield Finding(f"secret {name}", False, "missing", "Run make secrets.")
            continue
        state = path.stat()
        mode = stat.S_IMODE(state.st_mode)
        long_enough = name in OPTIONAL_SECRETS or state.st_size >= MIN_SECRET_CHARS
        yield Finding(
            f"secret {name}",
            mode == 0o400 and state.st_uid == deployment.uid and long_enough,
            f"mode {mode:04o}, uid {state.st_uid}, {state.st_size} bytes",
            f"Expected mode 0400, uid {deployment.uid}, {MIN_SECRET_CHARS} bytes or more:"
            " make secrets.",
        )


def mail(deployment: Deployment) -> Findings:
    """There is a mail server: without one nobody can confirm an address or reset a password."""
    path = deployment.secrets.get("smtp_url")
    given = path is not None and path.exists() and path.stat().st_size > 1
    yield Finding(
        "mail server",
        given,
        "smtp_url is set" if given else "none: mails are not sent, their links are lost",
        "Write smtp://user:password@host:587 into the secret smtp_url, then make up.",
        warning=True,
    )


def certificate(deployment: Deployment) -> Findings:
    """The certificate is for this host, lasts a while, has its chain and belongs to its key."""
    path = str(deployment.folder / "certs/site.crt")
    advice = "Run make certs, or put your own into site.crt and site.key."
    ok, _ = run("openssl", "x509", "-in", path, "-noout", "-checkend", "0")
    lasts, output = run(
        "openssl", "x509", "-in", path, "-noout", "-enddate", "-checkend",
        str(MIN_CERTIFICATE_DAYS * 86400),
    )  # fmt: skip
    yield Finding("certificate", ok and lasts, first_line(output), advice)
    matches = run("openssl", "x509", "-in", path, "-noout", "-checkhost", deployment.host)[1]
    yield Finding("certificate host", "does match" in matches, deployment.host, advice)
    public = run("openssl", "x509", "-in", path, "-noout", "-pubkey")[1]
    own = run("openssl", "pkey", "-in", path.replace(".crt", ".key"), "-pubout")[1]
    detail = "belongs to the certificate" if public == own else "of another certificate, or none"
    yield Finding("certificate key", public == own, detail, advice)
    yield chain(deployment, path)


def chain(deployment: Deployment, path: str) -> Finding:
    """The certificate leads to the local authority, or to one that the system trusts."""
    output = ""
    for authorities in (str(deployment.folder / "ca/ca.crt"), SYSTEM_AUTHORITIES):
        ok, output = run("openssl", "verify", "-CAfile", authorities, "-untrusted", path, path)
        if ok:
            return Finding("certificate chain", True, f"leads to {authorities}"[-60:])
    return Finding(
        "certificate chain",
        False,
        (output.splitlines() or [""])[-1][:60],
        "Put the authority's intermediate certificates behind yours in site.crt.",
    )
