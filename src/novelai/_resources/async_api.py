# Made from api.py by scripts/make_async.py: change that file, then run the script.
"""Requests by the service's names, for programs on an event loop."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

from novelai._drivers import AsyncDriver
from novelai._operations import given_request as operations
from novelai._operations.image import ImageContext
from novelai._operations.tags import suggest_params, suggest_tags, suggest_tags_jp
from novelai._operations.user import get_subscription
from novelai.streams import AsyncEventStream
from novelai.types.api.image import EncodeVibeRequest, ImageGenerationRequest
from novelai.types.api.tags import JpTagSuggestion, TagSuggestionResponse
from novelai.types.api.tools import AugmentImageRequest, UpscaleImageRequest
from novelai.types.events import ImageEvent
from novelai.types.options import CallOptions
from novelai.types.subscription import Subscription

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["AsyncApi"]


class AsyncApiImages:
    """Documents of the image endpoints, sent as they are once they were checked.

    Turns, retries, errors and what is never sent twice are those of the client. Pictures are as
    they were received: an inpainting is not put together with its original. All methods take
    `CallOptions` as keywords, for the call alone.
    """

    def __init__(self, driver: AsyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context

    async def generate(
        self, request: ImageGenerationRequest, **options: Unpack[CallOptions]
    ) -> "list[GeneratedImage]":
        """Generate pictures.

        Args:
            request: as from ``params.to_api_request(client)``, or made by hand. Fields that are
                not set are not sent, but for a seed, which is drawn.

        Raises:
            InvalidParamsError: a value is wrong, or decides the price and is missing; nothing was
                sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: ``novelai.utils.anlas.calculate_anlas(request.model, request.parameters)``.
        """
        operations.check_request(request)
        return await self._driver.using(options).run_generation(
            operations.generate_given(request, self._context)
        )

    def generate_stream(
        self, request: ImageGenerationRequest, **options: Unpack[CallOptions]
    ) -> AsyncEventStream[ImageEvent]:
        """Generate pictures and watch them come; msgpack unless the request says ``"sse"``.

        Args:
            request: as for `generate`.

        Raises:
            InvalidParamsError: as for `generate`.
            NovelAIError: anything else, also while iterating.

        Cost: as `generate`.
        """
        operations.check_request(request)
        flow = operations.stream_given(request, self._context)
        return AsyncEventStream(self._driver.using(options).stream_generation(flow))

    async def encode_vibe(self, request: EncodeVibeRequest, **options: Unpack[CallOptions]) -> str:
        """Encode a picture for vibe transfer (V4, V4.5).

        Args:
            request: the picture in base64, a model and how much is read, 0.01 to 1.

        Returns:
            the encoding in base64.

        Raises:
            InvalidParamsError: a value is wrong; nothing was sent.

        Cost: 2 Anlas; nothing when this client has encoded the same before.
        """
        return await self._driver.using(options).run_generation(
            operations.encode_given(request, self._context)
        )

    async def augment(
        self, request: AugmentImageRequest, **options: Unpack[CallOptions]
    ) -> "list[GeneratedImage]":
        """Apply a director tool to a picture of at most 3,145,728 pixels.

        Args:
            request: as from ``params.to_api_request()``, or made by hand; width and height are
                the picture's.

        Raises:
            InvalidParamsError: a value is wrong; nothing was sent.

        Cost: ``novelai.utils.anlas.calculate_augment_anlas``.
        """
        return await self._driver.using(options).run_generation(operations.augment_given(request))

    async def upscale(
        self, request: UpscaleImageRequest, **options: Unpack[CallOptions]
    ) -> "list[GeneratedImage]":
        """Enlarge a picture of at most 3,145,728 pixels to twice its width and height.

        Args:
            request: as from ``params.to_api_request()``, or made by hand.

        Raises:
            InvalidParamsError: the picture cannot be read or is too large; nothing was sent.

        Cost: 1 to 4 Anlas, on Opus too.
        """
        return await self._driver.using(options).run_generation(operations.upscale_given(request))

    async def suggest_tags(
        self, model: str, prompt: str, **options: Unpack[CallOptions]
    ) -> TagSuggestionResponse:
        """Tags that contain what was typed. Costs nothing."""
        tags = await self._driver.using(options).run(suggest_tags(suggest_params(prompt, model)))
        return TagSuggestionResponse(tags=tags)

    async def suggest_tags_jp(
        self, model: str, prompt: str, **options: Unpack[CallOptions]
    ) -> list[JpTagSuggestion]:
        """Tags whose Japanese name contains what was typed. Costs nothing."""
        return await self._driver.using(options).run(suggest_tags_jp(suggest_params(prompt, model)))


class AsyncApiUser:
    """The account."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def get_subscription(self, **options: Unpack[CallOptions]) -> Subscription:
        """Tier, balance and V5 allowance. Costs nothing."""
        return await self._driver.using(options).run(get_subscription())


class AsyncApi:
    """Requests by the service's names, under the names novelai-sdk gives them.

    Attributes:
        image: the image endpoints.
        user: the account.
    """

    def __init__(
        self, driver: AsyncDriver, context: ImageContext, send_through: Callable[[Any], None]
    ) -> None:
        self._driver = driver
        self._send_through = send_through
        self._given: Any = None
        self.image: AsyncApiImages = AsyncApiImages(driver, context)
        self.user: AsyncApiUser = AsyncApiUser(driver)

    @property
    def client(self) -> Any:
        """The HTTP client that everything is sent with.

        Another one, of httpx2 or httpx, can be put in its place; it is closed with this client.
        Pictures travel inside the JSON from then on, where a test double can read them.
        """
        return self._given or self._driver.http

    @client.setter
    def client(self, http: Any) -> None:
        self._send_through(http)
        self._given = http
