"""The two generation endpoints: check, price, lock, draw in the background, answer."""

from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.anlas import (
    enhanced_size,
    free_images,
    generation_price,
    image_price,
)
from novelai.emulator.answer import Answer
from novelai.emulator.body import Body
from novelai.emulator.drawing import draw_sample
from novelai.emulator.errors import FAILED_FRAME, Refusal, RenderFailure
from novelai.emulator.exchange import Exchange
from novelai.emulator.generation import Generation, StreamKind
from novelai.emulator.job import Job
from novelai.emulator.metadata import sign_generated
from novelai.emulator.paid import start_paid
from novelai.emulator.previews import Previews
from novelai.emulator.replies import images_answer
from novelai.emulator.sigmas import sigmas
from novelai.emulator.streams import MEDIA_TYPES, encode_frame
from novelai.emulator.validation import stream_kind, validate
from novelai.emulator.world import World


async def generate_image(exchange: Exchange) -> Answer:
    """POST /ai/generate-image: a ZIP, or JSON when the caller accepts that."""
    account = exchange.account()
    body = await exchange.body()
    generation, job = await _begin(exchange, account, body, previews=False)
    files: list[bytes] = await job.result()
    seeds = [generation.sample_seed(index) for index in range(generation.samples)]
    return await images_answer(exchange, files, extension=generation.image_format, seeds=seeds)


async def generate_image_stream(exchange: Exchange) -> Answer:
    """POST /ai/generate-image-stream: previews and pictures as msgpack frames or SSE."""
    account = exchange.account()
    body = await exchange.body()
    try:
        generation, job = await _begin(exchange, account, body, previews=True)
    except RenderFailure:
        kind = stream_kind(body)
        return _stream(kind, _failure(kind))
    return _stream(generation.stream, _frames(generation, job))


def _stream(kind: StreamKind, frames: AsyncIterator[bytes]) -> Answer:
    return Answer(
        content_type=MEDIA_TYPES[kind],
        body=None,
        frames=frames,
        stream=kind,
        headers={"cache-control": "no-cache"},
        known_length=False,
    )


async def _frames(generation: Generation, job: Job) -> AsyncIterator[bytes]:
    try:
        async for item in job.items():
            # The last item is the list of files, which a stream has sent already.
            if not isinstance(item, list):
                yield encode_frame(item, generation.stream)
    except Refusal as refusal:
        # Too late for a status: the stream has begun.
        frame = {"event_type": "error", "message": refusal.message}
        yield encode_frame(frame, generation.stream)


async def _failure(kind: StreamKind) -> AsyncIterator[bytes]:
    yield encode_frame({"event_type": "error", "message": FAILED_FRAME}, kind)


async def _begin(
    exchange: Exchange, account: EmulatedAccount, body: Body, *, previews: bool
) -> tuple[Generation, Job]:
    """Check everything that can be refused, then start the work."""
    world = exchange.world
    # Opening references takes milliseconds, which the event loop does not have.
    generation = await to_thread.run_sync(lambda: validate(body, world.cache, world.rng))
    price, free = price_of(generation, account, world.clock())
    gen_id = world.rng.randrange(10**6, 10**7)

    def work(job: Job) -> None:
        _work(job, world, generation, gen_id, previews=previews)

    def count() -> None:
        if generation.model.family == "v5":
            account.use_allowance(free * generation.model.drain)

    return generation, start_paid(exchange, account, price, work, when_charged=count)


def price_of(generation: Generation, account: EmulatedAccount, now: float) -> tuple[int, int]:
    """Price of a generation in Anlas, and how many of its pictures are free."""
    model, width, height = generation.model, generation.width, generation.height
    steps = model.counted_steps or generation.steps
    if generation.enhance:
        width, height = enhanced_size(width, height)
    free = free_images(
        family=model.family,
        width=width,
        height=height,
        steps=steps,
        opus=account.opus(now),
        usage_is_negative=account.usage_is_negative,
    )
    image = image_price(
        family=model.family,
        width=width,
        height=height,
        steps=steps,
        sampler=generation.sampler,
        sm=generation.sm,
        sm_dyn=generation.sm_dyn,
        strength=generation.strength,
        step_share=model.step_share,
    )
    price = generation_price(
        image=image,
        samples=generation.samples,
        free=free,
        vibes=len(generation.vibes),
        precise_references=len(generation.precise_references),
    )
    return price, free


def _work(job: Job, world: World, generation: Generation, gen_id: int, *, previews: bool) -> None:
    """Draw all samples; emit previews and finals for a stream, and the list of files at last."""
    samples = range(generation.samples)
    images = [draw_sample(generation, index, fast=world.fast) for index in samples]
    shown = generation.frames - 1
    levels = _levels(generation, shown)
    blurred = [
        Previews(image, generation.sample_seed(index), fast=world.fast)
        for index, image in enumerate(images)
        if previews
    ]
    for step in range(shown):
        job.pause(world.step_seconds)
        for index, preview in enumerate(blurred):
            frame: dict[str, Any] = {
                "event_type": "intermediate",
                "samp_ix": index,
                "step_ix": step,
                "gen_id": gen_id,
                "sigma": levels[step],
                "image": preview.at(step / max(shown - 1, 1)),
            }
            job.emit(frame)
    job.pause(world.step_seconds)
    files = [sign_generated(picture, generation, i) for i, picture in enumerate(images)]
    for index, data in enumerate(files):
        job.emit({"event_type": "final", "samp_ix": index, "gen_id": gen_id, "image": data})
    job.emit(files)


def _levels(generation: Generation, count: int) -> list[float]:
    """Noise levels of the previews: img2img begins late, double samplers skip every other one."""
    levels = sigmas(generation.steps)
    stride = 2 if count * 2 <= generation.steps * generation.strength else 1
    ran = levels[max(len(levels) - count * stride, 0) :: stride]
    return (ran + levels[-1:] * count)[:count]
