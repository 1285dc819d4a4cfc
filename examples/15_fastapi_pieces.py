"""The same server as 10_fastapi_integration.py, made of novelai.fastapi's pieces.

No global client, NovelAI's own bytes with the settings inside, errors with the right status, a
live stream, and callers who go away give up their place in the line.

Needs: pip install 'novelai-fastapi[fastapi]' uvicorn
"""

import os

from fastapi import FastAPI

from novelai.fastapi import (
    EventStreamResponse,
    ImageResponse,
    NovelAIClient,
    event_stream,
    install_error_handlers,
    lifespan,
)

app = FastAPI(lifespan=lifespan)  # opens the client when the app starts, closes it at the end
install_error_handlers(app)  # 402 stays 402, 429 keeps Retry-After, a wrong field becomes 422


@app.get("/generate", response_class=ImageResponse)
async def generate(prompt: str, novelai: NovelAIClient, size: str = "portrait") -> ImageResponse:
    """Answer a picture."""
    return ImageResponse(await novelai.image.generate(prompt=prompt, size=size))


@app.get("/watch", response_class=EventStreamResponse)
async def watch(prompt: str, novelai: NovelAIClient) -> EventStreamResponse:
    """Answer server-sent events: previews, then the picture."""
    return event_stream(novelai.image.generate_stream(prompt=prompt))


if __name__ == "__main__":
    import uvicorn

    # Open http://localhost:8000/docs and try it.
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
