"""A web server that answers a prompt with a picture: FastAPI and one client.

pip install novelai-fastapi fastapi uvicorn
NOVELAI_API_KEY=pst-... python examples/10_fastapi_integration.py
Then open http://localhost:8000/generate?prompt=1girl%2C%20cute%2C%20cat%20ears%2C%20maid
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import TypedDict

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response

from novelai import AsyncNovelAI, NovelAIError
from novelai.types import GenerateImageParams


class State(TypedDict):
    """What each request finds in `request.state`."""

    novelai: AsyncNovelAI


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    """Open the client when the server starts, close it when the server stops."""
    async with AsyncNovelAI() as client:  # the token comes from NOVELAI_API_KEY
        yield {"novelai": client}


app = FastAPI(lifespan=lifespan)


@app.get("/generate", response_class=Response)
async def generate_image(prompt: str, request: Request) -> Response:
    """Answer a picture as PNG. Several callers at once wait for each other, in order."""
    client: AsyncNovelAI = request.state.novelai
    params = GenerateImageParams(prompt=prompt, model="nai-diffusion-4-5-full", size="portrait")
    try:
        images = await client.image.generate(params)
    except NovelAIError as error:
        # Its sentence holds neither token nor prompt. 15_fastapi_pieces.py has the right statuses.
        raise HTTPException(500, str(error)) from error
    file = BytesIO()
    images[0].save(file, format="PNG")  # untouched: the bytes that NovelAI sent, settings inside
    return Response(file.getvalue(), media_type="image/png")


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
