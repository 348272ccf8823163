"""A program that knows the document alone finds nothing; `make fuzz` lets it try for longer."""

import pytest

from scripts import fuzz_api

# The phase that walks through every bound takes the longest: on the stricter database only.
PHASES = {"sqlite": "examples,fuzzing,stateful", "postgresql": "examples,coverage"}


@pytest.mark.parametrize("database", PHASES)
def test_generated_requests_find_nothing(database: str, capfd: pytest.CaptureFixture[str]) -> None:
    status = fuzz_api.fuzz(database, cases=1, seed=1, phases=PHASES[database])
    assert status == 0, capfd.readouterr().out
