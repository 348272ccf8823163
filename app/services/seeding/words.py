"""Words in two languages, drawn as often as languages use them (Zipf)."""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, product
from pathlib import Path
from random import Random

from app.text.words import words

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "words"
# Rare words: most of a vocabulary is used seldom.
SYLLABLES = sorted(words("ba cor den fil gra hol in jor kel lum mor nes or pel qui ras sto tan ul"))
HAN = "春江花月夜山水云林风雨雪松竹梅兰菊石泉舟桥楼台烟霞星河海天地日光影声色香味"


@cache
def common_words(language: str) -> tuple[list[str], list[str], list[str]]:
    """Return what joins sentences, what articles are about, and the other common words."""
    joining, topics, others = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").split("\n\n")
    return joining.split(), topics.split(), others.split()


def rare_words() -> dict[str, list[str]]:
    """Return words that look right in each language and mean nothing."""
    return {
        "en": ["".join(part) for part in product(SYLLABLES, repeat=3)],
        "zh": ["".join(part) for part in product(HAN, repeat=2)],
    }


@dataclass(frozen=True)
class Zipf:
    """A bag from which the item of rank r is drawn in proportion to 1 / r ** exponent."""

    items: list[str]
    exponent: float = 1.0

    @cached_property
    def weights(self) -> list[float]:
        """The weights, added up."""
        return list(accumulate(1 / rank**self.exponent for rank in range(1, len(self.items) + 1)))

    def draw(self, chance: Random, count: int) -> list[str]:
        """Return some items, each drawn from the whole bag."""
        return chance.choices(self.items, cum_weights=self.weights, k=count)


def natural_count(chance: Random, median: float, spread: float, *, most: int) -> int:
    """Return a count as lengths of texts are spread: log-normal, at least 1."""
    return max(1, min(most, round(median * chance.lognormvariate(0, spread))))
