"""Fits imported articles to what the tables have room for."""

from app.services.clean import clean_line
from app.services.importing.records import ImportedPost
from app.services.importing.terms import MAX_NAME_CHARS, name_of
from app.text.html import truncate_chars

MAX_TITLE_CHARS = 200
MAX_SUMMARY_CHARS = 500


def within_limits(record: ImportedPost) -> ImportedPost:
    """Shorten what the tables have no room for, with a warning."""
    title, summary = clean_line(record.title) or "Untitled", clean_line(record.summary)
    for name, text, most in (
        ("title", title, MAX_TITLE_CHARS),
        ("summary", summary, MAX_SUMMARY_CHARS),
    ):
        if len(text) > most:
            record.warnings.append(f"its {name} was cut to {most} characters")
    record.title = truncate_chars(title, MAX_TITLE_CHARS)
    record.summary = truncate_chars(summary, MAX_SUMMARY_CHARS) or None
    record.content = record.content.replace("\0", "")
    if long := [term.name for term in record.tags if len(term.name) > MAX_NAME_CHARS]:
        record.warnings.append(f"tags were cut to {MAX_NAME_CHARS} characters: {', '.join(long)}")
    record.tags = [term for term in record.tags if name_of(term)]
    return record
