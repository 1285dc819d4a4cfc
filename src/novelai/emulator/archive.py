"""ZIP archives the way the service sends pictures."""

import zipfile
from io import BytesIO
from typing import Literal

_EPOCH = (2026, 1, 1, 0, 0, 0)


def archive(files: list[bytes], extension: str, *, method: Literal["deflate", "store"]) -> bytes:
    """Pack files as `image_0.png`, `image_1.png` and so on.

    Args:
        files: The pictures.
        extension: `png` or `webp`.
        method: Generations and upscales are deflated, director tools stored.
    """
    deflate = method == "deflate"
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for index, data in enumerate(files):
            # A fixed date keeps equal answers equal to the byte.
            entry = zipfile.ZipInfo(f"image_{index}.{extension}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
            # Level 0 is valid deflate; pictures are compressed already.
            packed.writestr(entry, data, compresslevel=0 if deflate else None)
    return buffer.getvalue()
