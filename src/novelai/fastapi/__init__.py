"""The pieces for your own FastAPI app.

from fastapi import FastAPI
from novelai.fastapi import ImageResponse, NovelAIClient, install_error_handlers, lifespan

app = FastAPI(lifespan=lifespan)
install_error_handlers(app)

@app.get("/generate", response_class=ImageResponse)
async def generate(prompt: str, novelai: NovelAIClient) -> ImageResponse:
    return ImageResponse(await novelai.image.generate(prompt=prompt, size="portrait"))
"""

from novelai.fastapi.dependency import NovelAIClient, client_of, novelai_client
from novelai.fastapi.events import EventStreamResponse, event_stream
from novelai.fastapi.lifespan import lifespan, lifespan_with
from novelai.fastapi.problems import Problem, install_error_handlers, problem_of
from novelai.fastapi.responses import ImageResponse
from novelai.fastapi.router import novelai_router
from novelai.fastapi.sync_client import NovelAISyncClient, novelai_sync_client

__all__ = [
    "EventStreamResponse",
    "ImageResponse",
    "NovelAIClient",
    "NovelAISyncClient",
    "Problem",
    "client_of",
    "event_stream",
    "install_error_handlers",
    "lifespan",
    "lifespan_with",
    "novelai_client",
    "novelai_router",
    "novelai_sync_client",
    "problem_of",
]
