"""The site as its readers meet it: answers, headers and the certificate that is served."""

import os
from collections import Counter

from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings, first_line, run

REQUIRED = (
    "strict-transport-security",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
)
REPEATABLE = {"set-cookie", "link", "vary"}
# What an attacker would like to know.
TELLTALE = {"x-powered-by", "via", "x-aspnet-version"}
# A page of the application, a form, an error of the application and one of the edge.
PAGES = {"/": 200, "/auth/login": 200, "/no-such-page": 404, "/static/no-such-file.css": 404}


def site(deployment: Deployment) -> Findings:
    """The site answers by HTTPS, every kind of page with its headers."""
    if not deployment.containers:
        return
    faults = []
    for path, expected in PAGES.items():
        ok, output = run("curl", "--head", *reach(deployment), f"{deployment.url}{path}")
        status, *lines = output.splitlines() or [""]
        if path == "/":
            answers = ok and f" {expected}" in status
            yield Finding("site", answers, first_line(status), "make logs SERVICE=edge")
        faults += [f"{path}: {fault}" for fault in wrong_headers(lines)]
        if f" {expected}" not in status:
            faults.append(f"{path}: {status[:20]}")
    detail = "; ".join(faults[:3]) or f"of {len(PAGES)} kinds of page, as they should be"
    yield Finding("headers", not faults, detail, "Does something stand before the edge?")
    yield redirect(deployment)
    yield served(deployment)


def reach(deployment: Deployment) -> list[str]:
    """Return how curl reaches this machine's edge under the site's name."""
    return [
        *proxy_protocol(), "--noproxy", "*",
        "--silent", "--show-error", "--max-time", "10", "--insecure",
        "--connect-to", f"::127.0.0.1:{deployment.ports[1]}",
    ]  # fmt: skip


def proxy_protocol() -> list[str]:
    """Return what curl needs where the edge answers only who speaks PROXY protocol."""
    return os.environ.get("PROXY_OPTION", "").split()


def wrong_headers(lines: list[str]) -> list[str]:
    """Return what is wrong with an answer's headers."""
    pairs = [line.partition(":") for line in lines if ":" in line]
    values = {name.lower(): value.strip() for name, _, value in pairs}
    counts = Counter(name.lower() for name, _, _ in pairs)
    wrong = [f"no {name}" for name in REQUIRED if name not in values]
    wrong += [f"{name} twice" for name, n in counts.items() if n > 1 and name not in REPEATABLE]
    wrong += [f"{name} tells too much" for name in TELLTALE & values.keys()]
    if any(character.isdigit() for character in values.get("server", "")):
        wrong.append("server tells its version")
    for name, _, value in pairs:
        flags = value.lower()
        if name.lower() == "set-cookie" and not ("secure" in flags and "httponly" in flags):
            wrong.append("a cookie without Secure or HttpOnly")
    return wrong


def redirect(deployment: Deployment) -> Finding:
    """Plain HTTP leads to HTTPS on the configured host only."""
    port = deployment.ports[0]
    _, output = run(
        "curl", *proxy_protocol(), "--noproxy", "*",
        "--silent", "--output", "/dev/null", "--max-time", "10",
        "--write-out", "%{http_code} %{redirect_url}", "--header", f"Host: {deployment.host}",
        f"http://127.0.0.1:{port}/",
    )  # fmt: skip
    status, _, location = output.partition(" ")
    right = status in ("301", "308") and location.startswith(deployment.url)
    return Finding("http leads to https", right, f"{status} {location}"[:60], "Run make up.")


def served(deployment: Deployment) -> Finding:
    """The edge serves the certificate that lies in the folder."""
    _, output = run(
        "openssl", "s_client", "-connect", f"127.0.0.1:{deployment.ports[1]}",
        "-servername", deployment.host, "-showcerts", stdin="",
    )  # fmt: skip
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    leaf = output.partition(begin)[2].partition(end)[0].strip()
    file = deployment.folder / "certs/site.crt"
    try:
        same = bool(leaf) and leaf in file.read_text(encoding="ascii")
    except OSError:
        same = False
    detail = "is the one in the folder" if same else "is another than in the folder"
    return Finding("certificate served", same, detail, "make reload")
