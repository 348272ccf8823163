"""TLS as testssl.sh sees it: no finding without a written reason, in both profiles."""

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.attack.figures import record
from tests.stack.front import Edge, another_edge
from tests.stack.stack import HOST, Stack, run
from tests.unavailable import cannot_run

pytestmark = pytest.mark.slow  # Two minutes, most of which it waits.
PROFILES = ("intermediate", "modern")
TOOLS = ("hexdump", "openssl", "awk")
REASONS = {
    "engine_problem": "It is about the machine that asks: GOST ciphers are not known there.",
    "cert_revocation": "The certificate is of the bundle's own CA, which is not asked whether it "
    "still holds; a public one's certificates name such a place, and the edge staples its answer.",
    "sessionresumption_ticket": "It does not look without a name server; tests/stack/test_tls.py "
    "does: no ticket is given.",
    "NPN": "There is no such thing in TLS 1.3, which it says itself.",
    "BREACH": "What a page holds that could be guessed by its compressed length is the form token. "
    "It opens nothing from another site (tests/attack/test_cross_site.py); no session stands in a "
    "page.",
}


def scan(edge: Edge, folder: Path) -> list[dict[str, Any]]:
    """Return everything that testssl.sh has to say of an edge."""
    unpacked = Path(run("scripts/debian-package", "testssl.sh").strip())
    # It asks no names here, but wants to have a program for it.
    folder.mkdir()
    (folder / "nslookup").symlink_to(shutil.which("false") or "/bin/false")
    found = folder / "found.json"
    subprocess.run(
        [unpacked / "usr/bin/testssl", "--nodns", "none", "--ip", edge.address, "--quiet",
         "--warnings", "batch", "--add-ca", edge.stack.folder / "ca/ca.crt",
         "--jsonfile", found, f"https://{HOST}:8443"],
        env=os.environ | {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "TESTSSL_INSTALL_DIR": str(unpacked / "etc/testssl"),
        },
        capture_output=True, timeout=600,
    )  # fmt: skip
    items: list[dict[str, Any]] = json.loads(found.read_text())
    return items


def test_testssl_finds_nothing_that_has_no_reason(stack: Stack, tmp_path: Path) -> None:
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        cannot_run(f"testssl.sh needs {', '.join(missing)}")
    with (
        another_edge(stack, tmp_path / "intermediate") as intermediate,
        another_edge(stack, tmp_path / "modern", EDGE_TLS="modern") as modern,
        ThreadPoolExecutor(2) as pool,
    ):
        edges = (intermediate, modern)
        reports = list(pool.map(scan, edges, (tmp_path / "a", tmp_path / "b")))
    for profile, report in zip(PROFILES, reports, strict=True):
        answers = {item["id"]: item["finding"] for item in report}
        assert answers["overall_grade"] == "A+", profile
        assert "not offered" in answers["TLS1_1"], profile
        assert ("not offered" in answers["TLS1_2"]) == (profile == "modern")
        findings = [item for item in report if item["severity"] not in ("OK", "INFO", "DEBUG")]
        record(
            f"TLS scan, {profile}",
            tried=len(report),
            findings=len(findings),
            grade=answers["overall_grade"],
        )
        assert [item for item in findings if item["id"] not in REASONS] == [], profile
