"""A text-to-image generation as a query string."""

from functools import wraps
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import ValidationError

from novelai.errors import InvalidParamsError
from novelai.types.base import problems_of
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams

__all__ = ["GenerationQuery", "generation_query"]


def generation_query(
    *,
    prompt: Annotated[str, Query(description="What to draw.", examples=["1girl, cat ears"])],
    model: Annotated[str, Query(description="A NovelAI model id.")] = DEFAULT_MODEL,
    size: Annotated[str, Query(description="A name such as portrait, or 832x1216.")] = "portrait",
    negative_prompt: Annotated[str | None, Query(description="Undesired content.")] = None,
    steps: Annotated[int, Query(description="1 to 50; up to 28 are free on Opus.")] = 23,
    scale: Annotated[float | None, Query(description="Prompt guidance, 0 to 10.")] = None,
    seed: Annotated[int | None, Query(description="0 to 4294967295; random if absent.")] = None,
    format: Annotated[Literal["png", "webp"], Query(description="File format.")] = "png",
) -> GenerateImageParams:
    """Read the parameters of a generation from the query string.

    Raises:
        InvalidParamsError: a value is wrong; named by its query parameter.
    """
    fields: dict[str, Any] = {
        "prompt": prompt,
        "model": model,
        "size": size,
        "negative_prompt": negative_prompt,
        "steps": steps,
        "scale": scale,
        "seed": seed,
        "image_format": format,
    }
    try:
        return GenerateImageParams(**fields)
    except ValidationError as error:
        raise InvalidParamsError(problems_of(error)) from None


@wraps(generation_query)
async def _read(**given: Any) -> GenerateImageParams:
    return generation_query(**given)  # at once: who does not wait is called in another thread


GenerationQuery = Annotated[GenerateImageParams, Depends(_read)]
"""Annotate a parameter with this to read a generation from the query string."""
