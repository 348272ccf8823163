"""The sample articles of a first start."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from app.models import Post, User, db
from app.models.base import utc_now
from app.services.taxonomy import find_or_add_category, find_or_add_tags

FOLDER = Path(__file__).resolve().parents[2] / "samples"
SOURCE = "sample"


def add_sample_posts(*, author: User) -> int:
    """Add the sample articles that are not there yet; return how many were added."""
    present = set(db.session.scalars(select(Post.import_key).where(Post.import_source == SOURCE)))
    missing = [path for path in sorted(FOLDER.glob("*.md")) if path.stem not in present]
    for path in missing:
        db.session.add(read_sample(path, author))
        # The next sample finds the tags of this one.
        db.session.flush()
    db.session.commit()
    return len(missing)


def read_sample(path: Path, author: User) -> Post:
    """Return the article of a file: YAML between two lines of dashes, then Markdown."""
    _, head, content = path.read_text(encoding="utf-8").split("---\n", 2)
    values: dict[str, Any] = yaml.safe_load(head)
    published_at = utc_now() - timedelta(days=values["days_ago"])
    return Post(
        title=values["title"],
        summary=values["summary"],
        language=values["language"],
        content=content.strip() + "\n",
        author=author,
        category=find_or_add_category(values["category"]),
        tags=find_or_add_tags(values["tags"]),
        is_published=True,
        published_at=published_at,
        created_at=published_at,
        updated_at=published_at,
        import_source=SOURCE,
        import_key=path.stem,
    )
