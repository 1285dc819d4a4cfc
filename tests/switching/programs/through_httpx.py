"""An httpx client in place of the client's own: run in an environment that has httpx.

Prints what came of each call as one JSON document. Address and key come from the environment.
"""

import asyncio
import json
import logging
import os
import sys

import httpx

from novelai import AsyncNovelAI, NovelAI, NovelAIError, RetryPolicy

WISH = {"prompt": "1girl", "size": (64, 64), "steps": 3, "seed": 1}
TYPED = "secretword"
NOWHERE = "http://127.0.0.1:9"


def waiting():
    with NovelAI() as client:
        client.api_client.client.close()
        client.api_client.client = httpx.Client()
        (image,) = client.image.generate(**WISH)
        stream = [event.event_type for event in client.image.generate_stream(**WISH)]
        client.image.suggest_tags(TYPED)
    return {"size": image.size, "seed": image.metadata.seed, "stream": stream}


async def on_a_loop():
    async with AsyncNovelAI() as client:
        api = client.api_client
        await api.client.aclose()
        api.client = httpx.AsyncClient()
        (image,) = await client.image.generate(**WISH)
        stream = [event.event_type async for event in client.image.generate_stream(**WISH)]
        await client.image.suggest_tags(TYPED)
    return {"size": image.size, "seed": image.metadata.seed, "stream": stream}


def refused():
    """A connection that never opened: certainly not charged."""
    with NovelAI(base_url=NOWHERE, retry=RetryPolicy(max_attempts=1, max_wait=0)) as client:
        client.api_client.client = httpx.Client()
        try:
            client.image.generate(**WISH)
        except NovelAIError as error:
            return {"kind": type(error).__name__, "charged": error.charged}
    return {}


class Lines(logging.Handler):
    """Keeps what httpx writes into its log."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


log = Lines()
for name in ("httpx", "httpcore", "httpx2", "httpcore2"):
    logging.getLogger(name).addHandler(log)
    logging.getLogger(name).setLevel(logging.DEBUG)
os.environ.setdefault("NOVELAI_API_KEY", "pst-key")
found = {"waiting": waiting(), "loop": asyncio.run(on_a_loop()), "refused": refused()}
found["requests"] = sum("suggest-tags" in line for line in log.lines)
found["told"] = [line for line in log.lines if TYPED in line or WISH["prompt"] in line]
json.dump(found, sys.stdout)
