"""A client that another program makes from the document writes, reads and deletes."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import db
from app.auth import TokenService
from app.models import Role, User
from tests.chromium import served

CONFIG = "project_name_override: ironpress-client\npackage_name_override: ironpress_client\n"


@pytest.fixture(scope="module")
def client_package(session_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Generate the client and make it importable."""
    folder = tmp_path_factory.mktemp("client")
    document = session_app.test_client().get("/api/v1/openapi.json").text
    (folder / "openapi.json").write_text(document, encoding="utf-8")
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    run = subprocess.run(
        [
            Path(sys.executable).with_name("openapi-python-client"),
            *("generate", "--path", "openapi.json", "--config", "config.yml"),
            *("--meta", "none", "--output-path", "ironpress_client", "--fail-on-warning"),
        ],
        cwd=folder,
        # The generator formats its code by a program that it looks for.
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith("ironpress_client")]:
        del sys.modules[name]


def operation(tag: str, name: str) -> Any:
    return importlib.import_module(f"ironpress_client.api.{tag}.{name}")


def test_a_generated_client_writes_reads_and_deletes(
    client_package: Path, threaded_app: Flask
) -> None:
    with threaded_app.app_context():
        user = User(username="client", email="client@example.org", role=int(Role.AUTHOR))
        db.session.add(user)
        db.session.commit()
        token = TokenService.generate_access_token(user.id)
    package = importlib.import_module("ironpress_client")
    models = importlib.import_module("ironpress_client.models")
    with served(threaded_app) as address:
        client = package.AuthenticatedClient(base_url=address, token=token)
        with client:
            body = models.PostInput(
                title="你好", content="By a client.", tags=["api"], is_published=True
            )
            written = operation("posts", "create_post").sync(client=client, body=body)
            assert isinstance(written, models.Post), written
            read = operation("posts", "read_post").sync(written.id, client=client)
            assert read == written
            assert read.author.username == "client"
            page = operation("posts", "list_posts").sync(client=client, per_page=5)
            assert [item.id for item in page.items] == [written.id]
            changed = operation("posts", "update_post").sync(
                written.id, client=client, body=models.PostChanges(title="New")
            )
            assert changed.title == "New"
            gone = operation("posts", "delete_post").sync_detailed(written.id, client=client)
            assert gone.status_code == 204
            missing = operation("posts", "read_post").sync(written.id, client=client)
            assert isinstance(missing, models.Error)
            assert missing.status == 404
