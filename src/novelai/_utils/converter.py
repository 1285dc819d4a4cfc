"""Parameters to requests, as functions; ``params.to_api_request(client)`` is the same by method."""

from collections.abc import Awaitable
from functools import partial
from random import SystemRandom
from typing import Any

import anyio.to_thread

from novelai._operations.api_request import api_request
from novelai._operations.image import ImageContext
from novelai._wire import Flow, Request, Work
from novelai.errors import InvalidParamsError
from novelai.types.api.client import Client
from novelai.types.api.image import ImageGenerationRequest, ImageParameters
from novelai.types.base import SEEDS
from novelai.types.generation import GenerateImageParams

__all__ = [
    "async_convert_user_params_to_api_params",
    "async_convert_user_params_to_api_request",
    "convert_user_params_to_api_params",
    "convert_user_params_to_api_request",
]


def convert_user_params_to_api_request(
    params: GenerateImageParams, client: Client[ImageGenerationRequest] | None
) -> ImageGenerationRequest:
    """Build the request that a client would send; see ``client.image.api_request``.

    Args:
        params: what to generate.
        client: a `NovelAI`; without one there must be no vibe that still has to be encoded.

    Raises:
        InvalidParamsError: a value is wrong, or a vibe needs a client.

    Cost: 2 Anlas for each vibe that is encoded; nothing else is sent.
    """
    if client is not None:
        return client.image.api_request(params)
    flow = _offline(params)
    answer: Any = None
    try:
        while True:
            answer = _computation(flow.send(answer)).run()
    except StopIteration as done:
        return done.value


def convert_user_params_to_api_params(
    params: GenerateImageParams, client: Client[ImageGenerationRequest] | None
) -> ImageParameters:
    """Build the ``parameters`` of the request; as `convert_user_params_to_api_request`."""
    return convert_user_params_to_api_request(params, client).parameters


async def async_convert_user_params_to_api_request(
    params: GenerateImageParams, client: Client[Awaitable[ImageGenerationRequest]] | None
) -> ImageGenerationRequest:
    """Build the request that an `AsyncNovelAI` would send; otherwise the same."""
    if client is not None:
        return await client.image.api_request(params)
    flow = _offline(params)
    answer: Any = None
    try:
        while True:
            answer = await anyio.to_thread.run_sync(_computation(flow.send(answer)).run)
    except StopIteration as done:
        return done.value


async def async_convert_user_params_to_api_params(
    params: GenerateImageParams, client: Client[Awaitable[ImageGenerationRequest]] | None
) -> ImageParameters:
    """Build the ``parameters`` of the request an `AsyncNovelAI` would send; otherwise the same."""
    return (await async_convert_user_params_to_api_request(params, client)).parameters


def _offline(params: GenerateImageParams) -> Flow[ImageGenerationRequest]:
    draw_seed = partial(SystemRandom().randrange, SEEDS)
    return api_request(params, ImageContext(draw_seed=draw_seed))


def _computation(wanted: Request | Work[Any]) -> Work[Any]:
    if isinstance(wanted, Work):
        return wanted
    raise InvalidParamsError([("vibes", "must be encoded by the service: give a client")])
