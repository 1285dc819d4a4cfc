"""The request that stands for all: the one that the documented program sends."""

from novelai._codecs.body import encode_body
from novelai._operations.payload import Pictures, generation_body
from novelai.types import GenerateImageParams

__all__ = ["generation_request"]


def generation_request() -> bytes:
    """Return the body of a text-to-image request as this package builds it."""
    params = GenerateImageParams(
        prompt="1girl, cat ears, maid", model="nai-diffusion-4-5-full", size="portrait"
    )
    return encode_body(generation_body(params, Pictures(), seed=1), "multipart")[0]
