"""Masks of older clients, which are an eighth of the picture."""

from io import BytesIO

from PIL import Image

from novelai._opening import open_image, picture_size

__all__ = ["mask_like"]


def mask_like(mask: bytes, image: bytes) -> bytes:
    """A mask as large as its picture; it keeps its edges.

    Args:
        mask: white = paint anew.
        image: the picture.

    Raises:
        InvalidParamsError: one of them cannot be read.
    """
    size = picture_size(image, "image")
    painted = open_image(mask, "mask")
    width, height = painted.size
    if painted.size == size or (width * 8, height * 8) != size:
        return mask
    file = BytesIO()
    painted.resize(size, Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()
