"""Malicious uploads: refused, or drawn anew; whatever is kept never acts as a page or program."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app.models import User
from app.settings import ROOT
from tests.attack.files import (
    ENDINGS,
    MARK,
    NAMES,
    NO_PICTURES,
    TYPES,
    bombs,
    documents,
    floods,
    picture,
    polyglots,
)

MOST_MEMORY = 64 * 2**20
POLYGLOTS, FLOODS, DOCUMENTS, BOMBS = map(
    len, map(list, (polyglots(), floods(), documents(), bombs()))
)
TRIED = (
    len(NO_PICTURES) * len(ENDINGS)
    + len(NAMES)
    + len(TYPES)
    + POLYGLOTS
    + 2 * FLOODS
    + DOCUMENTS
    + 2 * BOMBS
)
SAFE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


@pytest.fixture
def browser(make_user: Callable[..., User], sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in(make_user())


def send(
    browser: FlaskClient, data: bytes, name: str, mimetype: str = "image/png", kind: str = "image"
) -> TestResponse:
    """Upload a file."""
    file = (io.BytesIO(data), name, mimetype)
    answer = browser.post(f"/upload/{kind}", data={"file": file})
    answer.request.environ["wsgi.input"].close()  # A file where it is large.
    return answer


def faults_of(browser: FlaskClient, answer: TestResponse, folder: Path) -> list[str]:
    """Return what is wrong with a file that was taken."""
    url = answer.json["url"]
    got = browser.application.test_client().get(url)
    faults = [] if got.status_code == 200 else [f"status {got.status_code}"]
    if got.mimetype in SAFE_TYPES:
        with Image.open(io.BytesIO(got.data)) as image:
            image.load()
            faults += (
                [f"info {image.info.keys()}"]
                if {"exif", "icc_profile", "comment"} & set(image.info)
                else []
            )
        faults += ["metadata"] if MARK in got.data or b"alert(1)" in got.data else []
    elif "attachment" not in got.headers["Content-Disposition"]:
        faults.append("not an attachment")
    policy = got.headers["Content-Security-Policy"]
    faults += [] if "sandbox" in policy and "default-src 'none'" in policy else ["policy"]
    faults += [] if got.headers["X-Content-Type-Options"] == "nosniff" else ["sniffed"]
    path = (folder / url.removeprefix("/uploads/")).resolve()
    faults += [] if path.is_relative_to(folder.resolve()) and path.exists() else ["outside"]
    return faults + (["executable"] if path.stat().st_mode & 0o111 else [])


@pytest.fixture
def folder(app: Flask) -> Path:
    """Give the folder of uploads."""
    return Path(app.config["UPLOAD_FOLDER"])


def test_what_is_no_picture_is_refused_by_any_name(browser: FlaskClient) -> None:
    for kind, data in NO_PICTURES.items():
        for ending in ENDINGS.values():
            answer = send(browser, data, f"a.{ending}", f"image/{ending}")
            assert answer.status_code in (400, 422), (kind, ending, answer.text)


def test_a_name_and_a_type_decide_nothing(browser: FlaskClient, folder: Path) -> None:
    data = picture("PNG")
    outside = {*folder.parent.iterdir(), folder}
    for name in NAMES:
        answer = send(browser, data, name)
        if answer.status_code == 201:
            assert answer.json["url"].endswith(".png"), name
            assert faults_of(browser, answer, folder) == [], name
        else:
            assert answer.status_code in (400, 422), name
    for mimetype in TYPES:
        answer = send(browser, data, "a.png", mimetype)
        assert answer.status_code == 201
        assert answer.json["url"].endswith(".png")
    assert set(folder.parent.iterdir()) == outside


def test_of_a_polyglot_only_the_picture_is_left(browser: FlaskClient, folder: Path) -> None:
    for name, data in polyglots():
        answer = send(browser, data, "a.png")
        if answer.status_code == 201:
            assert faults_of(browser, answer, folder) == [], name
        else:
            assert answer.status_code in (400, 422), (name, answer.text)


def test_a_document_is_what_its_name_says_or_refused(browser: FlaskClient) -> None:
    for name, file_name, data in documents():
        answer = send(browser, data, file_name, "application/pdf", "document")
        assert answer.status_code in (400, 422), (name, answer.text)


def test_a_flood_is_refused_or_small(browser: FlaskClient, folder: Path) -> None:
    for name, data in floods():
        answer = send(browser, data, "a.png")
        assert answer.status_code in (201, 400, 422), name
        if answer.status_code == 201:
            assert faults_of(browser, answer, folder) == [], name


def test_nothing_is_unpacked(browser: FlaskClient, folder: Path) -> None:
    for name, file_name, data in bombs():
        answer = send(browser, data, file_name, "application/zip", "document")
        assert answer.status_code in (201, 400, 422), name
    assert not Path("/tmp/evil").exists()


MEASURE = """
import json, resource, sys
sys.path.insert(0, {root!r})
from app import create_app
from app.services import documents, images
from app.services.documents import is_really
from app.services.errors import InvalidUpload
from tests.attack.files import bombs, floods
app = create_app("testing")
floods, bombs = list(floods()), list(bombs())
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with app.test_request_context():
    before = peak()
    for _, data in floods:
        try:
            images.redraw(data)
        except InvalidUpload:
            pass
    for _, name, data in bombs:
        is_really(name.rpartition(".")[2], data)
    print(json.dumps(peak() - before))
"""


def test_no_malicious_file_takes_much_memory() -> None:
    """In a process of its own, whose greatest size is that of these files."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE.format(root=str(ROOT))],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) <= MOST_MEMORY


def test_the_list_of_files_is_long() -> None:
    assert TRIED >= 300
