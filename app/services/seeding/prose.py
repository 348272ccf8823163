"""Made-up Markdown in blocks that are rendered once and put together in any order.

Rendering each of a million articles would take hours. Blocks that stand between empty lines do
not change each other's HTML as long as no list follows a list and no heading comes twice; so an
article made of rendered blocks is what rendering the article gives.
"""

from dataclasses import dataclass
from itertools import chain
from random import Random

from app.services.seeding.words import Zipf, common_words, natural_count, rare_words
from app.text.markdown import Rendered, render_markdown
from app.text.search import tokenize

LANGUAGES = ("en", "zh")
FENCE = "```python\nfor {0} in {1}:\n    print({0}, {2})\n```"


@dataclass(frozen=True)
class Block:
    """A piece of Markdown, rendered, and its tokens for the search."""

    source: str
    rendered: Rendered
    tokens: tuple[str, ...]


def make_block(source: str) -> Block:
    """Render a piece of Markdown."""
    rendered = render_markdown(source)
    return Block(source, rendered, tuple(tokenize(rendered.text)))


def join_blocks(blocks: list[Block]) -> Block:
    """Return an article made of blocks, none of whose headings is the same as another's."""
    parts = [block.rendered for block in blocks]
    rendered = Rendered(
        html="".join([part.html for part in parts]),
        toc=tuple(chain.from_iterable([part.toc for part in parts])),
        text="\n".join([part.text for part in parts]),
        characters=sum([part.characters for part in parts]),
        words=sum([part.words for part in parts]),
    )
    tokens = tuple(chain.from_iterable([block.tokens for block in blocks]))
    return Block("\n\n".join([block.source for block in blocks]) + "\n", rendered, tokens)


class Prose:
    """Writes in one language; the same chance writes the same."""

    def __init__(self, language: str, chance: Random) -> None:
        joining, topics, others = common_words(language)
        rare = rare_words()[language]
        chance.shuffle(rare)
        self.language = language
        self.chance = chance
        self.words = Zipf(joining + topics + others + rare)
        self.title_words = Zipf(topics + others + rare, 0.6)
        self.names = Zipf(common_words("en")[1])  # Code is written in English.
        self.gap, self.stop, self.comma = (" ", ".", ", ") if language == "en" else ("", "。", "，")

    def phrase(self, count: int) -> str:
        """Return some words in a row."""
        return self.gap.join(self.words.draw(self.chance, count))

    def title(self) -> str:
        """Return a title of a few less common words."""
        words = self.title_words.draw(self.chance, self.chance.randint(3, 8))
        return capitalized(self.gap.join(words))

    def sentence(self) -> str:
        """Return a sentence of two clauses."""
        clauses = [self.phrase(self.chance.randint(3, 9)) for _ in range(self.chance.randint(1, 3))]
        return capitalized(self.comma.join(clauses)) + self.stop

    def paragraph(self) -> str:
        """Return some sentences, now and then with emphasis, code or a link."""
        count = natural_count(self.chance, 4, 0.5, most=14)
        sentences = [self.sentence() for _ in range(count)]
        decoration = self.chance.random()
        if decoration < 0.2:
            sentences.append(f"**{self.phrase(3)}**{self.stop}")
        elif decoration < 0.35:
            sentences.append(f"`{self.words.draw(self.chance, 1)[0]}`{self.stop}")
        elif decoration < 0.5:
            sentences.append(f"[{self.phrase(2)}](https://example.org/a){self.stop}")
        return self.gap.join(sentences)

    def special(self) -> str:
        """Return a list, a quotation or a piece of code."""
        kind = self.chance.random()
        if kind < 0.5:
            return "\n".join(f"- {self.phrase(6)}" for _ in range(self.chance.randint(2, 6)))
        if kind < 0.75:
            return f"> {self.sentence()}"
        return FENCE.format(*self.names.draw(self.chance, 3))


class Library:
    """The rendered blocks of a language, from which articles are put together."""

    def __init__(self, language: str, chance: Random, size: int) -> None:
        self.prose = prose = Prose(language, chance)
        self.chance = chance
        self.paragraphs = [make_block(prose.paragraph()) for _ in range(size)]
        self.specials = [make_block(prose.special()) for _ in range(max(8, size // 8))]
        headings = {prose.title() for _ in range(max(40, size // 4))}
        self.headings = [make_block(f"## {heading}") for heading in sorted(headings)]

    def article(self) -> Block:
        """Return an article: paragraphs, in longer ones with sections, lists and code."""
        chance = self.chance
        count = natural_count(chance, 5, 0.7, most=80)
        paragraphs = chance.choices(self.paragraphs, k=count)
        headings = chance.sample(self.headings, min(count // 4, len(self.headings)))
        blocks: list[Block] = []
        for number, paragraph in enumerate(paragraphs):
            if number % 4 == 3 and headings:
                blocks.append(headings.pop())
            blocks.append(paragraph)
            if number % 3 == 1:
                blocks.append(chance.choice(self.specials))
        return join_blocks(blocks)


def capitalized(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]
