"""Batches in both colours, against an emulator."""

import anyio

from novelai import AsyncNovelAI, NovelAI, NovelAIError, RetryPolicy

COLOURS = ["sync", "asyncio", "trio"]
TINY = (64, 64)
GENERATE = "/ai/generate-image"
QUICK = RetryPolicy(base_delay=0.001, max_delay=0.002, max_wait=20)


def run(colour, emulator, url, prompts, *, client=None, **options):
    """Do a whole batch; return its items and the error that ended it, if one did."""
    options = {"size": TINY, "progress": False, **options}
    client = {"retry": QUICK, "base_url": url, **(client or {})}
    items = []
    if colour == "sync":
        try:
            with NovelAI(emulator.token, **client) as opened:
                items.extend(opened.image.batch(prompts, **options))
        except NovelAIError as error:
            return items, error
        return items, None

    async def main():
        try:
            async with AsyncNovelAI(emulator.token, **client) as opened:
                async for item in opened.image.batch(prompts, **options):
                    items.append(item)  # noqa: PERF401 - those before an error count, too
        except NovelAIError as error:
            return items, error
        return items, None

    return anyio.run(main, backend=colour)


def generations(emulator):
    return [request for request in emulator.requests if request.path == GENERATE]


def times_paid(emulator):
    """How often each prompt was drawn, and paid for if it costs something."""
    counts = {}
    for request in generations(emulator):
        if request.completed:
            prompt = request.body["input"].partition(",")[0]
            counts[prompt] = counts.get(prompt, 0) + 1
    return counts
