"""Finding the settings of a picture, wherever they are: the one reader of embedded texts."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from novelai._metadata.exif import block_texts, is_jpeg, is_webp, jpeg_exif, webp_exif
from novelai._metadata.others import is_a1111
from novelai._metadata.png import exif_chunk, is_plausible, text_chunks
from novelai._metadata.stealth import read_stealth
from novelai._metadata.value import ImageMetadata, Origin, parse_settings, states_settings

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "choose_texts",
    "find_settings",
    "hidden_texts",
    "open_texts",
    "read_metadata",
]


def read_metadata(data: bytes, open_image: "Callable[[], Image]") -> ImageMetadata | None:
    """Return NovelAI's settings embedded in a PNG, WebP or JPEG file.

    Args:
        data: the file.
        open_image: gives the decoded picture; called only when the file names no settings openly,
            to look for them in the pixels; one that cannot be decoded hides nothing.
    """
    return find_settings(
        open_texts(data), _open_origin(data), lambda: hidden_texts(open_image, data)
    )


def find_settings(
    texts: Mapping[str, Any], origin: Origin, hidden: Callable[[], Mapping[str, Any]]
) -> ImageMetadata | None:
    """Return the settings of the open texts if they hold any, else of the hidden ones.

    Args:
        texts: what the file carries in the open.
        origin: what to call that place.
        hidden: gives the texts in the pixels; called only when they are needed.
    """
    found = ImageMetadata.from_fields(texts, origin)
    if found is not None and states_settings(found.comment):
        return found
    below = ImageMetadata.from_fields(hidden(), "stealth")
    return below if below is not None and (below.comment or found is None) else found


def open_texts(data: bytes) -> dict[str, str]:
    """Read the texts that a PNG, WebP or JPEG file carries in the open."""
    if is_webp(data):
        return choose_texts(block_texts(webp_exif(data)))
    if is_jpeg(data):
        return choose_texts(block_texts(jpeg_exif(data)))
    return choose_texts([*text_chunks(data), *block_texts(exif_chunk(data))])


def choose_texts(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return one text for each name: the first of NovelAI's, else the first.

    Programs that a picture went through add a ``Comment`` or ``Software`` of their own, some in
    front. A1111's settings are called ``parameters`` wherever they stand.
    """
    offered: dict[str, list[str]] = {}
    for name, text in texts:
        known_as = "parameters" if name == "Comment" and is_a1111(text) else name
        offered.setdefault(known_as, []).append(text)
    return {name: _choose(name, several) for name, several in offered.items()}


def hidden_texts(open_image: "Callable[[], Image]", data: bytes = b"") -> dict[str, Any]:
    """Read the texts that are hidden in a picture's pixels.

    Args:
        open_image: gives the picture.
        data: the file it comes from, if any; one that would take long to decode hides nothing,
            and neither does a JPEG, which keeps no lowest bits.
    """
    if is_jpeg(data) or not is_plausible(data):
        return {}
    try:
        return read_stealth(open_image())
    except Exception:  # noqa: BLE001 - damage makes Pillow raise anything; it hides nothing then
        return {}


def _open_origin(data: bytes) -> Origin:
    """Return the name of the place where a file carries texts in the open."""
    return "exif" if is_webp(data) or is_jpeg(data) else "png"


def _choose(name: str, several: list[str]) -> str:
    if len(several) == 1:
        return several[0]
    own = CHOICES.get(name, bool)
    return next((text for text in several if own(text)), several[0])


def _is_comment(text: str) -> bool:
    return states_settings(parse_settings(text))


CHOICES: Mapping[str, Callable[[str], bool]] = {
    "Comment": _is_comment,
    "Software": lambda text: text == "NovelAI",
    "Source": lambda text: text.startswith(("NovelAI Diffusion ", "Stable Diffusion ")),
    "parameters": is_a1111,
}
"""By which NovelAI's text, or A1111's, is told from another of the same name."""
