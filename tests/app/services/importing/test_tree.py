import os
from pathlib import Path, PurePosixPath

import pytest

from app.services.importing.records import BadItem, ImportRefused, SkippedItem
from app.services.importing.tree import MAX_FILE_BYTES, OutsideTree, Tree, decode

HERE = PurePosixPath()


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="is not a folder"):
        Tree(tmp_path / "missing")


def test_documents_are_found_in_order_without_hidden_and_foreign_folders(make_tree):
    root = make_tree(
        {
            "b.md": "",
            "a.markdown": "",
            "c.txt": "",
            "x/y/z.HTML": "",
            ".git/hidden.md": "",
            "node_modules/p.md": "",
        }
    )
    found = Tree(root).documents(HERE, without={"node_modules"})
    assert [str(path) for path in found] == ["a.markdown", "b.md", "x/y/z.HTML"]


def test_links_pipes_and_giants_are_not_read(make_tree):
    root = make_tree({"real.md": "text"})
    (root / "link.md").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe.md")
    with (root / "large.md").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    tree = Tree(root)
    with pytest.raises(SkippedItem, match="symbolic link"):
        tree.read(PurePosixPath("link.md"))
    with pytest.raises(SkippedItem, match="no regular file"):
        tree.read(PurePosixPath("pipe.md"))
    with pytest.raises(BadItem, match="larger than"):
        tree.read(PurePosixPath("large.md"))


def test_files_are_found_inside_of_the_tree_only(make_tree, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    root = make_tree({"posts/a.md": "", "posts/my pic.png": b"1", "top.png": b"2"})
    (root / "out.png").symlink_to(tmp_path / "secret.png")
    (root / "in.png").symlink_to(root / "top.png")
    (root / "loop.png").symlink_to(root / "loop.png")
    tree, posts = Tree(root), PurePosixPath("posts")
    assert tree.find(posts, "my%20pic.png") == root / "posts/my pic.png"
    assert tree.find(posts, "../top.png") == root / "top.png"
    assert tree.find(HERE, "in.png") == root / "top.png"
    assert tree.find(posts, "missing.png") is None
    assert tree.find(posts, "a.md/b.png") is None
    assert tree.find(posts, "..") is None
    assert tree.find(HERE, "loop.png") is None
    for reference in ("../../secret.png", "/etc/passwd", "%2e%2e/%2e%2e/secret.png", "a\0.png"):
        with pytest.raises(OutsideTree):
            tree.find(posts, reference)
    with pytest.raises(OutsideTree):
        tree.find(HERE, "out.png")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("Grüße 你好".encode(), "Grüße 你好", None),
        ("Grüße".encode("utf-8-sig"), "Grüße", None),
        ("你好 text".encode("utf-16"), "你好 text", "utf-16"),
        ("数据库 and 缓存，测试".encode("gb18030"), "数据库 and 缓存，测试", "gb18030"),
        ("Un été à Paris – déjà vu".encode("cp1252"), "Un été à Paris – déjà vu", "cp1252"),
        (b"\xa1\xff\xff\xff x", "¡ÿÿÿ x", "cp1252"),
    ],
)
def test_old_encodings_are_recognised(data, text, encoding):
    assert decode(data) == (text, encoding)


def test_binary_files_are_no_text():
    with pytest.raises(BadItem, match="not text"):
        decode(b"GIF\0\1")


def test_only_readable_text_counts_as_a_configuration(make_tree):
    root = make_tree({"b.yml": "b", "a.yml": b"\0"})
    assert Tree(root).text_of_first("missing.yml", "a.yml", "b.yml") == ("b.yml", "b")
    assert Tree(root).text_of_first("missing.yml") is None


def test_an_unreadable_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ImportRefused, match="cannot be read"):
        Tree(Path(tmp_path))
