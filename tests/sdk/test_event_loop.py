"""Nothing that takes milliseconds runs on the event loop."""

import subprocess
import sys
import threading

import pytest
from blockbuster import blockbuster_ctx
from tests.sdk.making import archive, final, frames, png, preview
from tests.sdk.services import KEY, Service, reply, streamed

from novelai import AsyncNovelAI
from novelai.types import CharacterReference, GenerateImageParams, InpaintParams


@pytest.fixture
def anyio_backend():
    """Use asyncio, whose loop the guard knows."""
    return "asyncio"


@pytest.mark.anyio
async def test_no_call_blocks_the_loop(tmp_path):
    """Reading files, fitting pictures, unpacking and watching go on without a blocking call."""
    path = tmp_path / "picture.png"
    path.write_bytes(png((64, 64), (255, 255, 255, 255)))
    vibe = reply(200, b"H encoding")
    plain = reply(200, archive(png((256, 256), compress_level=0)))
    watched = streamed(frames(preview(0), final(png((256, 256), compress_level=0))))
    service = Service(plain, plain, plain, vibe, plain, watched)
    GenerateImageParams(prompt="a")  # the catalogue is read once
    async with AsyncNovelAI(KEY, transport=service) as client:
        with blockbuster_ctx():
            await client.image.generate(prompt="a")
            inpaint = InpaintParams(image=path, mask=str(path))
            await client.image.generate(prompt="a", size=(64, 64), inpaint=inpaint)
            references = [CharacterReference(image=path)]
            await client.image.generate(prompt="a", character_references=references)
            await client.image.generate(prompt="a", vibes=[{"image": path}])
            async with client.image.generate_stream(prompt="a") as stream:
                assert len([event async for event in stream]) == 2
    assert service.calls == 6


@pytest.mark.anyio
async def test_pictures_are_made_in_other_threads():
    """A source is read by a thread that is not the loop's."""
    seen = []

    class Source:
        def read(self, *_count):
            seen.append(threading.current_thread())
            return b""

    async with AsyncNovelAI(KEY, transport=Service(reply())) as client:
        with pytest.raises(ValueError, match=r"i2i\.image"):
            await client.image.generate(prompt="a", size=(64, 64), i2i={"image": Source()})
    assert seen
    assert threading.main_thread() not in seen


LOADING = """
import sys, threading, anyio, httpx2
from novelai import AsyncNovelAI

places = []

def watch(event, arguments):
    if event == "import" and arguments[0] == "PIL.Image":
        places.append(threading.current_thread() is threading.main_thread())

sys.addaudithook(watch)
transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=sys.stdin.buffer.read()))

async def main():
    async with AsyncNovelAI("pst-a", transport=transport) as client:
        return [event async for event in client.image.generate_stream(prompt="a")]

assert len(anyio.run(main)) == 1
assert places and not any(places), places
"""


def test_pillow_is_loaded_off_the_loop():
    """The first picture of a stream does not stop the loop for Pillow's import."""
    data = frames(final(png()))
    run = subprocess.run(
        [sys.executable, "-c", LOADING], input=data, capture_output=True, check=False
    )
    assert (run.returncode, run.stderr.decode()) == (0, "")
