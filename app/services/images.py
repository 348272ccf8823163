"""Draws pictures anew: what comes out is only the picture, whatever else the file carried."""

import io
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any

from flask_babel import gettext as _
from PIL import Image, ImageCms, ImageOps
from PIL.Image import Image as Picture

from app.services.errors import InvalidUpload

MAX_PIXELS = 40_000_000
MAX_FRAMES = 200
MAX_ANIMATION_PIXELS = 50_000_000
JPEG_QUALITY = 88
WEBP_QUALITY = 85
# Of the smaller copies: the first is a thumbnail, the last fills an article on a sharp screen.
COPY_WIDTHS = (320, 640, 1280)
COPY_QUALITY = 80

# Pillow's name → ours. MPO is what phones write: a JPEG with a second picture behind it.
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg"}
MEDIA_TYPES |= {"GIF": "image/gif", "WEBP": "image/webp"}
EXTENSION_OF = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
EXTENSIONS = tuple(EXTENSION_OF.values())

# A large picture takes some 300 MB while it is drawn: not many at once.
_slots = BoundedSemaphore(2)


@dataclass(frozen=True)
class Redrawn:
    """A picture fit to be shown, as a file's bytes; sizes in pixels.

    `copies` are smaller ones in WebP by their width; a picture that moves has none.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    copies: dict[int, bytes] = field(default_factory=dict)

    @property
    def extension(self) -> str:
        """The ending of a file name."""
        return EXTENSION_OF[self.media_type]


def redraw(data: bytes) -> Redrawn:
    """Decode a picture and encode it again in its format, upright, in sRGB, without metadata.

    Animations of GIF and WebP stay animated. Raises `InvalidUpload` for anything but a PNG, JPEG,
    GIF or WebP of bearable size.
    """
    with _slots:
        try:
            return encode(data)
        except InvalidUpload:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise too_many_pixels() from error
        except Exception as error:
            # Decoders fail in many ways on broken and on malicious files; all mean the same here.
            raise InvalidUpload(
                _("This is not a PNG, JPEG, GIF or WebP picture, or it is damaged.")
            ) from error


def encode(data: bytes) -> Redrawn:
    """Do what `redraw` says; a file that is no picture raises whatever its decoder raises."""
    output = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "GIF", "WEBP"]) as image:
        media_type = MEDIA_TYPES[str(image.format)]
        refuse_too_large(image)
        lossless = {"lossless": True} if is_lossless_webp(data) else {"quality": WEBP_QUALITY}
        options: dict[str, dict[str, Any]] = {
            "image/png": {},
            "image/jpeg": {"quality": JPEG_QUALITY, "progressive": True, "comment": b""},
            "image/gif": {"comment": b""},
            "image/webp": lossless,
        }
        moves = is_animation(image)
        result: Picture = image if moves else still(image)
        result.save(
            output,
            format=media_type.removeprefix("image/").upper(),
            icc_profile=None,
            **options[media_type],
            **(timing(image) if moves else {}),
        )
        copies = {} if moves else smaller_copies(result)
        return Redrawn(output.getvalue(), media_type, result.width, result.height, copies)


def smaller_copies(picture: Picture) -> dict[int, bytes]:
    """Return a picture in WebP for each width below its own."""
    copies: dict[int, bytes] = {}
    has_transparency = "A" in picture.getbands() or "transparency" in picture.info
    source = picture.convert("RGBA" if has_transparency else "RGB")
    for width in reversed([width for width in COPY_WIDTHS if width < picture.width]):
        height = max(1, round(picture.height * width / picture.width))
        # From the next larger one: as good to the eye, and much faster.
        source = source.resize((width, height), Image.Resampling.LANCZOS)
        output = io.BytesIO()
        source.save(output, "WEBP", quality=COPY_QUALITY)
        copies[width] = output.getvalue()
    return dict(sorted(copies.items()))


def refuse_too_large(image: Picture) -> None:
    """Refuse, before it is decoded, what would take too much memory or time."""
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise too_many_pixels()
    frames = getattr(image, "n_frames", 1) if is_animation(image) else 1
    if frames > MAX_FRAMES or frames * pixels > MAX_ANIMATION_PIXELS:
        raise InvalidUpload(_("The animation is too long or too large."))


def too_many_pixels() -> InvalidUpload:
    """Return the objection to a picture that would not fit in memory."""
    most = MAX_PIXELS // 1_000_000
    return InvalidUpload(_("The picture has more than %(most)d million pixels.", most=most))


def is_animation(image: Picture) -> bool:
    """Say whether a picture moves and will go on moving; of a PNG only the first frame is kept."""
    return image.format in ("GIF", "WEBP") and bool(getattr(image, "is_animated", False))


def is_lossless_webp(data: bytes) -> bool:
    """Say whether the first chunk of picture data in a WebP file is a lossless one."""
    return data[8:12] == b"WEBP" and b"VP8L" in data[12:64]


def timing(image: Picture) -> dict[str, Any]:
    """Return what saves an animation at the speed, and as often repeated, as it was."""
    durations = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        durations.append(image.info.get("duration", 0))
    image.seek(0)
    options: dict[str, Any] = {"save_all": True, "duration": durations}
    if "loop" in image.info:
        options["loop"] = image.info["loop"]
    return options


def still(image: Picture) -> Picture:
    """Return one frame, upright and in a colour space that every browser takes for granted."""
    upright = ImageOps.exif_transpose(image)
    if image.format in ("JPEG", "MPO") and upright.mode not in ("L", "RGB"):
        return in_srgb(upright, image.info.get("icc_profile"), "RGB").convert("RGB")
    return in_srgb(upright, image.info.get("icc_profile"), upright.mode)


def in_srgb(image: Picture, profile: bytes | None, mode: str) -> Picture:
    """Return the colours that the embedded profile means, as sRGB; without one, as they are."""
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode=mode,
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image
