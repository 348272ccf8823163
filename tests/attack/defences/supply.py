"""Defences of what is installed and imported from elsewhere."""

import os
import re
import subprocess
import sys
import zipfile

from app.services.importing import ImportRefused, WordPressExport, import_blog
from app.services.importing.wordpress import scanner
from app.settings import ROOT
from tests.app.services.importing.wordpress.conftest import HEAD, make_item
from tests.attack.defences.scene import Row, Scene, note, without

PARTS = {
    "planted.py": "",
    "planted-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n",
    "planted-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "planted-1.0.dist-info/RECORD": "",
}


def install_what_was_not_looked_at(scene: Scene) -> bool:
    """Install a package of an index that somebody else fills, by our own script."""
    folder = scene.folder
    with zipfile.ZipFile(folder / "planted-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in PARTS.items():
            wheel.writestr(name, text)
    (folder / "list.txt").write_text("planted==1.0\n")
    pip = folder / "venv/bin/pip"
    pip.parent.mkdir(parents=True)
    pip.write_text(f'#!/bin/sh\nexec {sys.executable} -m pip "$@" --target {folder}/site\n')
    pip.chmod(0o700)
    script = (ROOT / "scripts/venv").read_text()
    if getattr(scene, "unhashed", False):
        assert "--require-hashes" in script
        script = script.replace("--require-hashes", "")
    (folder / "script").write_text(script)
    subprocess.run(
        ["sh", folder / "script", folder / "list.txt", folder / "venv/stamp"],
        env=os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)},
        capture_output=True,
    )  # fmt: skip
    return (folder / "site/planted.py").exists()


def import_a_document_type(scene: Scene) -> bool:
    """Import a blog whose file may say what its words stand for, and where to fetch it."""
    text = HEAD.format(version="1.2", head="") + make_item(title="Words") + "</channel></rss>"
    entity = '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><rss'
    export = scene.folder / "export.xml"
    export.write_text(text.replace("<rss", entity, 1))
    try:
        import_blog(source=WordPressExport(export, media=None), author=scene.ann)
    except ImportRefused:
        return False
    return True


ITEMS_ALONE = re.compile(r"<!\[CDATA\[|<!--|</?item(?=[\s>])")
DEFENCES = {
    "no document type": Row(import_a_document_type, without(scanner, "_MARKUP", ITEMS_ALONE)),
    "hashes of packages": Row(install_what_was_not_looked_at, note("unhashed", True)),
}
