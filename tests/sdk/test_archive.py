"""ZIP archives of pictures."""

import struct
import zipfile
from io import BytesIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import archive, ours

from novelai import InvalidResponseError, NovelAIError
from novelai._codecs.archive import SMALL, ArchiveEntry, is_small, read_archive

PICTURES = [b"first picture " * 20, b"second"]
ENTRIES = [ArchiveEntry(f"image_{index}.png", data) for index, data in enumerate(PICTURES)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_and_deflated_entries_are_read(method):
    """Both ways the service packs give the same files, in order."""
    assert read_archive(archive(*PICTURES, method=method)) == ENTRIES


def test_an_empty_archive_has_no_files():
    """No entry is not yet a mistake here."""
    assert read_archive(archive()) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_cut_anywhere_is_refused(method):
    """At whatever byte the answer breaks off, nothing but our error comes of it."""
    whole = archive(*PICTURES, method=method)
    for end in range(len(whole)):
        with pytest.raises(InvalidResponseError, match="not a readable archive") as caught:
            read_archive(whole[:end])
        assert (caught.value.charged, caught.value.status) == ("unknown", 200)


@given(place=st.integers(0, 10_000), value=st.integers(0, 255), method=st.sampled_from([0, 8]))
def test_a_damaged_archive_raises_nothing_but_our_error(place, value, method):
    """A changed byte is found by the checksum, or hides an entry, or concerns nothing used."""
    whole = bytearray(archive(*PICTURES, method=method))
    whole[place % len(whole)] = value
    try:
        entries = read_archive(bytes(whole))
    except NovelAIError:
        return
    assert {entry.data for entry in entries} <= set(PICTURES)


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_but_our_error(garbage):
    """Any bytes at all, also behind a real archive's beginning."""
    for data in (garbage, archive(b"a")[:30] + garbage, garbage + archive(b"a")):
        found = ours(InvalidResponseError, lambda data=data: read_archive(data))
        assert isinstance(found, list | InvalidResponseError)


def claims_size(size):
    """Return an archive whose directory claims a size for its entry."""
    whole = bytearray(archive(b"x" * 50))
    directory = whole.index(b"PK\x01\x02")
    struct.pack_into("<I", whole, directory + 24, size)
    return bytes(whole)


@pytest.mark.parametrize(("size", "reason"), [(4_000_000_000, "large"), (49, "cut")])
def test_hostile_sizes_are_refused(size, reason):
    """A size that is implausible or untrue is refused before memory is spent on it."""
    with pytest.raises(InvalidResponseError, match=reason):
        read_archive(claims_size(size))


def test_a_bomb_stops_at_its_claimed_size():
    """An entry that unpacks to more than it claims is damaged."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("image_0.png", b"\0" * 50_000_000)
    whole = bytearray(buffer.getvalue())
    struct.pack_into("<I", whole, whole.index(b"PK\x01\x02") + 24, 1000)
    with pytest.raises(InvalidResponseError):
        read_archive(bytes(whole))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(method):
    """What the service never sends is not tried."""
    with pytest.raises(InvalidResponseError, match="unknown way"):
        read_archive(archive(b"a", method=method))


def test_what_is_small_enough_for_the_loop():
    """One picture of a usual size is; many, large ones and archives that claim much are not."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(1000)
    assert is_small(archive(picture))
    assert is_small(picture)
    assert not is_small(archive(picture, picture))
    assert not is_small(archive(Random(1).randbytes(SMALL)))
    assert not is_small(picture.ljust(SMALL + 1))
    assert not is_small(archive(bytes(SMALL + 1))), "a bomb: small, until it is unpacked"
    whole = archive(picture)
    assert not any(is_small(whole[:end]) for end in range(8, len(whole)))


@given(place=st.integers(0, 10_000), data=st.binary(min_size=1, max_size=4))
def test_what_is_small_stays_small(place, data):
    """However an archive is damaged: what is unpacked on the loop is not large."""
    whole = bytearray(archive(bytes(100_000)))
    place %= len(whole) - 4
    whole[place : place + len(data)] = data
    found = ours(NovelAIError, lambda: read_archive(bytes(whole)))
    is_little = isinstance(found, NovelAIError) or sum(len(one.data) for one in found) <= SMALL
    assert is_little or not is_small(bytes(whole))
