"""Each alert has a runbook with everything in it, and no runbook has lost its alert."""

import re

import pytest
import yaml

from app.settings import ROOT
from tests.deploy.alerts.promtool import written_alerts

FOLDER = ROOT / "docs" / "runbooks"
SECTIONS = [
    "What it means",
    "Who notices",
    "First three commands",
    "Likely causes, the most frequent first",
    "How to mend it",
    "How to tell that it is mended",
]
COMMANDS = re.compile(r"## First three commands\n\n```sh\n(.*?)\n```", re.DOTALL)


def names() -> set[str]:
    return {alert["alert"] for alert in written_alerts()}


def test_what_mends_is_a_task_or_a_service_that_there_is() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    services = set(yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())["services"])
    for path in FOLDER.glob("*.md"):
        for make in re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", path.read_text()):
            assert make in targets, path
        for words in re.findall(r"`scripts/bundle (.*?)`", path.read_text()):
            assert services & set(words.split()), path


def test_alerts_and_runbooks_match() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == names()


@pytest.mark.parametrize("name", sorted(names()))
def test_a_runbook_says_everything(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    found = COMMANDS.search(text)
    assert found
    assert len(found[1].splitlines()) == 3
    for other in re.findall(r"`([A-Z][a-zA-Z]+)`", text):
        if not other.isupper():
            assert other in names(), f"{name} sends to {other}"
