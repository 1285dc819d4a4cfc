"""Silence of a length, in the two containers that speech comes in."""

import hashlib

FRAMES_PER_SECOND = 50
_FRAME_MS = 20
_MP3_FRAMES_PER_SECOND = 38


def mp3(seconds: float, title: str) -> bytes:
    """Silent MP3 (MPEG-1 Layer III, 32 kbit/s, 44.1 kHz) behind an ID3 tag."""
    # A frame whose side information is all zero holds no sound.
    frame = b"\xff\xfb\x10\xc4" + bytes(100)
    return _id3(title) + frame * max(round(seconds * _MP3_FRAMES_PER_SECOND), 1)


def _id3(title: str) -> bytes:
    text = b"\x03" + title.encode("utf-8", errors="replace")
    frame = b"TIT2" + _syncsafe(len(text)) + b"\0\0" + text
    return b"ID3\x04\0\0" + _syncsafe(len(frame)) + frame


def _syncsafe(number: int) -> bytes:
    """Return a number in four bytes of seven bits, so that it never looks like a frame."""
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def webm(seconds: float, title: str) -> bytes:
    """Silent Opus (mono, 48 kHz, frames of 20 ms) in a WebM file."""
    count = max(round(seconds * FRAMES_PER_SECOND), 1)
    head = _element(
        0x1A45DFA3,
        _number(0x4286, 1)
        + _number(0x42F7, 1)
        + _number(0x42F2, 4)
        + _number(0x42F3, 8)
        + _element(0x4282, b"webm")
        + _number(0x4287, 4)
        + _number(0x4285, 2),
    )
    info = _element(
        0x1549A966,
        _number(0x2AD7B1, 1_000_000)
        + _element(0x7BA9, title.encode("utf-8", errors="replace"))
        + _element(0x4D80, b"emulator")
        + _element(0x5741, b"emulator"),
    )
    opus_head = b"OpusHead\x01\x01" + bytes(2) + (48_000).to_bytes(4, "little") + bytes(3)
    track_uid = int.from_bytes(hashlib.sha256(title.encode()).digest()[:6], "big") or 1
    audio = _element(0xE1, _number(0x9F, 1))
    entry = (
        _number(0xD7, 1)
        + _number(0x73C5, track_uid)
        + _number(0x83, 2)
        + _element(0x86, b"A_OPUS")
        + _element(0x63A2, opus_head)
        + audio
    )
    tracks = _element(0x1654AE6B, _element(0xAE, entry))
    return head + _element(0x18538067, info + tracks + _clusters(count))


def _clusters(count: int) -> bytes:
    """Blocks of silence, one second to a cluster."""
    clusters: list[bytes] = []
    for start in range(0, count, FRAMES_PER_SECOND):
        blocks = b"".join(
            _element(0xA3, b"\x81" + (index * _FRAME_MS).to_bytes(2, "big") + b"\x80\xf8\xff\xfe")
            for index in range(min(FRAMES_PER_SECOND, count - start))
        )
        clusters.append(_element(0x1F43B675, _number(0xE7, start * _FRAME_MS) + blocks))
    return b"".join(clusters)


def _number(element: int, value: int) -> bytes:
    return _element(element, value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big"))


def _element(element: int, data: bytes) -> bytes:
    """Return an EBML element: its id, its length in eight bytes, its data."""
    name = element.to_bytes((element.bit_length() + 7) // 8, "big")
    return name + (len(data) | 1 << 56).to_bytes(8, "big") + data
