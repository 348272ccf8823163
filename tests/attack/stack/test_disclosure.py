"""Secrets on the wire: no version, no source, no trace and no secret is shown to anybody."""

import re
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from tests.attack.stack.client import Client, in_parallel
from tests.attack.stack.wire import own_edge, talk
from tests.stack.browser import Browser
from tests.stack.front import Edge
from tests.stack.stack import HOST, SERVICES, Stack, run

# What is often left lying about, and what has often been left switched on.
LEFT_BEHIND = (
    ".git/config", ".git/HEAD", ".git/index", ".git/logs/HEAD", ".gitignore", ".svn/entries",
    ".hg/store", ".env", ".env.example", ".env.production", ".DS_Store", ".htaccess", ".htpasswd",
    ".dockerignore", ".bash_history", ".ssh/id_rsa", ".aws/credentials", ".npmrc", ".pypirc",
    ".vscode/settings.json", ".idea/workspace.xml", ".well-known/openid-configuration",
    "Dockerfile", "docker-compose.yml", "docker-compose.prod.yml", "Makefile", "README.md",
    "CHANGELOG.md", "pyproject.toml", "requirements.txt", "requirements/runtime.txt", "setup.py",
    "package.json", "package-lock.json", "composer.json", "gunicorn.conf.py", "app.py", "wsgi.py",
    "config.py", "settings.py", "app/config.py", "app/__init__.py", "app/models/user.py",
    "app.db", "blog.db", "db.sqlite3", "instance/blog.sqlite", "database.sql", "dump.sql",
    "backup.sql", "backup.zip", "backup.tar.gz", "site.tar.gz", "www.zip", "error.log",
    "access.log", "debug.log", "core", "nginx.conf", "server.key", "site.key", "privkey.pem",
    "secrets/secret_key", "run/secrets/secret_key", "etc/passwd", "proc/self/environ",
)  # fmt: skip
SWITCHED_ON = (
    "console", "debug", "debug/pprof/", "_debug_toolbar/", "__debugger__", "admin/debug", "trace",
    "actuator", "actuator/env", "actuator/heapdump", "server-status", "server-info", "status",
    "nginx_status", "stub_status", "basic_status", "metrics", "metrics/", "prometheus", "healthz",
    "healthz/", "healthz/live", "healthz/ready", "healthz/startup", "health", "phpinfo.php",
    "info.php", "wp-login.php", "wp-admin/", "xmlrpc.php", "phpmyadmin/", "adminer.php",
    "swagger.json", "swagger-ui/", "graphql", "api/v1/debug", "api/console", "_profiler",
    "_ignition/execute-solution", "telescope", "elmah.axd", "trace.axd", "web.config",
    "jmx-console", "solr/", "jenkins/", "manager/html", "cgi-bin/test", "_errors/",
    "_errors/en/503.html",
    "srv/edge/static/", "_internal", "flower/", "celery", "redis", "adm", "test", "static/",
    "static/css/", "uploads/", "uploads/../", "static/../app.py", "static/..%2fapp%2fconfig.py",
    "static/%2e%2e/%2e%2e/etc/passwd", "static/....//....//etc/passwd",
    "uploads/..%2f..%2fetc/passwd",
    "static//etc/passwd", "static/%5c..%5c..%5cetc%5cpasswd", "static/x%00.css", "static../app.py",
    "uploads../x",
)  # fmt: skip
SOURCES = (
    "static/css/site.css", "static/js/site.js", "index.html", "robots.txt", "app.py", "config.py",
    ".env", "auth/login", "admin", "api/v1/posts",
)  # fmt: skip
ENDINGS = (
    "~", ".bak", ".old", ".orig", ".save", ".swp", ".swo", ".tmp", ".copy", ".1", ".zip",
    ".tar.gz", ".gz", ".map", ".txt", ".source", ".php", ".pyc", "%20", "::$DATA",
)  # fmt: skip
PATHS = (
    *(f"/{path}" for path in LEFT_BEHIND + SWITCHED_ON),
    *(f"/{source}{ending}" for source, ending in product(SOURCES, ENDINGS)),
)
# The page of a path that is there for everybody.
PUBLIC = ("/robots.txt", "/search")
BANNER = re.compile(
    r"nginx/\d|gunicorn|werkzeug|flask/|python/\d|debian|openssl/\d|postgres(?:ql)?[ /]\d|psycopg|"
    r"redis[ /]\d|sqlalchemy|traceback|/usr/lib/|dist-packages|line \d+, in ",
    re.IGNORECASE,
)
BANNER_HEADERS = ("X-Powered-By", "Via", "X-AspNet-Version", "X-Runtime", "X-Generator", "X-Debug")
ASKED = b"\r\nHost: {host}\r\nConnection: close\r\n\r\n"
BROKEN = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\r\n\r\n",
    b"GET /%ff%fe HTTP/1.1" + ASKED,
    b"GET /%00 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"BREW /about HTTP/1.1" + ASKED,
    b"TRACE / HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"POST /auth/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: x\r\n\r\n",
    b"POST /api/v1/posts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
    b"GET /api/v1/posts?per_page=x&cursor=%27 HTTP/1.1" + ASKED,
    b"GET /api/v1/posts/99999999999999999999 HTTP/1.1" + ASKED,
    b"GET /articles?page=99999999999999999999 HTTP/1.1" + ASKED,
    b"GET /search?q=%27%22%5c%28%00 HTTP/1.1" + ASKED,
    b"GET /about HTTP/1.1\r\nRange: bytes=9-1" + ASKED,
    b"GET /about HTTP/1.1\r\nAuthorization: Bearer x.y.z" + ASKED,
    b"GET /about HTTP/1.1\r\nCookie: __Host-session=.x.y" + ASKED,
    b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n",
)  # fmt: skip
TRIED = len(PATHS) + len(BROKEN)
METRICS = (
    "import urllib.request as r\n"
    "for port in (9101, 9102):\n"
    "    try: print(r.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=5).read().decode())\n"
    "    except OSError: pass\n"
)


@pytest.fixture(scope="module")
def edge(stack: Stack) -> Edge:
    """Give the bundle's own edge."""
    return own_edge(stack)


@pytest.fixture(scope="module")
def secrets(stack: Stack) -> set[str]:
    """Give every secret of the bundle, also those that stand within an address."""
    found = set()
    for path in (stack.folder / "secrets").iterdir():
        text = path.read_text().strip()
        found |= {text, *re.findall(r"://[^:/]*:([^@]+)@", text), *re.findall(r">(\S+)", text)}
    return {secret for secret in found if len(secret) >= 16}


def test_nothing_that_was_left_behind_is_served(edge: Edge) -> None:
    def probe(client: Client, path: str) -> list[str]:
        answer = client.ask(path)
        shown = f"{answer.headers} {answer.body}".replace(path[1:], "")  # Links lead back to it.
        faults = [f"{path} names {name}" for name in BANNER.findall(shown)]
        if answer.status == 200 and path not in PUBLIC:
            faults.append(f"{path} is served")
        faults += [f"{path} {name}" for name in BANNER_HEADERS if answer.all(name)]
        return faults + ([path] if answer.get("Server") != "nginx" else [])

    found = in_parallel(edge, list(PATHS), probe)
    assert [fault for faults in found for fault in faults] == []


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_no_error_says_what_it_happened_in(edge: Edge, secrets: set[str], number: int) -> None:
    with edge.connect() as client:
        shown = talk(client, BROKEN[number].replace(b"{host}", HOST.encode())).content.decode()
    assert not BANNER.search(shown), shown
    assert not [secret for secret in secrets if secret in shown]


def test_no_script_or_style_leads_to_its_source(stack: Stack) -> None:
    files = [
        path
        for path in Path("app/static").rglob("*")
        if path.suffix in (".css", ".js", ".map") and path.is_file()
    ]
    assert files
    assert not [path for path in files if path.suffix == ".map"]
    assert not [path for path in files if "sourceMappingURL" in path.read_text("utf-8")]


def test_no_secret_is_in_a_page_a_log_a_metric_or_a_process(
    stack: Stack, admin: Browser, secrets: set[str]
) -> None:
    assert len(secrets) >= 10
    shown = [admin.get(path).body for path in ("/", "/admin/settings", "/admin/audit")]
    shown += [stack.python(service, METRICS) for service in ("web", "worker", "backup")]
    assert any("ironpress_" in text for text in shown)
    for service in SERVICES:
        for container in stack.containers(service):
            shown.append(run("docker", "logs", container))
            processes = run("docker", "top", container, "-eo", "pid").split()[1:]
            for process in processes:
                for file in ("cmdline", "environ"):
                    with suppress(FileNotFoundError, ProcessLookupError):  # It has ended.
                        shown.append(Path(f"/proc/{process}/{file}").read_text("utf-8", "replace"))
    assert not [secret for secret in secrets for text in shown if secret in text]
