"""Archives are made while they are sent."""

import tracemalloc
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import anyio

from novelai.server.images.export import file_name, zip_images
from novelai.server.storage.blobs import BlobMissingError

SIZE = 1_000_000


@dataclass(frozen=True)
class Picture:
    id: str
    seed: int | None = 7
    kind: str = "generate"
    created_at: float = 1_795_600_000.0
    media_type: str = "image/png"
    received: str | None = None


def test_names_say_when_and_which():
    """A file is called by its day, seed and id; without a seed by what was done."""
    assert file_name(Picture("img_1")) == "2026-11-25_7_img_1.png"
    assert file_name(Picture("img_2", seed=None, kind="tool")) == "2026-11-25_tool_img_2.png"
    assert file_name(Picture("img_3", media_type="image/webp")).endswith(".webp")


def test_one_picture_is_in_memory_at_a_time():
    """The next picture is read when the one before has been sent; missing ones are left out."""
    read = []

    async def data(picture, *, received):
        read.append(picture.id)
        if picture.id == "img_2":
            raise BlobMissingError(picture.id)
        return picture.id.encode() * (SIZE // len(picture.id))

    async def made():
        pictures = [Picture(f"img_{n}") for n in range(4)]
        return [(len(read), part) async for part in zip_images(pictures, data)]

    parts = anyio.run(made)
    assert [count for count, _ in parts] == [1, 2, 4, 4]
    assert max(len(part) for _, part in parts) < SIZE + 1000
    archive = zipfile.ZipFile(BytesIO(b"".join(part for _, part in parts)))
    assert archive.testzip() is None
    assert [name[-9:] for name in archive.namelist()] == ["img_0.png", "img_1.png", "img_3.png"]
    assert archive.read(archive.namelist()[0]) == b"img_0" * (SIZE // 5)


def test_what_novelai_sent_comes_behind():
    """Of what was put together here an archive has both, told apart by their names."""

    async def data(picture, *, received):
        if received and picture.id == "img_2":  # lost: the other one is there
            raise BlobMissingError(picture.id)
        return b"received" if received else b"shown"

    async def made():
        pictures = [
            Picture("img_0"),
            Picture("img_1", received="a"),
            Picture("img_2", received="b"),
        ]
        return b"".join([part async for part in zip_images(pictures, data)])

    with zipfile.ZipFile(BytesIO(anyio.run(made))) as archive:
        found = {name[13:]: archive.read(name) for name in archive.namelist()}
    assert found == {
        "img_0.png": b"shown",
        "img_1.png": b"shown",
        "img_1_received.png": b"received",
        "img_2.png": b"shown",
    }


def test_three_hundred_pictures_take_the_memory_of_a_few():
    """However long the archive, what is held at a time is a few pictures' worth of bytes."""
    pixels = bytes(range(256)) * 1000
    sizes, names = [], [f"img_{number:03}" for number in range(300)]

    async def data(picture, *, received):
        if picture.id == "img_150":  # vanished while the archive was under way
            raise BlobMissingError(picture.id)
        return picture.id.encode() + pixels

    async def read_all():
        pictures = [Picture(name) for name in names]
        sizes.extend([len(part) async for part in zip_images(pictures, data)])

    tracemalloc.start()
    try:
        anyio.run(read_all)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sizes) == 300  # 299 pictures and the directory
    assert sum(sizes) > 299 * len(pixels)
    assert max(sizes) < len(pixels) + 30_000
    assert peak < 8 * len(pixels)


def test_pictures_are_stored_as_they_are():
    """Not packed a second time, with their own time, under names that stay in the folder."""

    async def data(picture, *, received):
        return picture.id.encode() * 100

    async def made():
        pictures = [Picture("img_1"), Picture("../../etc/x"), Picture("/abs"), Picture("a\\b")]
        return b"".join([part async for part in zip_images(pictures, data)])

    archive = zipfile.ZipFile(BytesIO(anyio.run(made)))
    assert archive.testzip() is None
    assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    assert archive.infolist()[0].date_time[:3] == (2026, 11, 25)
    for name in archive.namelist():
        assert Path(name).name == name
        assert "\\" not in name
    assert len(set(archive.namelist())) == 4


def test_old_clocks_make_archives_too():
    """A picture from before 1980, by a wrong clock, does no harm."""

    async def data(_picture, *, received):
        return b"x"

    async def made():
        return b"".join(
            [part async for part in zip_images([Picture("img_1", created_at=1.0)], data)]
        )

    assert zipfile.ZipFile(BytesIO(anyio.run(made))).testzip() is None
