"""What comes from elsewhere is pinned: packages by hash, actions by commit, images by ourselves."""

import re
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.licences import DOCUMENT, document, licence_of, packages

LISTS = sorted((ROOT / "requirements").glob("*.txt"))
DOCKERFILES = [
    path
    for path in sorted({*ROOT.rglob("Dockerfile"), *ROOT.rglob("*.Dockerfile")})
    if not {"build", ".venv"} & set(path.relative_to(ROOT).parts)
]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# An option that the bundle does not need, and whose image its owner may name.
FOREIGN_IMAGES = ("${GRAFANA_IMAGE:-grafana/grafana:12.1.1}",)
PINNED = re.compile(r"[A-Za-z0-9_.-]+==[^\s;]+( ; [^-]+)?\s+--hash=sha256:[0-9a-f]{64}")
FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser|HPND|CMU|Unlicense"
    r"|Zope|0BSD|Artistic"
)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_package_is_pinned_by_hash(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.match(
            r"[A-Za-z0-9_.-]+==[^\s;]+( ; [^-]+)?\s+--hash=sha256:[0-9a-f]{64}", line
        ), line
        assert "://" not in line, line


def test_whatever_installs_packages_enforces_the_hashes() -> None:
    found = 0
    for path in [ROOT / "scripts" / "venv", *DOCKERFILES]:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            if re.search(r"\bpip3?\b.* install ", line):
                found += 1
                assert "--require-hashes" in line, path
                assert "--only-binary :all:" in line, path
                assert "--no-deps" in line, path
    assert found >= 2


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    for used in re.findall(r"uses:\s*(\S+)", path.read_text(encoding="utf-8")):
        assert used.startswith("./") or re.search(r"@[0-9a-f]{40}$", used), used


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_image_is_made_of_the_base_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
    for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert base in {"${BASE}", "scratch", *stages}, base
    for source in re.findall(r"--from=(\S+)", text):
        assert source in stages or source.startswith("${"), source
    assert not re.search(r"^ADD https?:|curl |wget ", text, re.MULTILINE)


def test_the_bundle_runs_images_of_its_own() -> None:
    text = (ROOT / "docker-compose.prod.yml").read_text(encoding="utf-8")
    images = re.findall(r"^\s*image: (\S+)", text, re.MULTILINE)
    assert images
    # The edge's has two names: with the firewall and without.
    own = ("ironpress-", "${EDGE_IMAGE:-ironpress-edge}")
    foreign = {image for image in images if not image.startswith(own)}
    assert foreign == set(FOREIGN_IMAGES)


def test_every_package_of_the_image_has_a_free_licence() -> None:
    unfree = {name: licence_of(name) for name in packages() if not FREE.search(licence_of(name))}
    assert unfree == {}


def test_the_list_of_licences_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `make licences`"
