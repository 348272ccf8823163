"""Files that are not what they say, too large, or named to be taken for something else."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import product

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>alert(1)</script>"
PHP = b"<?php system($_GET['c']); ?>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body onload=alert(1)>" + SCRIPT
JAVA_SCRIPT = b"alert(1)//"
EXE = b"MZ" + b"\0" * 58 + b"\x80\0\0\0" + b"PE\0\0"
ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 60
PDF = b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
ENDINGS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
NO_PICTURES = {
    "html": HTML,
    "svg": SVG,
    "svgz": zlib.compress(SVG),
    "php": PHP,
    "js": JAVA_SCRIPT,
    "exe": EXE,
    "elf": ELF,
    "pdf": PDF,
    "zip": b"PK\x03\x04" + b"\0" * 40,
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "swf": b"CWS\x09" + b"\0" * 20,
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file",
    "mvg": b"push graphic-context\nfill 'url(https://evil.example/)'\npop graphic-context",
    "tiff": b"II*\0\x08\0\0\0",
    "bmp": b"BM" + b"\0" * 60,
    "ico": b"\0\0\x01\0\x01\0" + b"\0" * 30,
    "avif": b"\0\0\0\x1cftypavif" + b"\0" * 30,
    "heic": b"\0\0\0\x18ftypheic" + b"\0" * 30,
    "psd": b"8BPS\0\x01" + b"\0" * 30,
    "text": b"hello",
    "empty": b"",
    "nul": b"\0" * 100,
    "png head": b"\x89PNG\r\n\x1a\n" + HTML,
    "jpeg head": b"\xff\xd8\xff\xe0" + PHP,
    "gif head": b"GIF89a/*" + JAVA_SCRIPT,
    "webp head": b"RIFF\x00\x01\0\0WEBPVP8 " + HTML,
}
# What a file calls itself in front of, or behind, an ending that is allowed.
NAMES = (
    *("a.php.png", "a.png.php", "a.svg", "a.html", "a.htm", "a.png.html", "a.PhP", "a.pHtml"),
    *("../../../../etc/cron.d/a.png", "..\\..\\a.png", "/etc/passwd", "C:\\Windows\\a.png"),
    *("....//....//a.png", "%2e%2e%2fa.png", "a\0.png", "a.png\0.php", "a.php%00.png", "a.png "),
    *(
        "a.png.",
        "a.png::$DATA",
        "CON.png",
        "NUL",
        "aux.png",
        "COM1.png",
        "LPT9.txt.png",
        ".htaccess",
    ),
    *(
        ".git/config",
        ".env",
        "web.config",
        "a;.png",
        "a.png;.php",
        "a|b.png",
        "a`id`.png",
        "$(id).png",
    ),
    *(
        "-rf.png",
        "--help",
        "a\r\nX-Injected: 1.png",
        'a".png',
        "a'.png",
        "<script>.png",
        "\u202egnp.php",
    ),
    *(
        "\uff0e\uff0e\uff0fa.png",
        "a" * 300 + ".png",
        "\u00e4\u4e2d.png",
        "~/a.png",
        ".",
        "..",
        "/",
        "\\",
    ),
    *(
        "a.jpg.exe",
        "a.tar.gz",
        "a.shtml",
        "a.asp;.jpg",
        "a.png/b.php",
        "crossdomain.xml",
        "index.php",
    ),
)
TYPES = (
    *("image/png", "image/svg+xml", "text/html", "application/x-php", "application/javascript"),
    *("image/jpeg", "application/octet-stream", "text/plain", "multipart/form-data", "x/y", ""),
)
# What no answer may give back, wherever in a picture it was.
MARK = b"q7zmetadata"


def picture(kind: str, size: tuple[int, int] = (8, 8), **options: object) -> bytes:
    """Return a picture."""
    output = io.BytesIO()
    Image.new("RGB", size, "teal").save(output, kind, **options)
    return output.getvalue()


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Give pictures with something else behind, inside, or in their metadata."""
    payloads = {"html": HTML, "svg": SVG, "php": PHP, "js": JAVA_SCRIPT, "exe": EXE, "pdf": PDF}
    for kind, (name, payload) in product(FORMATS, payloads.items()):
        yield f"{kind} then {name}", picture(kind) + MARK + payload
    for kind, (name, payload) in product(("JPEG", "GIF"), payloads.items()):
        yield f"{kind} comment {name}", picture(kind, comment=MARK + payload)
    for name, payload in payloads.items():
        for place in ("Comment", "Description", "XML:com.adobe.xmp", "Software"):
            info = PngImagePlugin.PngInfo()
            info.add_itxt(place, (MARK + payload).decode("latin-1"))
            yield f"PNG {place} {name}", picture("PNG", pnginfo=info)
        exif = Image.Exif()
        exif[0x010E], exif[0x9286], exif[0x8298] = ((MARK + payload).decode("latin-1"),) * 3
        for kind in ("JPEG", "PNG", "WEBP"):
            yield f"{kind} EXIF {name}", picture(kind, exif=exif)
    for kind in ("JPEG", "PNG", "WEBP"):
        yield f"{kind} profile", picture(kind, icc_profile=MARK + b"\0" * 200)
        exif = Image.Exif()
        exif.get_ifd(0x8825)[29] = MARK.decode()
        exif[0x0110] = MARK.decode()
        yield f"{kind} place", picture(kind, exif=exif)
    yield "WEBP xmp", picture("WEBP", xmp=MARK)
    yield "zip behind", picture("PNG") + MARK + archive({"a.html": HTML})


def floods() -> Iterator[tuple[str, bytes]]:
    """Give small files that would become large pictures."""
    for width, height in ((50_000, 50_000), (2**31 - 1, 1), (1, 2**31 - 1), (65_535, 65_535)):
        yield f"PNG {width}×{height}", png_header(width, height)
    for width, height in ((65_535, 65_535), (40_000, 40_000)):
        size = struct.pack("<HH", width, height)
        head = b"GIF89a" + size + b"\xf0\0\0" + b"\0" * 6
        yield f"GIF {width}×{height}", head + b",\0\0\0\0" + size + b"\0\x02\x02L\x01\0;"
    frames = io.BytesIO()
    more = [Image.new("L", (600, 600), number % 255) for number in range(1, 210)]
    Image.new("L", (600, 600)).save(frames, "GIF", save_all=True, append_images=more)
    yield "GIF of many frames", frames.getvalue()
    for kind in FORMATS:
        data = picture(kind, (64, 64))
        for part in (1, 2, 3):
            yield f"{kind} cut to {part}/4", data[: len(data) * part // 4 - 8]
        broken = bytearray(data)
        broken[len(broken) // 2 :] = bytes(reversed(broken[len(broken) // 2 :]))
        yield f"{kind} broken", bytes(broken)


def png_header(width: int, height: int) -> bytes:
    """Return a PNG of any size whose pixels are few bytes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 5_000_000, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def archive(files: dict[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return output.getvalue()


def documents() -> Iterator[tuple[str, str, bytes]]:
    """Give documents that lie: a name for people, the file's name, its bytes."""
    for ending in ("pdf", "doc", "docx", "xls", "xlsx"):
        for kind, data in NO_PICTURES.items():
            if kind != ending:
                yield f"{kind} as {ending}", f"a.{ending}", data
    for kind in ("png head", "nul", "exe", "elf", "webp head", "ico", "bmp", "gif head"):
        data = NO_PICTURES[kind]
        if b"\0" in data:
            yield f"{kind} as txt", "a.txt", data
    for ending in ("html", "svg", "js", "php", "exe", "xhtml", "xml", "zip", "docm", "xlsm", "rtf"):
        yield f"text as {ending}", f"a.{ending}", b"hello"
        yield f"text as txt.{ending}", f"a.txt.{ending}", b"hello"


def bombs() -> Iterator[tuple[str, str, bytes]]:
    """Give archives that would become large, or leave their folder, if anyone unpacked them."""
    zeros = b"\0" * 40_000_000
    inside = archive({"word/document.xml": zeros})
    yield "bomb", "a.docx", inside
    yield "bomb of bombs", "a.docx", archive({"word/document.xml": b"x", "b.zip": inside})
    yield (
        "many files",
        "a.xlsx",
        archive({"xl/workbook.xml": b"x"} | {f"{n}": b"" for n in range(20_000)}),
    )
    yield "slip", "a.docx", archive({"word/document.xml": b"x", "../../../../tmp/evil": b"x"})
    laughs = b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'">]><a>' + b"&b;" * 10_000 + b"</a>"
    yield "laughs", "a.docx", archive({"word/document.xml": laughs})
