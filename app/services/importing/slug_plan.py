"""Decides every article's address before the first is written, so that links can lead to it."""

from collections.abc import Iterable, Mapping

from app.services.importing.records import Entry
from app.text.slugs import unique_slug

MAX_SLUG_CHARS = 200


def plan_slugs(
    entries: Iterable[Entry], *, existing: Mapping[str, str], taken: Iterable[str]
) -> dict[str, str]:
    """Return the slug of each source id.

    `existing` holds those of a former run, which stay; `taken` all that are in use, former
    addresses included. The first who wants a slug gets it, later ones get a number.
    """
    used = set(taken)
    plan: dict[str, str] = {}
    for entry in entries:
        slug = existing.get(entry.source_id)
        if slug is None:
            slug = unique_slug(
                entry.wanted_slug or "post", used.__contains__, max_length=MAX_SLUG_CHARS
            )
            used.add(slug)
        plan[entry.source_id] = slug
    return plan
