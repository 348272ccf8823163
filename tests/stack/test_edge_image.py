"""A configuration that is wrong, or weak, makes no image of the edge."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT

SERVER = "server {{ listen 8090; location / {{ {} }} }}\n"


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build everything but the last stage; what has not changed comes from the cache."""
    base = os.environ.get("BASE", "ironpress-base:trixie")
    return subprocess.run(
        ["docker", "build", "--target", "build", "--progress", "plain", "--build-arg",
         f"BASE={base}", "--file", "deploy/nginx/Dockerfile", "."],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "DOCKER_BUILDKIT": "1"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("conf/snippets/refusals.conf", "error_page 599;\n", "invalid number of arguments"),
        (
            "conf/http/visitor.conf",
            SERVER.format("return 302 https://elsewhere$uri;"),
            "http_splitting",
        ),
        ("conf/http/visitor.conf", SERVER.format("proxy_pass http://$arg_to;"), "ssrf"),
    ],
)
def test_what_nginx_or_gixy_refuses_is_not_built(
    images: None, tmp_path: Path, file: str, line: str, complaint: str
) -> None:
    for name in ("deploy", "app/static", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    with (tmp_path / "deploy/nginx" / file).open("a") as configuration:
        configuration.write(line)
    done = build(tmp_path)
    assert done.returncode != 0
    assert complaint in done.stdout + done.stderr
