"""What a first look at a WordPress export collects for the second."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from app.services.importing.paths import redirect_path
from app.services.importing.wordpress.terms import Terms


@dataclass(slots=True)
class Blog:
    """Terms, authors, attachments, and where posts stood: by path, or by number after a `?`."""

    address: str = ""
    terms: Terms = field(default_factory=Terms)
    authors_by_id: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_address: dict[str, str] = field(default_factory=dict)
    offset: timedelta = timedelta()

    def gallery(self, post_id: str, ids: Sequence[str]) -> list[str]:
        """Return the addresses of attachments, of all of a post's when no ids are given."""
        wanted = ids or self.attached.get(post_id, [])
        return [self.attachments[i] for i in wanted if i in self.attachments]

    def target(self, address: str) -> str | None:
        """Return the id of the post that an address of the old blog means."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.netloc and parts.netloc != urlsplit(self.address).netloc:
            return None
        query = parse_qs(parts.query)
        if number := next((query[key][0] for key in ("p", "page_id") if key in query), None):
            return self.by_address.get(f"?{number}")
        return self.by_address.get(redirect_path(address) or "")
