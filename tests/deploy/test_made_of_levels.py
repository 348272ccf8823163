"""What is made of the service levels is current."""

from scripts.slo import __main__ as slo


def test_what_is_made_of_the_levels_is_current() -> None:
    stale = [str(path) for path, text in slo.files().items() if path.read_text() != text]
    assert not stale, "run make slo"
