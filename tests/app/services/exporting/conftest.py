"""A picture to export."""

import io

import pytest
from PIL import Image


@pytest.fixture
def png() -> bytes:
    """Give the bytes of a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (4, 3), "#336699").save(out, "PNG")
    return out.getvalue()
