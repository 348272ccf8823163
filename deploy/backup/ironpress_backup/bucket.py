"""A bucket that speaks S3, for files of any size: they are never held in memory."""

import hashlib
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, quote, unquote, urlsplit

from defusedxml import ElementTree

from ironpress_backup import files
from ironpress_backup.programs import CHUNK, BackupError
from ironpress_backup.signature import encoded, signed_headers

SECONDS = 30
TRIES = 3
# What is larger is sent in parts: a store takes 5 GB at once, and only a failed part is repeated.
PART_BYTES = 64 << 20
MAX_PAGE_BYTES = 8 << 20


@dataclass(frozen=True)
class Kept:
    """A file in the bucket; `changed` in Unix seconds."""

    name: str
    size: int
    changed: float


class Part:
    """A piece of a file, as the HTTP client reads it."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self.file, self.start, self.size = file, start, size
        self.rewind()
        digest = hashlib.sha256()
        while chunk := self.read(CHUNK):
            digest.update(chunk)
        self.digest = digest.hexdigest()

    def rewind(self) -> None:
        """Begin anew."""
        self.file.seek(self.start)
        self.left = self.size

    def read(self, size: int) -> bytes:
        """Return what comes next."""
        data = self.file.read(min(size, self.left))
        self.left -= len(data)
        return data


@dataclass(frozen=True)
class Bucket:
    """Keeps files under their names."""

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
        if parts.scheme not in ("s3", "s3+http") or not parts.hostname or not parts.path.strip("/"):
            raise BackupError("backup_store is not s3://key:secret@host/bucket?region=…")
        return cls(
            host=parts.netloc.rpartition("@")[2],
            name=parts.path.strip("/"),
            key=unquote(parts.username or ""),
            secret=unquote(parts.password or ""),
            region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
            is_secure=parts.scheme == "s3",
        )

    def put(self, path: Path, name: str) -> None:
        """Keep a file."""
        with path.open("rb") as file:
            size = path.stat().st_size
            if size <= PART_BYTES:
                self.request("PUT", name, part=Part(file, 0, size))
            else:
                self.put_in_parts(file, size, name)

    def put_in_parts(self, file: IO[bytes], size: int, name: str) -> None:
        """Keep a large file; it is there when the last part and the list of all have arrived."""
        begun = ElementTree.fromstring(self.request("POST", name, {"uploads": ""}))
        number_of_upload = begun.findtext("{*}UploadId") or ""
        listed = []
        for number, start in enumerate(range(0, size, PART_BYTES), start=1):
            query = {"partNumber": str(number), "uploadId": number_of_upload}
            part = Part(file, start, min(PART_BYTES, size - start))
            tag = self.request("PUT", name, query, part=part, header="ETag").decode()
            listed.append(f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
        body = f"<CompleteMultipartUpload>{''.join(listed)}</CompleteMultipartUpload>".encode()
        self.request("POST", name, {"uploadId": number_of_upload}, body=body)

    def get(self, name: str, path: Path) -> None:
        """Bring a file back, whole or not at all."""
        with files.whole(path) as target:
            self.request("GET", name, target=target)

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no fault."""
        self.request("DELETE", name)

    def listed(self) -> Iterator[Kept]:
        """Give every file."""
        query = {"list-type": "2"}
        while True:
            page = ElementTree.fromstring(self.request("GET", "", query))
            for found in page.findall("{*}Contents"):
                name = found.findtext("{*}Key") or ""
                moment = datetime.fromisoformat(found.findtext("{*}LastModified") or "")
                yield Kept(name, int(found.findtext("{*}Size") or 0), moment.timestamp())
            following = page.findtext("{*}NextContinuationToken")
            if not following:
                return
            query = {"list-type": "2", "continuation-token": following}

    def request(
        self,
        method: str,
        name: str,
        query: Mapping[str, str] | None = None,
        *,
        part: Part | None = None,
        body: bytes = b"",
        target: IO[bytes] | None = None,
        header: str = "",
    ) -> bytes:
        """Send a request, again where the store failed; return the answer's body, or a header."""
        reason = ""
        for _ in range(TRIES):
            try:
                status, answer = self.send(method, name, query or {}, part, body, target, header)
            except (OSError, http.client.HTTPException) as error:
                reason = str(error) or type(error).__name__
                continue
            if 200 <= status < 300:
                return answer
            reason = f"status {status}"
            if status < 500 and status != 429:
                break
        raise BackupError(f"The bucket {self.name} at {self.host} does not do {method}: {reason}.")

    def send(
        self,
        method: str,
        name: str,
        query: Mapping[str, str],
        part: Part | None,
        body: bytes,
        target: IO[bytes] | None,
        header: str,
    ) -> tuple[int, bytes]:
        """Send one request, on a connection of its own."""
        address = quote(f"/{self.name}/{name}" if name else f"/{self.name}", safe="/-_.~")
        signed = signed_headers(
            method=method,
            host=self.host,
            path=address,
            query=query,
            body=body,
            key=self.key,
            secret=self.secret,
            region=self.region,
            now=datetime.now(UTC),
            digest=part.digest if part else "",
        )
        if part:
            part.rewind()
            signed["Content-Length"] = str(part.size)
        kind = http.client.HTTPSConnection if self.is_secure else http.client.HTTPConnection
        connection = kind(self.host, timeout=SECONDS)
        try:
            where = f"{address}?{encoded(query)}" if query else address
            connection.request(method, where, body=part or body or None, headers=signed)  # type: ignore[arg-type]
            answer = connection.getresponse()
            if target is None or answer.status >= 300:
                read = answer.read(MAX_PAGE_BYTES)
                return answer.status, (answer.getheader(header) or "").encode() if header else read
            target.seek(0)
            target.truncate()
            while chunk := answer.read(CHUNK):
                target.write(chunk)
            return answer.status, b""
        finally:
            connection.close()
