"""Pictures are checked, drawn anew and kept once."""

import io
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageCms, PngImagePlugin
from sqlalchemy import func, select

from app.extensions import db
from app.models import Upload, User
from app.services import images, uploads
from app.services.errors import InvalidUpload
from app.services.storage import folder as storage_folder

SECRET = b"taken at home"


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path) -> Path:
    """Keep the files of each test by themselves."""
    app.config["UPLOAD_FOLDER"] = tmp_path
    return tmp_path


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20), **options: object) -> bytes:
    """Return a picture that is red on its left and blue on its right half."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def animation(kind: str, frames: int = 4, size: tuple[int, int] = (30, 20)) -> bytes:
    """Return an animation of differing frames that is repeated three times."""
    drawn = [Image.new("RGB", size, (number * 50 % 251, number, 90)) for number in range(frames)]
    durations = [50 + 10 * (number % 5) for number in range(frames)]
    options = {"save_all": True, "append_images": drawn[1:], "duration": durations, "loop": 3}
    return saved(drawn[0], kind, **options)


def store(
    data: bytes, filename: str = "cat.png", owner_id: int | None = None
) -> uploads.StoredFile:
    return uploads.store_image(data=data, filename=filename, owner_id=owner_id)


def content(app: Flask, stored: uploads.StoredFile) -> bytes:
    return (Path(app.config["UPLOAD_FOLDER"]) / stored.path).read_bytes()


def no_rows() -> bool:
    return db.session.scalar(select(func.count(Upload.id))) == 0


@pytest.mark.parametrize(
    ("kind", "ending", "media_type"),
    [
        ("PNG", "png", "image/png"),
        ("JPEG", "jpg", "image/jpeg"),
        ("GIF", "gif", "image/gif"),
        ("WEBP", "webp", "image/webp"),
    ],
)
def test_each_kind_is_kept_in_its_kind(
    app: Flask, make_user: Callable[..., User], kind: str, ending: str, media_type: str
) -> None:
    owner = make_user()
    stored = store(picture(kind), "../My cat.bmp", owner.id)
    assert stored.url == f"/uploads/{stored.path}"
    assert (stored.path[2], stored.path.rpartition(".")[2]) == ("/", ending)
    assert (stored.media_type, stored.width, stored.height) == (media_type, 30, 20)
    assert stored.filename == "My cat.bmp"
    assert stored.size == len(content(app, stored))
    image = Image.open(io.BytesIO(content(app, stored))).convert("RGB")
    assert image.getpixel((5, 10))[0] > 200
    assert image.getpixel((25, 10))[2] > 200
    row = db.session.scalars(select(Upload)).one()
    assert (row.owner_id, row.path) == (owner.id, stored.path)


def test_the_same_bytes_are_kept_once(app: Flask) -> None:
    data = picture()
    assert store(data, "a.png") == store(data, "b.png")
    assert db.session.scalar(select(func.count(Upload.id))) == 1


def test_a_lost_file_is_written_again(app: Flask) -> None:
    stored = store(picture())
    (Path(app.config["UPLOAD_FOLDER"]) / stored.path).unlink()
    assert store(picture()) == stored
    assert content(app, stored)


def test_nothing_but_the_picture_is_left(app: Flask) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    files = [
        picture("JPEG", exif=exif, comment=SECRET, icc_profile=profile, xmp=SECRET),
        picture("PNG", exif=exif, pnginfo=text, icc_profile=profile),
        picture("WEBP", exif=exif, xmp=SECRET, icc_profile=profile),
        picture("GIF", comment=SECRET),
        animation("GIF")[:-1] + b"!\xfe" + bytes([len(SECRET)]) + SECRET + b"\0;",
        picture("PNG") + b"<script>alert(1)</script>" + SECRET,
    ]
    for data in files:
        assert SECRET in data
        left = content(app, store(data))
        assert SECRET not in left
        info = Image.open(io.BytesIO(left)).info
        assert not {"exif", "icc_profile", "xmp", "comment", "Comment"} & info.keys()


def test_a_picture_that_says_it_lies_on_its_side_is_put_upright(app: Flask) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = store(picture("JPEG", exif=exif))
    assert (stored.width, stored.height) == (20, 30)
    image = Image.open(io.BytesIO(content(app, stored)))
    assert image.getpixel((10, 5))[0] > 200


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_animations_keep_their_frames_their_speed_and_their_end(app: Flask, kind: str) -> None:
    stored = store(animation(kind))
    image = Image.open(io.BytesIO(content(app, stored)))
    durations = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        durations.append(image.info["duration"])
    assert durations == [50, 60, 70, 80]
    assert image.info["loop"] == 3


def test_an_animation_without_end_is_not_given_one(app: Flask) -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    stored = store(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert "loop" not in Image.open(io.BytesIO(content(app, stored))).info


def test_a_moving_png_is_kept_as_its_first_frame(app: Flask) -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    stored = store(saved(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    image = Image.open(io.BytesIO(content(app, stored)))
    assert not image.is_animated
    assert image.getpixel((1, 1)) == (255, 0, 0)


def test_a_lossless_webp_stays_lossless(app: Flask) -> None:
    noise = Image.effect_noise((40, 40), 90).convert("RGB")
    stored = store(saved(noise, "WEBP", lossless=True))
    assert list(Image.open(io.BytesIO(content(app, stored))).get_flattened_data()) == list(
        noise.get_flattened_data()
    )


def test_colours_of_print_and_of_wide_gamuts_become_those_of_screens(app: Flask) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    cmyk = Image.new("CMYK", (9, 9), (0, 255, 255, 0))
    for data in (
        saved(cmyk, "JPEG"),
        saved(cmyk, "JPEG", icc_profile=profile),
        picture("PNG", icc_profile=b"no profile at all"),
    ):
        image = Image.open(io.BytesIO(content(app, store(data))))
        assert image.mode == "RGB"
        assert image.getpixel((1, 1))[0] > 200


def test_a_phones_two_pictures_in_one_file_are_kept_as_one(app: Flask) -> None:
    first, second = Image.new("RGB", (9, 9), "red"), Image.new("RGB", (9, 9), "blue")
    data = saved(first, "MPO", save_all=True, append_images=[second])
    stored = store(data)
    assert stored.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(content(app, stored))).format == "JPEG"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        saved(Image.new("RGB", (9, 9)), "BMP"),
        saved(Image.new("RGB", (9, 9)), "TIFF"),
        picture("PNG", size=(300, 300))[:-60],
        picture("JPEG")[:200],
    ],
)
def test_what_is_no_picture_of_the_four_kinds_is_refused(app: Flask, data: bytes) -> None:
    with pytest.raises(InvalidUpload, match="not a PNG, JPEG, GIF or WebP"):
        store(data, "cat.png")
    assert no_rows()


def test_too_many_bytes_pixels_or_frames_are_refused(app: Flask) -> None:
    with pytest.raises(InvalidUpload, match="5 MB"):
        store(b"\0" * (uploads.MAX_IMAGE_BYTES + 1))
    for size in ((8000, 5001), (9500, 9500), (14000, 14000)):
        with pytest.raises(InvalidUpload, match="40 million pixels"):
            store(saved(Image.new("1", size), "PNG"))
    with pytest.raises(InvalidUpload, match="animation"):
        store(animation("GIF", frames=images.MAX_FRAMES + 1, size=(4, 4)))
    with pytest.raises(InvalidUpload, match="animation"):
        store(animation("WEBP", frames=60, size=(1000, 1000)))


def test_a_file_is_there_whole_or_not_at_all(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(storage_folder.os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            store(picture(size=(31, 20)))
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    stored = store(picture(size=(31, 20)))
    assert stat.S_IMODE((folder / stored.path).stat().st_mode) == 0o644


def test_inside_a_savepoint_the_row_belongs_to_the_callers_transaction(app: Flask) -> None:
    savepoint = db.session.begin_nested()
    store(picture())
    savepoint.rollback()
    db.session.commit()
    assert no_rows()


def test_a_row_that_another_request_added_meanwhile_is_used(app: Flask) -> None:
    stored = store(picture())
    row = db.session.scalars(select(Upload)).one()
    twin = Upload(path=stored.path, filename="b.png", media_type="image/png", size=1)
    assert uploads.keep_row(twin) is row
