"""Finished pictures as an answer: a ZIP, or JSON when the caller accepts that."""

import base64
from typing import Literal

from anyio import to_thread

from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.archive import archive
from novelai.emulator.exchange import Exchange


async def images_answer(
    exchange: Exchange,
    files: list[bytes],
    *,
    extension: str = "png",
    method: Literal["deflate", "store"] = "deflate",
    seeds: list[int] | None = None,
) -> Answer:
    """Return the answer that carries `files`.

    Args:
        exchange: The request; `Accept: application/json` asks for JSON.
        files: The pictures.
        extension: `png` or `webp`.
        method: How the archive holds them.
        seeds: Seed of each picture for the JSON form; 0 where there is none.
    """
    if exchange.wants_json:
        shown = seeds or [0] * len(files)
        images = [
            {"image": base64.b64encode(data).decode(), "index": index, "seed": seed}
            for index, (data, seed) in enumerate(zip(files, shown, strict=True))
        ]
        return json_answer({"images": images})
    packed = await to_thread.run_sync(lambda: archive(files, extension, method=method))
    return Answer(
        content_type="binary/octet-stream",
        body=packed,
        headers={"content-disposition": "attachment; filename=images.zip"},
        known_length=False,
    )
