"""Watching a picture come."""

from io import BytesIO

import pytest
from PIL import Image
from tests.contract.worlds import SMALL, opened, sent_to, world_of

from novelai.types import FinalEvent, PreviewEvent

pytestmark = pytest.mark.anyio

WISH = {"prompt": "1girl, garden", "size": SMALL, "steps": 6, "seed": 4}


def facts(event: PreviewEvent | FinalEvent) -> tuple[object, ...]:
    """All of an event but the service's number for the call."""
    if isinstance(event, PreviewEvent):
        return event.sample, event.step, event.steps, event.sigma, event.data
    return event.sample, event.picture.seed, event.data


@pytest.mark.parametrize("framing", ["msgpack", "sse"])
async def test_previews_then_the_picture(world, emulator, framing):
    """Steps count up, noise falls, and the last event is the picture."""
    events = await world.watch(**WISH, framing=framing)
    *previews, final = events
    assert [event.step for event in previews] == [1, 2, 3, 4, 5]
    assert {event.steps for event in previews} == {6}
    levels = [event.sigma for event in previews]
    assert levels == sorted(levels, reverse=True)
    assert all(Image.open(BytesIO(event.data)).format == "JPEG" for event in previews)
    assert isinstance(final, FinalEvent)
    assert len({event.generation_id for event in events}) == 1
    (request,) = sent_to(emulator, "/ai/generate-image-stream")
    assert request.body["parameters"]["stream"] == framing


@pytest.mark.parametrize("samples", [1, 3])
async def test_both_framings_tell_the_same(world, samples):
    """Msgpack and SSE give the same events."""
    packed, text = [
        [facts(event) for event in await world.watch(**WISH, n_samples=samples, framing=framing)]
        for framing in ("msgpack", "sse")
    ]
    assert packed == text


async def test_watched_or_not_the_picture_is_the_same(world):
    """A stream ends with the picture that a plain call gives."""
    *_, final = await world.watch(**WISH)
    (plain,) = await world.generate(**WISH)
    assert opened(final.picture) == opened(plain)
    assert final.picture.metadata.prompt == plain.metadata.prompt


@pytest.mark.parametrize("image_format", ["png", "webp"])
async def test_every_sample_arrives(world, image_format):
    """A stream of several samples gives each of them, with its seed."""
    events = await world.watch(**WISH, n_samples=3, image_format=image_format)
    finals = [event for event in events if isinstance(event, FinalEvent)]
    assert [(event.sample, event.picture.seed) for event in finals] == [(0, 4), (1, 5), (2, 6)]
    assert {event.picture.media_type for event in finals} == {f"image/{image_format}"}


async def test_leaving_early_gives_the_turn_back(emulator, url):
    """Who stops watching lets the next caller of the same client have its turn."""
    async with world_of("http", emulator, url) as world:
        async with world.client.image.generate_stream(**WISH) as events:
            assert isinstance(await anext(events), PreviewEvent)
        # The service goes on with what it began; its lock is waited out.
        assert len(await world.generate(**WISH)) == 1
    assert {request.completed for request in emulator.requests if request.status == 200} == {True}
