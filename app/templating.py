"""Templates that were compiled when the image was made; elsewhere Jinja compiles them as it goes.

One takes 10 ms, and each worker would do it anew.
"""

from pathlib import Path

from flask import Flask
from flask.templating import DispatchingJinjaLoader
from jinja2 import BaseLoader, ChoiceLoader, ModuleLoader

from app.settings import ROOT

COMPILED = ROOT / "app" / "templates-compiled"


def loader(app: Flask, compiled: Path = COMPILED) -> BaseLoader:
    """Return where templates come from: the compiled ones first, where there are any."""
    sources = DispatchingJinjaLoader(app)
    return ChoiceLoader([ModuleLoader(compiled), sources]) if compiled.is_dir() else sources


def compile_all(app: Flask, folder: Path) -> None:
    """Write every template as a Python module, for a server with the same version of Jinja."""
    app.jinja_env.compile_templates(folder, zip=None, ignore_errors=False)


def load_compiled(app: Flask) -> None:
    """Load what is compiled, so that processes that are forked later share it."""
    loaders = getattr(app.jinja_env.loader, "loaders", ())
    if loaders:
        for name in loaders[-1].list_templates():
            app.jinja_env.get_template(name)
