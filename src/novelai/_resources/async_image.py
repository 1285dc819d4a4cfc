# Made from image.py by scripts/make_async.py: change that file, then run the script.
"""Pictures, for programs on an event loop."""

from typing import TYPE_CHECKING, Unpack, overload

from novelai._drivers import AsyncDriver
from novelai._operations import image as operations
from novelai._operations.api_request import api_request
from novelai._operations.image import Framing, ImageContext, framing_of
from novelai._operations.refine import enhance, variations
from novelai._operations.tags import suggest_params, suggest_tags, suggest_tags_jp
from novelai._operations.vibe import encode_vibe
from novelai.enhancing import EnhanceScale
from novelai.streams import AsyncEventStream
from novelai.types.api.image import ImageGenerationRequest
from novelai.types.base import params_from
from novelai.types.events import ImageEvent
from novelai.types.fields import GenerateImageFields, ImageFields
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams
from novelai.types.names import ModelName
from novelai.types.source import ImageInput
from novelai.types.tags import JpTagSuggestion, SuggestTagsParams, TagSuggestion

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["AsyncImages"]


class AsyncImages:
    """Pictures: generate them, watch them come, refine them; vibes and tags."""

    def __init__(self, driver: AsyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context

    @overload
    async def generate(self, params: GenerateImageParams) -> "list[GeneratedImage]": ...
    @overload
    async def generate(
        self, prompt: str, /, **fields: Unpack[ImageFields]
    ) -> "list[GeneratedImage]": ...
    @overload
    async def generate(
        self, *, prompt: str, **fields: Unpack[ImageFields]
    ) -> "list[GeneratedImage]": ...
    async def generate(
        self, params: GenerateImageParams | str | None = None, **fields: Unpack[GenerateImageFields]
    ) -> "list[GeneratedImage]":
        """Generate pictures.

        One generation runs at a time for each client; callers wait their turn in order.

        Args:
            params: what to generate, or its prompt.
            **fields: the same as keywords, beside a prompt or instead of ``params``.

        Returns:
            Pillow images that keep the bytes NovelAI sent, settings included. Inpainting results
            are laid over their picture; ``received`` is what was sent.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: ``params.calculate_anlas().total_anlas``.
        """
        chosen = params_from(GenerateImageParams, params, fields)
        return await self._driver.run_generation(operations.generate(chosen, self._context))

    @overload
    def generate_stream(
        self, params: GenerateImageParams, *, framing: Framing | None = None
    ) -> AsyncEventStream[ImageEvent]: ...
    @overload
    def generate_stream(
        self, prompt: str, /, *, framing: Framing | None = None, **fields: Unpack[ImageFields]
    ) -> AsyncEventStream[ImageEvent]: ...
    @overload
    def generate_stream(
        self, *, prompt: str, framing: Framing | None = None, **fields: Unpack[ImageFields]
    ) -> AsyncEventStream[ImageEvent]: ...
    def generate_stream(
        self,
        params: GenerateImageParams | str | None = None,
        *,
        framing: Framing | None = None,
        **fields: Unpack[GenerateImageFields],
    ) -> AsyncEventStream[ImageEvent]:
        """Generate pictures and watch them come.

        Args:
            params: what to generate, or its prompt.
            framing: how the service packs the events: ``"msgpack"`` is smaller, ``"sse"`` is text;
                by default what ``params`` say, else msgpack. The events are the same.
            **fields: the same as keywords, beside a prompt or instead of ``params``.

        Returns:
            Previews, then a `FinalEvent` for each picture. V3 sends no previews.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else, also while iterating.

        Cost: as `generate`.
        """
        chosen = params_from(GenerateImageParams, params, fields)
        chosen_framing = framing or framing_of(chosen)
        flow = operations.generate_stream(chosen, self._context, chosen_framing)
        return AsyncEventStream(self._driver.stream_generation(flow))

    async def api_request(self, params: GenerateImageParams) -> ImageGenerationRequest:
        """Build the request that `generate` would send, without sending it.

        Pictures are opened and fitted; vibes that have no encoding yet are encoded.

        Args:
            params: what to generate; with ``stream``, what `generate_stream` would send.

        Raises:
            InvalidParamsError: a picture is wrong.

        Cost: 2 Anlas for each vibe that is encoded; nothing else is sent.
        """
        return await self._driver.run_generation(api_request(params, self._context))

    async def encode_vibe(
        self, image: ImageInput, *, model: ModelName = DEFAULT_MODEL, info_extracted: float = 0.7
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

    async def enhance(
        self,
        picture: ImageInput,
        *,
        magnitude: int = 3,
        scale: EnhanceScale | None = None,
        params: GenerateImageParams | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        seed: int | None = None,
    ) -> "list[GeneratedImage]":
        """Draw a picture again, cleaner and by default larger, as the web page's Enhance does.

        It is image to image from the picture, with the settings embedded in it and a new seed. Of
        a prompt with a randomiser (``||a|b||``) that is not replaced, what NovelAI took is used.
        `novelai.enhance_params` tells the price before.

        Args:
            picture: the picture.
            magnitude: 1 to 5: strength 0.2, 0.4, 0.5, 0.6 or 0.7.
            scale: 1, 1.5 or 2 times the size, in multiples of 64, 3,145,728 pixels at most; or
                ``"max"`` (V5, below 2,516,582 pixels): up to twice the size, enlarged by NovelAI to
                as many pixels. By default the first that the web page offers: ``"max"`` on V5.
            params: settings instead of those embedded in the picture.
            prompt: another prompt; needed for a picture without settings.
            negative_prompt: other undesired content.
            seed: 0 to 4294967295; drawn when left out.

        Raises:
            InvalidParamsError: a value is wrong, or the picture has no settings and there is no
                prompt; nothing was sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: that of image to image at the new size and this strength, 2 Anlas at least; on Opus
        nothing up to 1,048,576 pixels and 28 steps. An 832x1216 picture of V5 Full at 23 steps and
        magnitude 3: 38 Anlas to ``"max"``, 30 at 1.5 (observed September 2026).
        """
        flow = enhance(
            picture,
            self._context,
            magnitude=magnitude,
            scale=scale,
            params=params,
            prompt=prompt,
            negative_prompt=negative_prompt,
            seed=seed,
        )
        return await self._driver.run_generation(flow)

    async def variations(
        self,
        picture: ImageInput,
        *,
        n_samples: int = 3,
        params: GenerateImageParams | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        seed: int | None = None,
    ) -> "list[GeneratedImage]":
        """Draw pictures that resemble one, as the web page's Variations does.

        It is image to image at strength 0.8 and noise 0.1, with the settings embedded in the
        picture and a new seed; the seed of the noise is the picture's own, if it has one.
        `novelai.variation_params` tells the price before.

        Args:
            picture: the picture.
            n_samples: how many pictures, 1 to 8; at most 4 above 409,600 pixels.
            params: settings instead of those embedded in the picture.
            prompt: another prompt; needed for a picture without settings.
            negative_prompt: other undesired content.
            seed: 0 to 4294967295; drawn when left out.

        Raises:
            InvalidParamsError: a value is wrong, or the picture has no settings and there is no
                prompt; nothing was sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: that of as many image to image pictures; on Opus one is free up to 1,048,576 pixels
        and 28 steps.
        """
        flow = variations(
            picture,
            self._context,
            n_samples=n_samples,
            params=params,
            prompt=prompt,
            negative_prompt=negative_prompt,
            seed=seed,
        )
        return await self._driver.run_generation(flow)

    async def suggest_tags(
        self, params: str | SuggestTagsParams, *, model: ModelName = DEFAULT_MODEL
    ) -> list[TagSuggestion]:
        """Tags that contain what was typed, the likeliest first.

        What was typed travels in the address of the request, as NovelAI has it; it is kept out of
        the log.

        Args:
            params: what was typed, 1 to 1,000 characters, or parameters.
            model: the model whose tags are searched. Not used with parameters.

        Raises:
            InvalidParamsError: a value is wrong; nothing was sent.
            NovelAIError: anything else.

        Costs nothing.
        """
        return await self._driver.run(suggest_tags(suggest_params(params, model)))

    async def suggest_tags_jp(
        self, params: str | SuggestTagsParams, *, model: ModelName = DEFAULT_MODEL
    ) -> list[JpTagSuggestion]:
        """Tags whose Japanese name contains what was typed. Otherwise as `suggest_tags`."""
        return await self._driver.run(suggest_tags_jp(suggest_params(params, model)))
