"""Attacks on TLS: testssl.sh finds nothing at the edge, in either profile."""

import json
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.stack.front import another_edge
from tests.stack.stack import HOST, Stack, run

FINE = {"OK", "INFO", "DEBUG"}
# What testssl.sh finds that is none, and why.
REASONS = {
    "cert_trust": "the certificate is of the bundle's own CA",
    "cert_chain_of_trust": "the certificate is of the bundle's own CA",
    "cert_revocation": "a CA of one's own has no list and no responder",
    "cert_extlifeSpan": "a CA of one's own",
    "DNS_CAArecord": "the name is in no DNS here",
    "scanTime": "how long it took",
    "engine_problem": "a cipher engine of the machine that scans",
    "BREACH": "pages with a secret carry a token that differs each time",
    "LUCKY13": "no cipher with CBC is offered; said of any",
    "overall_grade": "of a certificate that no browser knows",
    "grade_cap_reason_1": "of a certificate that no browser knows",
}


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["intermediate", "modern"])
def test_a_scanner_of_tls_finds_nothing(stack: Stack, tmp_path: Path, profile: str) -> None:
    tool = Path(run("scripts/debian-package", "testssl.sh").strip())
    report = tmp_path / "report.json"
    with another_edge(stack, tmp_path / "edge", EDGE_TLS=profile, EDGE_CONNECTIONS="1000") as edge:
        subprocess.run(
            [
                tool / "usr/bin/testssl", "--quiet", "--color", "0", "--warnings", "batch",
                "--ip", edge.address, "--add-ca", stack.folder / "ca/ca.crt",
                "--openssl", "/usr/bin/openssl", "--jsonfile", report, f"{HOST}:8443",
            ],
            env={"PATH": "/usr/bin:/bin", "TESTSSL_INSTALL_DIR": str(tool / "etc/testssl")},
            cwd=ROOT, capture_output=True, timeout=800,
        )  # fmt: skip
    findings = json.loads(report.read_text())
    assert len(findings) > 80
    assert [
        f"{found['severity']} {found['id']}: {found['finding']}"
        for found in findings
        if found["severity"] not in FINE and found["id"].split()[0] not in REASONS
    ] == []
