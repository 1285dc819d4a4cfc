"""In which encoding a ``.env`` file is written. Windows' shells write UTF-16 by ``>``."""

import codecs
from pathlib import Path

from novelai.errors import ConfigurationError

__all__ = ["encoding_of"]

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """Return the encoding of a file; UTF-8 where there is none.

    Raises:
        ConfigurationError: it is not text in UTF-8 or UTF-16.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return "utf-8"
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ConfigurationError(f"{path} cannot be read as text: save it as UTF-8.")
    return encoding
