"""The event loop is never kept waiting."""

import json
from typing import Any

import httpx2
import pytest
from blockbuster import blockbuster_ctx
from tests.emulator.bodies import V5, V45, b64, generation, png

IMAGE = b64(png())
FORM = json.dumps(generation(action="img2img", image="image"))
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("/ai/generate-image", {"json": generation()}),
    ("/ai/generate-image", {"json": generation(action="img2img", image=IMAGE)}),
    (
        "/ai/generate-image",
        {
            "files": [
                ("image", ("blob", png((832, 1216)), "image/png")),
                ("request", ("blob", FORM, "application/json")),
            ]
        },
    ),
    ("/ai/generate-image-stream", {"json": generation()}),
    ("/ai/encode-vibe", {"json": {"image": IMAGE, "model": V45}}),
    ("/ai/upscale", {"json": {"image": IMAGE, "model": V5}}),
    ("/ai/augment-image", {"json": {"image": IMAGE, "req_type": "sketch"}}),
]


@pytest.mark.anyio
async def test_nothing_blocks(client: httpx2.AsyncClient) -> None:
    """No call waits for a file, a thread or a lock on the loop; pictures are made elsewhere."""
    with blockbuster_ctx():
        for path, arguments in CALLS:
            assert (await client.post(path, **arguments)).status_code == 200
        query = {"model": V45, "prompt": "cat"}
        tags = await client.get("/ai/generate-image/suggest-tags", params=query)
    assert tags.status_code == 200
