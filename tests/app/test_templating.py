"""Compiled templates give the same pages, and what is not compiled is still found."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, render_template

from app import templating
from app.models import Post


def compiled_page(app: Flask, path: str) -> str:
    return app.test_client().get(path).get_data(as_text=True)


def test_pages_are_the_same_from_compiled_templates(
    app: Flask, make_post: Callable[..., Post], tmp_path: Path
) -> None:
    paths = ("/articles", make_post().path, "/about")
    before = [compiled_page(app, path) for path in paths]
    folder = tmp_path / "compiled"
    run = app.test_cli_runner().invoke(args=["compile-templates", str(folder)])
    assert run.exit_code == 0, run.output
    app.jinja_env.loader = templating.loader(app, folder)
    app.jinja_env.cache.clear()
    templating.load_compiled(app)
    names = {name for _, name in app.jinja_env.cache}
    assert {"base.html", "main/article.html"} <= names
    assert [compiled_page(app, path) for path in paths] == before
    article = app.jinja_env.get_template("main/article.html")
    assert Path(str(article.root_render_func.__code__.co_filename)).parent == folder


def test_without_compiled_templates_their_sources_serve(app: Flask, tmp_path: Path) -> None:
    app.jinja_env.loader = templating.loader(app, tmp_path / "none")
    templating.load_compiled(app)
    with app.test_request_context():
        assert "<html" in render_template("errors/error.html", status=404)
