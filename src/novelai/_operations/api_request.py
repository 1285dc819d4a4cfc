"""What would be sent, as a value."""

from novelai._codecs.body import encode_body
from novelai._operations.image import ImageContext, choose_seed, prepare
from novelai._operations.payload import generation_body
from novelai._wire import Flow, work
from novelai.types.api.image import ImageGenerationRequest
from novelai.types.base import ensure_checked
from novelai.types.generation import GenerateImageParams
from novelai.types.stream import GenerateImageStreamParams

__all__ = ["api_request"]


def api_request(params: GenerateImageParams, context: ImageContext) -> Flow[ImageGenerationRequest]:
    """Return the body of the request that generating these parameters would send."""
    params, pictures = yield from prepare(ensure_checked(params), context)
    seed = choose_seed(params, context)
    stream = params.stream if isinstance(params, GenerateImageStreamParams) else None

    def build() -> ImageGenerationRequest:
        body = generation_body(params, pictures, seed=seed, stream=stream)
        return ImageGenerationRequest.model_validate_json(encode_body(body, "json")[0])

    return (yield from work(build))
