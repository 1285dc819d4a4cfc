"""Batches in both colours, against an emulator."""

from tests.sdk.services import COLOURS, gather, use

from novelai import NovelAIError, RetryPolicy

__all__ = ["COLOURS", "GENERATE", "QUICK", "TINY", "generations", "run", "times_paid"]

TINY = (64, 64)
GENERATE = "/ai/generate-image"
QUICK = RetryPolicy(base_delay=0.001, max_delay=0.002, max_wait=20)


def run(colour, emulator, url, prompts, *, client=None, **options):
    """Do a whole batch; return its items and the error that ended it, if one did."""
    options = {"size": TINY, "progress": False, **options}
    client = {"retry": QUICK, "base_url": url, **(client or {})}
    items = []

    def batch(client):
        return gather(client.image.batch(prompts, **options), items)

    try:
        use(colour, None, batch, key=emulator.token, **client)
    except NovelAIError as error:
        return items, error
    return items, None


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
