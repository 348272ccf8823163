"""Stores the local images of imported articles and puts their addresses into the text."""

from hashlib import sha256

from app.services import images, uploads
from app.services.errors import InvalidUpload
from app.services.importing.records import ImportedImage, ImportedPost
from app.services.importing.report import Report


def store_images(post: ImportedPost, *, owner_id: int, dry_run: bool, report: Report) -> None:
    """Replace every placeholder by the address of the stored image.

    Where an image cannot be stored, its old reference stays, with a warning.
    """
    for image in post.images:
        try:
            address = _store(image, owner_id, dry_run, report)
        except (OSError, InvalidUpload) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            post.warnings.append(f"the image {image.reference} was not copied: {reason}")
            address = image.reference
        post.content = post.content.replace(image.placeholder, address)


def _store(image: ImportedImage, owner_id: int, dry_run: bool, report: Report) -> str:
    size = image.path.stat().st_size
    if size > uploads.MAX_IMAGE_BYTES:
        raise InvalidUpload(f"it is larger than {uploads.MAX_IMAGE_BYTES // 2**20} MiB.")
    data = image.path.read_bytes()
    known = uploads.find_by_digest(sha256(data).hexdigest())
    if not dry_run:
        stored = uploads.store_image(data=data, filename=image.path.name, owner_id=owner_id)
    elif known:
        stored = uploads.described(known)
    else:
        images.redraw(data)
    (report.unchanged if known else report.made)["images"] += 1
    return image.reference if dry_run and not known else stored.url
