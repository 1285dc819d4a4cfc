"""Pictures."""

from typing import TYPE_CHECKING, Unpack

from novelai._drivers import AsyncDriver, SyncDriver
from novelai._operations import image as operations
from novelai._operations.arguments import params_from
from novelai._operations.image import Framing, ImageContext
from novelai._operations.vibe import encode_vibe
from novelai.streams import AsyncEventStream, EventStream
from novelai.types.events import ImageEvent
from novelai.types.fields import GenerateImageFields
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams
from novelai.types.source import ImageInput

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["AsyncImages", "Images"]


class Images:
    """Pictures: generate them, watch them come, encode vibes."""

    def __init__(self, driver: SyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context

    def generate(
        self, params: GenerateImageParams | None = None, **fields: Unpack[GenerateImageFields]
    ) -> "list[GeneratedImage]":
        """Generate pictures.

        One generation runs at a time for each client; callers wait their turn in order.

        Args:
            params: what to generate.
            **fields: the same as keywords, instead of ``params``.

        Returns:
            Pillow images that keep the received bytes, settings included.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: ``params.calculate_anlas().total_anlas``.
        """
        chosen = params_from(GenerateImageParams, params, fields)
        return self._driver.run_generation(operations.generate(chosen, self._context))

    def generate_stream(
        self,
        params: GenerateImageParams | None = None,
        *,
        framing: Framing = "msgpack",
        **fields: Unpack[GenerateImageFields],
    ) -> EventStream[ImageEvent]:
        """Generate pictures and watch them come.

        Args:
            params: what to generate.
            framing: how the service packs the events; ``"msgpack"`` is smaller, ``"sse"`` is text.
            **fields: the same as keywords, instead of ``params``.

        Returns:
            Previews, then a `FinalEvent` for each picture. V3 sends no previews.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else, also while iterating.

        Cost: as `generate`.
        """
        chosen = params_from(GenerateImageParams, params, fields)
        flow = operations.generate_stream(chosen, self._context, framing)
        return EventStream(self._driver.stream_generation(flow))

    def encode_vibe(
        self, image: ImageInput, *, model: str = DEFAULT_MODEL, info_extracted: float = 0.7
    ) -> bytes:
        """Encode a picture for vibe transfer (V4, V4.5).

        Args:
            image: the picture.
            model: the model the vibe will be used with.
            info_extracted: 0.01 to 1; how much is read from the picture.

        Returns:
            about 49 kB of opaque bytes for ``Vibe(encoding=...)``.

        Cost: 2 Anlas; nothing when this client has encoded the same before.
        """
        return self._driver.run_generation(
            encode_vibe(
                image, model=model, info_extracted=info_extracted, cache=self._context.vibes
            )
        )


class AsyncImages:
    """Pictures: generate them, watch them come, encode vibes."""

    def __init__(self, driver: AsyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context

    async def generate(
        self, params: GenerateImageParams | None = None, **fields: Unpack[GenerateImageFields]
    ) -> "list[GeneratedImage]":
        """Generate pictures.

        One generation runs at a time for each client; callers wait their turn in order.

        Args:
            params: what to generate.
            **fields: the same as keywords, instead of ``params``.

        Returns:
            Pillow images that keep the received bytes, settings included.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: ``params.calculate_anlas().total_anlas``.
        """
        chosen = params_from(GenerateImageParams, params, fields)
        return await self._driver.run_generation(operations.generate(chosen, self._context))

    def generate_stream(
        self,
        params: GenerateImageParams | None = None,
        *,
        framing: Framing = "msgpack",
        **fields: Unpack[GenerateImageFields],
    ) -> AsyncEventStream[ImageEvent]:
        """Generate pictures and watch them come.

        Args:
            params: what to generate.
            framing: how the service packs the events; ``"msgpack"`` is smaller, ``"sse"`` is text.
            **fields: the same as keywords, instead of ``params``.

        Returns:
            Previews, then a `FinalEvent` for each picture. V3 sends no previews.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else, also while iterating.

        Cost: as `generate`.
        """
        chosen = params_from(GenerateImageParams, params, fields)
        flow = operations.generate_stream(chosen, self._context, framing)
        return AsyncEventStream(self._driver.stream_generation(flow))

    async def encode_vibe(
        self, image: ImageInput, *, model: str = DEFAULT_MODEL, info_extracted: float = 0.7
    ) -> bytes:
        """Encode a picture for vibe transfer (V4, V4.5).

        Args:
            image: the picture.
            model: the model the vibe will be used with.
            info_extracted: 0.01 to 1; how much is read from the picture.

        Returns:
            about 49 kB of opaque bytes for ``Vibe(encoding=...)``.

        Cost: 2 Anlas; nothing when this client has encoded the same before.
        """
        return await self._driver.run_generation(
            encode_vibe(
                image, model=model, info_extracted=info_extracted, cache=self._context.vibes
            )
        )
