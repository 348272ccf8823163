"""The library knows where its files are used, and deletes only what nothing uses."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.extensions import db
from app.models import Post, Role, Upload, User
from app.models.base import utc_now
from app.services import autosaves, documents, media, publishing, uploads
from app.services.errors import Conflict, Forbidden, Invalid
from app.services.storage import store

MakeUser = Callable[..., User]


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path) -> Path:
    app.config["UPLOAD_FOLDER"] = tmp_path
    return tmp_path


@pytest.fixture
def author(make_user: MakeUser) -> User:
    return make_user()


def picture(owner: User, color: str = "red", width: int = 700) -> Upload:
    output = io.BytesIO()
    Image.new("RGB", (width, 300), color).save(output, "PNG")
    stored = uploads.store_image(
        data=output.getvalue(), filename=f"{color} cat.png", owner_id=owner.id
    )
    return db.session.scalars(select(Upload).where(Upload.path == stored.path)).one()


def write(author: User, content: str) -> Post:
    return publishing.create_post(author=author, title="T", content=content, is_published=True)


def names(user: User, **filters: object) -> list[str]:
    wanted = {"everyone": False, "words": "", "unused": False, "page": 1, "per_page": 10} | filters
    found = media.list_files(user=user, **wanted)  # type: ignore[arg-type]
    return [upload.filename for upload in found.items]


def test_a_wide_picture_has_smaller_copies_in_webp(author: User, folder: Path) -> None:
    upload = picture(author)
    assert upload.widths == [320, 640]
    sizes = []
    for path in sorted(folder.rglob("*.webp")):
        with Image.open(path) as image:
            assert (image.format, image.info.get("exif")) == ("WEBP", None)
            sizes.append(image.size)
    assert sizes == [(320, 137), (640, 274)]
    assert picture(author, "blue", width=320).widths == []


def test_an_article_shows_its_picture_with_size_and_copies(author: User) -> None:
    upload = picture(author)
    post = write(author, f"![](/uploads/{upload.path})")
    assert 'width="700" height="300"' in post.content_html
    assert "-640.webp 640w" in post.content_html
    assert 'width="700"' in publishing.preview(content=post.content).html


def test_where_a_file_is_used_follows_the_texts(author: User) -> None:
    upload = picture(author)
    first = write(author, f"![](/uploads/{upload.path})")
    second = write(author, f"[see](/uploads/{upload.path})")
    assert media.where_used([upload]) == {upload.id: [second, first]}
    publishing.update_post(post_id=first.id, editor=author, content="without")
    publishing.delete_post(post_id=second.id, editor=author)
    assert media.where_used([upload]) == {upload.id: []}


def test_files_are_found_by_name_description_and_use(author: User, make_user: MakeUser) -> None:
    red, blue = picture(author), picture(author, "blue")
    media.describe(upload_id=blue.id, user=author, alt="The 大海 at noon")
    write(author, f"![](/uploads/{red.path})")
    assert names(author) == ["blue cat.png", "red cat.png"]
    assert names(author, words="大海 CAT") == ["blue cat.png"]
    assert names(author, words="100%") == []
    assert names(author, unused=True) == ["blue cat.png"]
    assert names(make_user(), everyone=True) == []
    assert len(names(make_user(Role.EDITOR), everyone=True)) == 2


def test_a_description_reaches_the_articles_without_making_them_newer(author: User) -> None:
    upload = picture(author)
    post = write(author, f"![](/uploads/{upload.path})")
    before = (post.updated_at, post.version)
    media.describe(upload_id=upload.id, user=author, alt="A red cat")
    db.session.expire_all()
    assert 'alt="A red cat"' in post.content_html
    assert (post.updated_at, post.version) == before
    with pytest.raises(Invalid):
        media.describe(upload_id=upload.id, user=author, alt="x" * 301)


def test_only_what_nothing_uses_can_be_deleted(
    author: User, make_user: MakeUser, folder: Path
) -> None:
    used, kept, free = picture(author), picture(author, "blue"), picture(author, "green")
    write(author, f"![](/uploads/{used.path})")
    draft = {"content": f"![](/uploads/{kept.path})"}
    autosaves.keep(user=author, fields=draft, post_id=None, autosave_id=None)
    for upload in (used, kept):
        with pytest.raises(Conflict):
            media.delete_file(upload_id=upload.id, user=author)
    with pytest.raises(Forbidden):
        media.delete_file(upload_id=free.id, user=make_user())
    media.delete_file(upload_id=free.id, user=author)
    assert db.session.get(Upload, free.id) is None
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 6


def test_orphans_are_old_files_that_no_text_old_or_new_names(author: User) -> None:
    avatar, former, free = picture(author), picture(author, "blue"), picture(author, "green")
    author.avatar_url = f"/uploads/{avatar.path}"
    post = write(author, f"![](/uploads/{former.path})")
    publishing.update_post(post_id=post.id, editor=author, content="changed")
    assert media.orphans() == []
    for upload in db.session.scalars(select(Upload)):
        upload.created_at = utc_now() - timedelta(days=31)
    db.session.commit()
    assert media.orphans() == [free]
    assert media.remove_orphans() == 1
    assert media.remove_orphans() == 0
    assert store().exists(former.path)


def test_pictures_from_before_get_their_copies(author: User, folder: Path) -> None:
    upload = picture(author)
    post = write(author, f"![](/uploads/{upload.path})")
    for path in folder.rglob("*.webp"):
        path.unlink()
    upload.widths = []
    db.session.commit()
    media.render_again(select(Post))
    db.session.expire_all()
    assert "srcset" not in post.content_html
    assert list(media.add_copies()) == [upload]
    db.session.expire_all()
    assert "-320.webp 320w" in post.content_html
    assert len(list(folder.rglob("*.webp"))) == 2
    assert list(media.add_copies()) == []


def test_documents_have_no_copies(author: User) -> None:
    stored = documents.store_document(data=b"%PDF-1.7", filename="a.pdf", owner_id=author.id)
    upload = db.session.scalars(select(Upload).where(Upload.path == stored.path)).one()
    assert (upload.width, upload.widths) == (None, [])
