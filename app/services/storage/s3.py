"""Files in a bucket of a store that speaks S3: AWS, MinIO, Ceph, Garage and others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from defusedxml import ElementTree

from app.models.base import utc_now
from app.services.storage.signature import encoded, signed_headers

SECONDS = 10
TRIES = 3
# Files are named by their content: they never change.
LIFETIME = "public, max-age=31536000, immutable"


class StoreAway(OSError):
    """The store cannot be reached, or refuses."""


class Answer(NamedTuple):
    """What the store has answered."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Bucket:
    """Keeps files in a bucket, whose name stands in the path of each request."""

    host: str
    name: str
    key: str
    secret: str
    region: str
    is_secure: bool

    @classmethod
    def at(cls, address: str) -> "Bucket":
        """Return the bucket of `s3://key:secret@host/bucket?region=…`; `s3+http` is without TLS."""
        parts = urlsplit(address)
        return cls(
            host=parts.netloc.rpartition("@")[2],
            name=parts.path.strip("/"),
            key=unquote(parts.username or ""),
            secret=unquote(parts.password or ""),
            region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
            is_secure=parts.scheme == "s3",
        )

    def write(self, path: str, data: bytes, media_type: str) -> None:
        """Keep a file."""
        headers = {"Content-Type": media_type, "Cache-Control": LIFETIME}
        self.request("PUT", path, body=data, headers=headers, expected=(200,))

    def read(self, path: str) -> bytes | None:
        """Return a file, None where there is none."""
        answer = self.request("GET", path, expected=(200, 404))
        return answer.body if answer.status == 200 else None

    def exists(self, path: str) -> bool:
        """Say whether a file is there."""
        return self.request("HEAD", path, expected=(200, 404)).status == 200

    def delete(self, path: str) -> None:
        """Delete a file; one that is not there is no fault."""
        self.request("DELETE", path, expected=(200, 204, 404))

    def paths(self) -> Iterator[str]:
        """Yield the path of every file."""
        query = {"list-type": "2"}
        while True:
            answer = self.request("GET", "", query=query, expected=(200,))
            page = ElementTree.fromstring(answer.body)
            yield from (found.text or "" for found in page.findall("{*}Contents/{*}Key"))
            following = page.findtext("{*}NextContinuationToken")
            if not following:
                return
            query = {"list-type": "2", "continuation-token": following}

    def request(
        self,
        method: str,
        path: str,
        *,
        expected: tuple[int, ...],
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, again where the store failed; all of ours may be repeated."""
        answer = Answer(0, b"")
        reason = ""
        for _ in range(TRIES):
            try:
                answer = self.send(method, path, query or {}, body, headers or {})
            except (OSError, HTTPException) as error:
                reason = str(error) or type(error).__name__
                continue
            if answer.status in expected:
                return answer
            reason = f"status {answer.status}"
            if answer.status < 500 and answer.status != 429:
                break
        raise StoreAway(f"The store of uploads does not do {method}: {reason}")

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes,
        headers: Mapping[str, str],
    ) -> Answer:
        """Send one request, on a connection of its own: files are read from here rarely."""
        address = quote(f"/{self.name}/{path}" if path else f"/{self.name}", safe="/-_.~")
        signed = signed_headers(
            method=method,
            host=self.host,
            path=address,
            query=query,
            body=body,
            key=self.key,
            secret=self.secret,
            region=self.region,
            now=utc_now(),
            headers=headers,
        )
        kind = HTTPSConnection if self.is_secure else HTTPConnection
        connection = kind(self.host, timeout=SECONDS)
        try:
            target = f"{address}?{encoded(query)}" if query else address
            connection.request(method, target, body=body or None, headers=signed)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()
