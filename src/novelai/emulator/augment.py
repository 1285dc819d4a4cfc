"""POST /ai/augment-image: the director tools."""

import json
from typing import Any

from anyio import to_thread

from novelai.emulator.anlas import director_price
from novelai.emulator.answer import Answer
from novelai.emulator.director import TOOLS, apply_tool
from novelai.emulator.errors import Refusal, internal_error
from novelai.emulator.exchange import Exchange
from novelai.emulator.fields import Fields
from novelai.emulator.job import Job
from novelai.emulator.metadata import AUGMENTED_TITLE, SOFTWARE
from novelai.emulator.paid import start_paid
from novelai.emulator.pictures import fit, open_image
from novelai.emulator.png import write_png
from novelai.emulator.replies import images_answer

# Durations as observed, so that equal requests give equal files.
_SECONDS = {"bg-removal": "11.9300s"}


async def augment_image(exchange: Exchange) -> Answer:
    """Apply a tool; the answer's archive is stored, not deflated."""
    account = exchange.account()
    body = await exchange.body()
    fields = Fields.of("AugmentImageRequest", body.document)
    req_type = fields.string("req_type")
    prompt, defry = fields.string("prompt"), fields.integer("defry")
    fields.integer("width")
    fields.integer("height")
    if req_type not in TOOLS:
        raise Refusal(400, f"Model doesn't support action {req_type}")
    if "image" not in fields:
        raise internal_error()
    data = body.binary("image", fields.string("image"))
    opened = await to_thread.run_sync(lambda: open_image(data))
    source = fit(opened, opened.size)
    price = director_price(
        req_type=req_type,
        width=source.width,
        height=source.height,
        opus=account.opus(exchange.world.clock()),
    )
    texts = {
        "Title": AUGMENTED_TITLE,
        "Software": SOFTWARE,
        "Generation time": _SECONDS.get(req_type, "4.0818s"),
        "Comment": json.dumps(_comment(req_type, prompt, defry)),
    }

    def work(job: Job) -> None:
        job.pause(exchange.world.step_seconds)
        results = apply_tool(source, req_type, prompt, defry)
        job.emit([write_png(result, texts) for result in results])

    files = await start_paid(exchange, account, price, work).result()
    return await images_answer(exchange, files, method="store")


def _comment(req_type: str, prompt: str, defry: int) -> dict[str, Any]:
    """Return the settings: the emotion's `;;` is gone, and tools without a prompt have none."""
    if req_type not in ("colorize", "emotion"):
        return {"req_type": req_type}
    shown = ", ".join(part.strip() for part in prompt.split(";;") if part.strip())
    return {"req_type": req_type, "prompt": shown, "defry": defry}
