"""The claims, each with its goal, the command that measures it and where its figure is kept."""

from collections.abc import Callable
from dataclasses import dataclass

from scripts.scorecard import sources
from scripts.scorecard.sources import Figure


@dataclass(frozen=True)
class Claim:
    """A promise; `find` returns its newest figure, None where it was not measured."""

    name: str
    what: str
    goal: str
    command: str
    find: Callable[[], Figure | None]


BUNDLE = 'make bench BENCH="--only bundle,images --keep"'
CLAIMS = (
    Claim(
        "P1",
        "a hot page through the edge, of nginx with the same bytes from a file",
        "≥ 0.95, p99 ≤ 1.15 ×",
        BUNDLE,
        sources.bench("P1"),
    ),
    Claim(
        "P2",
        "renders of a page that 1,000 ask for at once",
        "1",
        BUNDLE,
        sources.bench("P2"),
    ),
    Claim(
        "P3",
        "from the save until readers see it",
        "p99 ≤ 100 ms, 0 stale",
        BUNDLE,
        sources.bench("P3"),
    ),
    Claim(
        "P4",
        "a kept page, application alone, of bare Flask",
        "≥ 0.60",
        "make bench",
        sources.bench("P4"),
    ),
    Claim(
        "P5",
        "a page made anew, of bare Flask",
        "≥ 0.25",
        "make bench",
        sources.bench("P5"),
    ),
    Claim(
        "P6",
        "an API list of 20, of bare Flask",
        "≥ 0.30",
        "make bench",
        sources.bench("P6"),
    ),
    Claim(
        "P7",
        "what surrounds an empty view, beside bare Flask",
        "≤ 25 %",
        "make bench",
        sources.bench("P7"),
    ),
    Claim(
        "P8",
        "a large blog, of one with 1,000 articles",
        "≥ 0.9, search p99 ≤ 50 ms",
        'make bench BENCH="--only size --keep"',
        sources.bench("P8"),
    ),
    Claim(
        "P10",
        "memory of one more worker, and growth",
        "≤ 15 MB, ≤ 2 %",
        'make bench BENCH="--only memory --keep"',
        sources.bench("P10"),
    ),
    Claim(
        "P11",
        "the application's image above its base; make up; a container's start",
        "≤ 110 MB, ≤ 20 s, ≤ 1.0 s",
        BUNDLE,
        sources.bench("P11"),
    ),
    Claim(
        "P12",
        "served at 1.2, 2 and 5 times what can be served, of the most",
        "≥ 95 %, shed in ≤ 20 ms",
        "make overload DOCS=1",
        sources.overload,
    ),
    Claim(
        "R1",
        "acknowledged writes lost or doubled, answers of another user, over every fault",
        "0, 0, 0",
        "make drill DOCS=1",
        sources.drill_safety,
    ),
    Claim(
        "R2",
        "anonymous pages read before that failed with web, PostgreSQL or Redis away",
        "0",
        "make drill DOCS=1",
        sources.drill_readers,
    ),
    Claim(
        "R4",
        "seconds until served again: worker, web container, PostgreSQL killed",
        "≤ 1, ≤ 3, ≤ 5",
        "make drill DOCS=1",
        sources.drill_recovery,
    ),
    Claim(
        "R5",
        "restore of 100,000 articles, and what is lost",
        "≤ 60 s, ≤ 1 s of commits",
        "make restore-drill DOCS=1",
        sources.restore,
    ),
    Claim(
        "R6",
        "attacks tried in each run of the tests, all blocked",
        "100 %",
        "make attacks",
        sources.attacks,
    ),
    Claim(
        "SLO",
        "the gates of deploy/slo.yaml under load",
        "kept",
        "make load",
        sources.load,
    ),
)
