"""Names in addresses: short, lower-case, ASCII."""

import re
from collections.abc import Callable
from itertools import count

from slugify import slugify as transliterate

HAN = re.compile("[〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
READ_PER_CHARACTER = 10


def slugify(text: str, *, max_length: int = 200) -> str:
    """Return `text` as lower-case ASCII words joined by dashes, Chinese as pinyin.

    `max_length` is in characters; the cut falls between words where there is more than one.
    The answer is "" when nothing in the text can be spelt, a title of emoji for instance.
    """
    text = text[: READ_PER_CHARACTER * max_length]  # Of more, nothing would be left.
    if HAN.search(text):
        text = romanize(text)
    slug = transliterate(
        text, entities=False, decimal=False, hexadecimal=False, backend="text-unidecode"
    )
    return cut(slug, max_length)


def unique_slug(base: str, is_taken: Callable[[str], bool], *, max_length: int = 200) -> str:
    """Return the first of base, base-2, base-3 … that is not taken, within `max_length`.

    `base` must not be empty. `is_taken` is asked once for each candidate.
    """
    slug = base[:max_length].rstrip("-")
    numbers = count(2)
    while is_taken(slug):
        suffix = f"-{next(numbers)}"
        slug = base[: max_length - len(suffix)].rstrip("-") + suffix
    return slug


def romanize(text: str) -> str:
    """Return `text` with every Chinese word as pinyin syllables between spaces."""
    # Its dictionary of phrases, which tells chong-qing from zhong-yao, costs a process 0.2 s and
    # 57 MB: only those that meet a Chinese title pay.
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(text))


def cut(slug: str, max_length: int) -> str:
    """Return the whole words of a slug that fit, or the start of a first word that does not."""
    if len(slug) <= max_length:
        return slug
    words, _, _ = slug[: max_length + 1].rpartition("-")
    return words or slug[:max_length]
