"""A made-up blog as rows: who writes, what, when, how often it is read and commented on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from app.models import Role
from app.models.derived import SUMMARY_CHARS
from app.models.post_search import IndexedPost
from app.services.seeding.prose import LANGUAGES, Library
from app.services.seeding.words import common_words
from app.text.markdown import render_comment, summarize
from app.text.search import MAX_TOKENS, bounded_document, tokenize
from app.text.slugs import slugify, unique_slug

Row = dict[str, Any]

# The same in every run, so that the same seed gives the same rows.
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = timedelta(days=5 * 365)
CATEGORIES = {
    "en": ["Engineering", "Travel", "Books", "Garden"],
    "zh": ["技术", "旅行", "读书", "生活"],
}
USER_PREFIX = "seeded"
AUTHOR_EVERY = 10  # The first of ten users writes articles, the others comment.
LIBRARY_BLOCKS = (200, 4000)
MAX_VIEWS = 200_000
COMMENTS_EXPONENT = 0.8


@dataclass(frozen=True)
class Topics:
    """Ids of categories and tags by language, the commonest first."""

    categories: dict[str, list[int]]
    tags: dict[str, list[int]]


@dataclass
class Batch:
    """Rows of some posts, and what goes with them."""

    posts: list[Row] = field(default_factory=list)
    post_tags: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)
    documents: list[IndexedPost] = field(default_factory=list)


class Blog:
    """Makes the rows; ids go up from those given, `taken_slugs` are those in use."""

    def __init__(
        self,
        *,
        seed: int,
        posts: int,
        comments: int,
        topics: Topics,
        author_ids: list[int],
        reader_ids: list[int],
        first_post_id: int,
        first_comment_id: int,
        taken_slugs: set[str],
    ) -> None:
        self.chance = Random(seed)  # noqa: S311  # It protects nothing.
        self.posts, self.topics = posts, topics
        self.author_ids, self.reader_ids = author_ids, reader_ids
        self.first_post_id, self.next_comment_id = first_post_id, first_comment_id
        self.taken_slugs = taken_slugs
        least, most = LIBRARY_BLOCKS
        size = max(least, min(most, posts // 5))
        self.libraries = {name: Library(name, self.chance, size) for name in LANGUAGES}
        # A post's place in the order of popularity; readers follow it, commenters less closely.
        self.ranks = list(range(1, posts + 1))
        self.chance.shuffle(self.ranks)
        weights = list(accumulate(rank**-COMMENTS_EXPONENT for rank in self.ranks))
        chosen = self.chance.choices(range(posts), cum_weights=weights, k=comments) if posts else []
        self.comment_counts = Counter(chosen)
        self.remarks = self._remarks()

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows of all posts, some at a time, the oldest first."""
        for start in range(0, self.posts, size):
            batch = Batch()
            for number in range(start, min(start + size, self.posts)):
                self._add_post(batch, number)
            yield batch

    def _remarks(self) -> list[tuple[str, str]]:
        sources = [
            self.libraries[language].prose.sentence() for language in LANGUAGES for _ in range(500)
        ]
        return [(source, render_comment(source)) for source in sources]

    def _add_post(self, batch: Batch, number: int) -> None:
        chance = self.chance
        language = "zh" if chance.random() < 0.4 else "en"
        library = self.libraries[language]
        title = library.prose.title()[:200]
        article = library.article()
        written_at = NEWEST - SPAN * (1 - number / self.posts)
        is_published = chance.random() < 0.98
        post_id = self.first_post_id + number
        row = {
            "id": post_id,
            "title": title,
            "slug": self._slug(title),
            "summary": summarize(article.rendered.text, SUMMARY_CHARS),
            "language": language,
            "is_published": is_published,
            "published_at": written_at if is_published else None,
            "view_count": MAX_VIEWS // self.ranks[number] if is_published else 0,
            "word_count": article.rendered.word_count,
            "reading_minutes": article.rendered.reading_minutes,
            "author_id": skewed(chance, self.author_ids),
            "category_id": skewed(chance, self.topics.categories[language]),
            "content": article.source,
            "content_html": article.rendered.html,
            "content_text": article.rendered.text,
            "toc": [asdict(entry) for entry in article.rendered.toc],
            "created_at": written_at,
            "updated_at": written_at + timedelta(days=30) * (chance.random() < 0.1),
        }
        batch.posts.append(row)
        batch.post_tags += self._tags(post_id, language)
        if is_published:
            words = tokenize(title)
            document = bounded_document(words, article.tokens[: MAX_TOKENS - len(words)])
            batch.documents.append((post_id, written_at, document))
            batch.comments += self._comments(post_id, written_at, self.comment_counts[number])

    def _slug(self, title: str) -> str:
        slug = unique_slug(slugify(title) or "post", self.taken_slugs.__contains__)
        self.taken_slugs.add(slug)
        return slug

    def _tags(self, post_id: int, language: str) -> list[Row]:
        tags = self.topics.tags[language]
        chosen = {skewed(self.chance, tags) for _ in range(self.chance.randint(1, 5))}
        return [{"post_id": post_id, "tag_id": tag_id} for tag_id in sorted(chosen)]

    def _comments(self, post_id: int, since: datetime, count: int) -> list[Row]:
        chance = self.chance
        rows: list[Row] = []
        for place in range(count):
            parent = chance.choice(rows) if rows and chance.random() < 0.3 else None
            if parent and parent["depth"] == 3:
                parent = None
            content, html = chance.choice(self.remarks)
            rows.append(
                {
                    "id": self.next_comment_id,
                    "content": content,
                    "content_html": html,
                    "is_approved": chance.random() < 0.97,
                    "post_id": post_id,
                    "author_id": chance.choice(self.reader_ids),
                    "parent_id": parent["id"] if parent else None,
                    "depth": parent["depth"] + 1 if parent else 0,
                    "created_at": since + timedelta(minutes=7 * (place + 1)),
                }
            )
            self.next_comment_id += 1
        return rows


def skewed(chance: Random, items: list[int]) -> int:
    """Return one of the items, the first ones far more often than the last (about 1 / rank)."""
    return items[int(len(items) ** chance.random()) - 1]


def user_rows(*, first_id: int, first_number: int, count: int, password_hash: str) -> list[Row]:
    """Return the rows of some users, `seeded1` the first of them."""
    return [
        {
            "id": first_id + place,
            "username": f"{USER_PREFIX}{first_number + place}",
            "email": f"{USER_PREFIX}{first_number + place}@example.org",
            "password_hash": password_hash,
            "nickname": None,
            "role": int(Role.AUTHOR if place % AUTHOR_EVERY == 0 else Role.GUEST),
            "email_verified_at": NEWEST - SPAN,
            "created_at": NEWEST - SPAN,
            "updated_at": NEWEST - SPAN,
        }
        for place in range(count)
    ]


def tag_names() -> dict[str, list[str]]:
    """Return the names of tags in each language."""
    return {language: common_words(language)[1] for language in LANGUAGES}
