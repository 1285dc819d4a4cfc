"""Texts out of bytes whose encoding is stated wrongly, or not at all."""

__all__ = ["decode_comment", "decode_plain"]

UTF_16: dict[str, str] = {"<": "utf-16-le", ">": "utf-16-be"}
MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
WIDE = b"UNICODE\0"
NARROW = (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0" * 8)
SAMPLE = 4096
"""Bytes by which the order of bytes is judged."""


def decode_plain(value: bytes) -> str:
    """Read UTF-8, and Latin-1 where it is not.

    The standard of PNG says Latin-1, EXIF's says ASCII; NovelAI writes UTF-8 in both.
    """
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def decode_comment(value: bytes, *, order: str) -> str:
    """Read EXIF's comment: eight bytes that name the encoding, and the text.

    Writers disagree on what the names mean, so that the text itself is judged: UTF-16 of either
    order of bytes, with and without a mark, and UTF-8 are understood behind every name.

    Args:
        value: the comment, with or without its name in front.
        order: of the block's bytes, ``"<"`` or ``">"``: the last resort for UTF-16.
    """
    name = value[:8].upper()
    body = value[8:] if name == WIDE or name in NARROW else value
    return body.decode(_encoding(body, order, wide=name == WIDE), "replace").rstrip("\0")


def _encoding(body: bytes, order: str, *, wide: bool) -> str:
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return encoding
    # A zero is the upper half of most characters in UTF-16, and never a part of UTF-8.
    sample = body.rstrip(b"\0")[:SAMPLE]
    upper, lower = sample[::2].count(0), sample[1::2].count(0)
    if upper + lower > (0 if wide else len(sample) // 4):
        return UTF_16[">" if upper > lower else "<"]
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return UTF_16[order] if wide else "latin-1"
    return "utf-8"
