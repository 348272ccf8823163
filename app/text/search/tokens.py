"""Cuts text into the tokens that every search engine stores and looks up.

A word is a run of letters and digits, folded (NFKC, case, Latin and Greek accents, English plural).
A run of Chinese, Japanese or Korean characters becomes overlapping pairs and a last single one
(数据库 → 数据, 据库, 库), so each character has one token and two-character words are found.
Tokens hold no white space, no punctuation and no ASCII but [a-z0-9], whatever the text was.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

MAX_TOKEN_CHARS = 64

CJK = (
    "\u1100-\u11ff\u3005\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufaff\uff66-\uffdc"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
# These join the character before them: vowels of split Hangul, voice marks, variation selectors.
_JOINING = "\u1160-\u11ff\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Soft hyphen and joiners stand inside words without being part of them.
_IGNORED = "\u00ad\u200c\u200d\u2060"


def _combining_marks() -> str:
    blocks = (range(0x0300, 0x3100), range(0xA660, 0xAC00), range(0xFE00, 0xFE30))
    return "".join(chr(c) for b in blocks for c in b if unicodedata.category(chr(c))[0] == "M")


_MARKS = _combining_marks()
RUN = re.compile(
    rf"(?P<cjk>[{CJK}][{CJK}{_JOINING}]*)"
    rf"|(?P<word>[^\W_{CJK}](?:[^\W_{CJK}]|[{_MARKS}{_IGNORED}])*)"
)
_LETTER = re.compile(rf"[^\W_{CJK}]")
_INSIDE_LETTER = re.compile(f"[{_MARKS}{_IGNORED}]")
_INSIDE_CJK = re.compile(f"(?<=[{CJK}{_JOINING}])[{_JOINING}]")
# Whatever does not stand for itself, but changes or joins the character before it.
JOINED = re.compile(f"[{_MARKS}{_IGNORED}{_JOINING}]")
_CJK_CHARACTER = re.compile(rf"[{CJK}][{_JOINING}]*")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UNDECOMPOSABLE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"}
)


class Token(NamedTuple):
    """One token and where its characters stand in the text it was cut from."""

    text: str
    start: int
    end: int


class Run(NamedTuple):
    """Neighbouring tokens that were written without a gap, in one kind of script."""

    tokens: tuple[Token, ...]
    is_cjk: bool


def tokenize(text: str, *, limit: int | None = None) -> list[str]:
    """Return the tokens of a text, in order, or the first of them."""
    return [token.text for token in islice(scan(text), limit)]


def scan(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[Token]:
    """Yield the tokens of a text with their places, reading no further than the caller does."""
    for match in RUN.finditer(text, start, end):
        if match.lastgroup == "cjk":
            yield from _pairs(match.group(), match.start())
        elif word := fold(match.group()):
            yield Token(word, match.start(), match.end())


def runs(text: str) -> Iterator[Run]:
    """Yield the words and CJK runs of a text."""
    for match in RUN.finditer(text):
        tokens = tuple(
            Token(token.text, match.start() + token.start, match.start() + token.end)
            for token in scan(match.group())
        )
        if tokens:
            yield Run(tokens, is_cjk=match.lastgroup == "cjk")


def is_inside_word(text: str, position: int) -> bool:
    """Say whether cutting the text at a position would cut a word or a composed character."""
    if _INSIDE_LETTER.match(text, position) or _INSIDE_CJK.match(text, position):
        return True
    if not _LETTER.match(text, position):
        return False
    while position > 0 and _INSIDE_LETTER.match(text, position - 1):
        position -= 1
    return position > 0 and _LETTER.match(text, position - 1) is not None


def is_word_start(text: str, position: int) -> bool:
    """Say whether a word or a CJK character begins at a position."""
    return text[position].isalnum() and not is_inside_word(text, position)


def is_cjk(character: str) -> bool:
    """Say whether a single character is Chinese, Japanese or Korean."""
    return len(character) == 1 and _CJK_CHARACTER.match(character) is not None


def cjk_character_end(text: str, start: int) -> int:
    """Return where the CJK character that starts at a position ends, its marks included."""
    match = _CJK_CHARACTER.match(text, start)
    return match.end() if match else start


def _pairs(run: str, offset: int) -> Iterator[Token]:
    left: Token | None = None
    for part in _CJK_CHARACTER.finditer(run):
        # A character that this Python's Unicode does not know yet folds to nothing, and stays.
        folded = fold(part.group()) or part.group()
        right = Token(folded, offset + part.start(), offset + part.end())
        if left:
            yield Token(left.text + right.text, left.start, right.end)
        left = right
    if left:
        yield left


@lru_cache(maxsize=32_768)
def fold(word: str) -> str:
    """Return the form under which a word is looked up: case, width, accents, plural set aside."""
    if not word.isascii():
        word = _fold_unicode(word)
    return _singular(word.lower())[:MAX_TOKEN_CHARS]


def _fold_unicode(word: str) -> str:
    word = _VARIATION_SELECTORS.sub("", word)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFD", folded):
        is_mark = unicodedata.category(character)[0] == "M"
        if not is_mark:
            base = character
        # Latin and Greek are searched without accents; elsewhere й is not и, が not か.
        if character.isalnum() or (is_mark and base >= "\u0400"):
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_UNDECOMPOSABLE)


def _singular(word: str) -> str:
    """Set an English plural aside (Harman's S-stemmer), leaving short words such as iOS alone."""
    if len(word) < 4 or word[-1] != "s" or not word.isascii() or word[-2:] in ("ss", "us"):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    return word[:-1]
