"""Uploads in a bucket: against a server that speaks S3, signed as Amazon's own client signs."""

import io
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.extensions import db
from app.models import User
from app.services import media, uploads
from app.services.storage import store
from app.services.storage.s3 import Bucket, StoreAway
from app.services.storage.signature import encoded, signed_headers

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start the server and give its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        host = f"127.0.0.1:{port}"
        for _ in range(200):
            try:
                httpx.get(f"http://{host}/moto-api/", timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.1)  # Nothing tells when another program listens.
        yield host
        run.terminate()


@pytest.fixture
def address(server: str) -> str:
    """Make an empty bucket and give its address."""
    httpx.post(f"http://{server}/moto-api/reset").raise_for_status()
    made = f"s3+http://{KEY}:{SECRET.replace('/', '%2F')}@{server}/blog?region=eu-central-1"
    region = "<LocationConstraint>eu-central-1</LocationConstraint>"
    body = f"<CreateBucketConfiguration>{region}</CreateBucketConfiguration>"
    Bucket.at(made).request("PUT", "", body=body.encode(), expected=(200,))
    return made


def test_files_are_written_read_listed_and_deleted(address: str) -> None:
    bucket = Bucket.at(address)
    for number in range(3):
        bucket.write(f"a{number}/b c+d ü.txt", b"x" * number, "text/plain")
    assert bucket.read("a2/b c+d ü.txt") == b"xx"
    assert sorted(bucket.paths()) == [f"a{number}/b c+d ü.txt" for number in range(3)]
    assert bucket.exists("a1/b c+d ü.txt")
    bucket.delete("a1/b c+d ü.txt")
    bucket.delete("a1/b c+d ü.txt")
    assert not bucket.exists("a1/b c+d ü.txt")
    assert bucket.read("a1/b c+d ü.txt") is None


def test_a_list_of_more_than_a_page_is_whole(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket.at(address)
    for number in range(5):
        bucket.write(f"aa/{number}", b"", "text/plain")
    request = Bucket.request

    def small_pages(self: Bucket, method: str, path: str, **given: object) -> object:
        if query := given.get("query"):
            given["query"] = {**query, "max-keys": "2"}  # type: ignore[dict-item]
        return request(self, method, path, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Bucket, "request", small_pages)
    assert len(set(bucket.paths())) == 5


def test_a_picture_lives_in_the_bucket_from_upload_to_deletion(
    app: Flask, address: str, client: FlaskClient, make_user: Callable[..., User]
) -> None:
    app.config["UPLOAD_STORE"] = address
    owner = make_user()
    picture = io.BytesIO()
    Image.new("RGB", (700, 300), "red").save(picture, "PNG")
    stored = uploads.store_image(data=picture.getvalue(), filename="a.png", owner_id=owner.id)
    assert len(list(store().paths())) == 3
    answer = client.get(stored.url)
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert Image.open(io.BytesIO(answer.data)).size == (700, 300)
    assert client.get(stored.url.replace(".png", "-640.webp")).content_type == "image/webp"
    again = client.get(stored.url, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    upload = uploads.find_by_path(stored.path)
    assert upload
    media.delete_file(upload_id=upload.id, user=owner)
    assert list(store().paths()) == []
    assert client.get(stored.url).status_code == 404
    db.session.rollback()


def test_a_store_that_is_away_or_refuses_says_so(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        away = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(StoreAway, match="GET: "):
        Bucket.at(f"s3+http://{KEY}:secret@{away}/blog").read("a")
    with pytest.raises(StoreAway, match="PUT: status 404"):
        Bucket.at(address.replace("/blog", "/nowhere")).write("a", b"", "text/plain")


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("query", [{}, {"list-type": "2", "continuation-token": "a/b+c=&ü"}])
def test_signatures_are_those_of_amazons_own_client(method: str, query: dict[str, str]) -> None:
    now = datetime(2026, 3, 1, 12, 30, 45, tzinfo=UTC)
    body = b"a body" if method == "PUT" else b""
    headers = {"Content-Type": "text/plain", "Cache-Control": "public,  max-age=1"}
    path = "/blog/ab/c%20d-320.webp"
    url = f"https://s3.example.org{path}" + (f"?{encoded(query)}" if query else "")
    theirs = AWSRequest(method=method, url=url, data=body, headers=headers)
    theirs.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
    theirs.headers["X-Amz-Date"] = theirs.context["timestamp"]
    signer = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "eu-central-1")
    theirs.headers["X-Amz-Content-SHA256"] = signer.payload(theirs)
    string = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    ours = signed_headers(
        method=method,
        host="s3.example.org",
        path=path,
        query=query,
        body=body,
        key=KEY,
        secret=SECRET,
        region="eu-central-1",
        now=now,
        headers=headers,
    )
    assert ours["authorization"].endswith(f"Signature={signer.signature(string, theirs)}")
    assert urlencode(query).count("=") == encoded(query).count("=")
