"""Defences against files."""

import io

from PIL import Image

from app.services import documents, images, uploads
from app.services.errors import DomainError
from tests.attack.defences.scene import Row, Scene, ends_nothing, picture, without

SCRIPT = "<script>alert(1)</script>"


def keep_metadata(scene: Scene) -> bool:
    data = picture() + SCRIPT.encode()
    file = uploads.store_image(data=data, filename="a.png", owner_id=scene.ann.id)
    return SCRIPT.encode() in scene.app.test_client().get(file.url).data


def send_a_flood(scene: Scene) -> bool:
    output = io.BytesIO()
    more = [Image.new("L", (2, 2), n) for n in range(1, 210)]
    Image.new("L", (2, 2)).save(output, "GIF", save_all=True, append_images=more)
    try:
        uploads.store_image(data=output.getvalue(), filename="a", owner_id=scene.ann.id)
    except DomainError:
        return False
    return True


def send_a_page_as_pdf(scene: Scene) -> bool:
    try:
        documents.store_document(data=b"<html>", filename="a.pdf", owner_id=scene.ann.id)
    except DomainError:
        return False
    return True


def kept_as_sent(data: bytes) -> images.Redrawn:
    return images.Redrawn(data, "image/png", 4, 4)


DEFENCES = {
    "pictures are drawn anew": Row(keep_metadata, without(images, "redraw", kept_as_sent)),
    "bounds on pictures": Row(send_a_flood, without(images, "refuse_too_large", ends_nothing)),
    "content of documents": Row(
        send_a_page_as_pdf, without(documents, "is_really", lambda *_: True)
    ),
}
