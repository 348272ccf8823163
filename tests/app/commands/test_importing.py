"""`flask import …` and `flask export …`, as an operator meets them."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.models import Post, Role

WXR = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="c"><channel>
<wp:wxr_version>1.2</wp:wxr_version>
<item><title>From WordPress</title><content:encoded><![CDATA[Text.]]></content:encoded>
<wp:post_id>1</wp:post_id><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>
</channel></rss>"""
GHOST = {"data": {"posts": [{"id": "1", "title": "From Ghost", "html": "<p>Text.</p>"}]}}


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nText.")
    return folder


def test_every_format_has_a_command(runner, make_user, tree, tmp_path):
    make_user(Role.ADMIN)
    (tmp_path / "w.xml").write_text(WXR)
    (tmp_path / "g.json").write_text(json.dumps(GHOST))
    for arguments in (
        ["import", "markdown", str(tree)],
        ["import", "wordpress", str(tmp_path / "w.xml")],
        ["import", "ghost", str(tmp_path / "g.json")],
    ):
        result = runner.invoke(args=arguments)
        assert result.exit_code == 0, result.output
        assert "posts" in result.output
    titles = set(db.session.scalars(select(Post.title)))
    assert titles == {"one", "two", "From WordPress", "From Ghost"}


def test_the_report_counts_and_explains(runner, make_user, tree):
    make_user(Role.ADMIN)
    (tree / "broken.md").write_text("---\na: b: c\n---\n")
    for number in range(7):
        (tree / f"empty{number}.md").write_text("")
    (tree / "linked.md").write_text("# Linked\n\n[gone](gone.md)")
    result = runner.invoke(args=["import", "markdown", str(tree)])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].split() == ["made", "updated", "unchanged"]
    assert lines[1].split() == ["posts", "3", "0", "0"]
    assert "Failed: 1" in lines
    assert any(line.startswith("  its YAML front matter is not valid") for line in lines)
    assert "Skipped: 7" in lines
    assert (
        "  it has no text: empty0.md, empty1.md, empty2.md, empty3.md, empty4.md, and 2 more"
        in lines
    )
    assert "  the link to gone.md leads to no document: Linked" in lines
    everything = runner.invoke(args=["import", "markdown", str(tree), "--all"])
    assert "empty6.md" in everything.output


def test_a_dry_run_keeps_nothing_and_says_so(runner, make_user, tree):
    make_user(Role.ADMIN)
    result = runner.invoke(args=["import", "markdown", str(tree), "--dry-run"])
    assert result.exit_code == 0
    assert "This was a dry run: nothing was kept." in result.output
    assert db.session.scalars(select(Post)).all() == []


def test_author_and_language_can_be_given(runner, make_user, tree):
    make_user(Role.ADMIN)
    ann = make_user(username="ann")
    arguments = ["import", "markdown", str(tree), "--author", "ann", "--language", "de"]
    assert runner.invoke(args=arguments).exit_code == 0
    posts = db.session.scalars(select(Post)).all()
    assert {(post.author_id, post.language) for post in posts} == {(ann.id, "de")}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["markdown", "gone"], "is not a folder"),
        (["wordpress", "gone.xml"], "No such file"),
        (["ghost", "gone.json"], "No such file"),
        (["markdown", ".", "--author", "nobody"], "There is no user named nobody."),
    ],
)
def test_unusable_input_ends_with_one_sentence(runner, make_user, arguments, sentence):
    make_user(Role.ADMIN)
    result = runner.invoke(args=["import", *arguments])
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert sentence in result.output
    assert len(result.output.splitlines()) == 1


def test_an_import_needs_an_admin_or_an_author(runner, tree):
    result = runner.invoke(args=["import", "markdown", str(tree)])
    assert result.exit_code == 2
    assert "There is no admin yet." in result.output


def test_an_export_is_counted_and_refused_where_something_is(runner, make_post, tmp_path):
    make_post(content="![x](/uploads/gone.png)")
    result = runner.invoke(args=["export", "markdown", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "1 articles, 0 comments, 0 images." in result.output
    assert "missing image  a-title: /uploads/gone.png" in result.output
    again = runner.invoke(args=["export", "markdown", str(tmp_path / "out")])
    assert again.exit_code == 2
    assert "is not empty" in again.output


def test_a_terminal_shows_progress(make_app: Callable[..., Flask], tree: Path, tmp_path: Path):
    app = make_app()
    with app.app_context():
        from app.models import User

        db.session.add(User(username="boss", email="b@b.example", role=int(Role.ADMIN)))
        db.session.commit()
    environment = os.environ | {
        "APP_ENV": "default",
        "DATA_DIR": str(tmp_path / "embedded"),
        "DATABASE_URL": app.config["DATABASE_URL"],
    }
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "flask", "import", "markdown", str(tree)]
    done = subprocess.run(
        command, env=environment, stderr=terminal, stdout=subprocess.PIPE, check=True, timeout=60
    )
    os.close(terminal)
    shown = os.read(controller, 10_000).decode()
    os.close(controller)
    assert "Importing" in shown
    assert "100%" in shown
    assert "Importing" not in done.stdout.decode()
    with app.app_context():
        posts = db.session.scalars(select(Post).options(undefer(Post.content))).all()
        assert {post.title for post in posts} == {"one", "two"}
