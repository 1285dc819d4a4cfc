"""Pictures, for programs that wait."""

from collections.abc import Mapping, Sequence
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from novelai._drivers import SyncDriver
from novelai._operations import image as operations
from novelai._operations.api_request import api_request
from novelai._operations.image import Framing, ImageContext, framing_of
from novelai._operations.refine import enhance, variations
from novelai._operations.tags import suggest_params, suggest_tags, suggest_tags_jp
from novelai._operations.vibe import encode_vibe
from novelai._raw import RawCalls, raw
from novelai.enhancing import EnhanceScale
from novelai.streams import EventStream, PreviewCallback
from novelai.types.api.image import ImageGenerationRequest
from novelai.types.base import ensure_checked, fields_of, params_from
from novelai.types.calls import GenerateImageCall, ImageCall
from novelai.types.events import ImageEvent
from novelai.types.fields import GenerateImageFields
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams
from novelai.types.names import ModelName
from novelai.types.options import CallOptions
from novelai.types.source import ImageInput
from novelai.types.tags import JpTagSuggestion, SuggestTagsParams, TagSuggestion

if TYPE_CHECKING:
    from novelai.batch.journal import Again
    from novelai.batch.order import Prompts
    from novelai.batch.run import Batch, OnProgress
    from novelai.pictures import GeneratedImage
    from novelai.series import Axis, Line, SeriesPlan
    from novelai.templates import Library, Mode

__all__ = ["Images"]


class Images:
    """Pictures: generate them, watch them come, refine them; vibes and tags."""

    def __init__(self, driver: SyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context

    @property
    def with_raw_response(self) -> "RawImages":
        """The same methods, which give the answer as it came, too."""
        return RawImages(self)

    @overload
    def generate(
        self,
        params: GenerateImageParams,
        *,
        on_preview: PreviewCallback | None = None,
        **options: Unpack[CallOptions],
    ) -> "list[GeneratedImage]": ...
    @overload
    def generate(
        self,
        prompt: str,
        /,
        *,
        on_preview: PreviewCallback | None = None,
        **fields: Unpack[ImageCall],
    ) -> "list[GeneratedImage]": ...
    @overload
    def generate(
        self,
        *,
        prompt: str,
        on_preview: PreviewCallback | None = None,
        **fields: Unpack[ImageCall],
    ) -> "list[GeneratedImage]": ...
    def generate(
        self,
        params: GenerateImageParams | str | None = None,
        *,
        on_preview: PreviewCallback | None = None,
        **fields: Unpack[GenerateImageCall],
    ) -> "list[GeneratedImage]":
        """Generate pictures.

        One generation runs at a time for each client; callers wait their turn in order.

        Args:
            params: what to generate, or its prompt.
            on_preview: is handed each `PreviewEvent` while the pictures are made; V3 sends none.
                If it fails, that is logged, and the pictures come all the same.
            **fields: the same as keywords, beside a prompt or instead of ``params``; and
                `CallOptions`.

        Returns:
            Pillow images that keep the bytes NovelAI sent, settings included. Inpainting results
            are laid over their picture; ``received`` is what was sent.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else; ``charged`` says whether it may have cost something.

        Cost: ``params.calculate_anlas().total_anlas``.
        """
        return self._generate(params, on_preview=on_preview, **fields)

    # As `generate`, but for the overloads: what takes a method over takes only the first of them.
    def _generate(
        self,
        params: GenerateImageParams | str | None = None,
        *,
        on_preview: PreviewCallback | None = None,
        **fields: Unpack[GenerateImageCall],
    ) -> "list[GeneratedImage]":
        driver, given = self._driver.take(fields)
        chosen = params_from(GenerateImageParams, params, given)
        if on_preview is not None:
            flow = operations.generate_stream(chosen, self._context, framing_of(chosen))
            return EventStream(driver.stream_generation(flow)).final(on_preview)
        return driver.run_generation(operations.generate(chosen, self._context))

    @overload
    def generate_stream(
        self,
        params: GenerateImageParams,
        *,
        framing: Framing | None = None,
        **options: Unpack[CallOptions],
    ) -> EventStream[ImageEvent]: ...
    @overload
    def generate_stream(
        self, prompt: str, /, *, framing: Framing | None = None, **fields: Unpack[ImageCall]
    ) -> EventStream[ImageEvent]: ...
    @overload
    def generate_stream(
        self, *, prompt: str, framing: Framing | None = None, **fields: Unpack[ImageCall]
    ) -> EventStream[ImageEvent]: ...
    def generate_stream(
        self,
        params: GenerateImageParams | str | None = None,
        *,
        framing: Framing | None = None,
        **fields: Unpack[GenerateImageCall],
    ) -> EventStream[ImageEvent]:
        """Generate pictures and watch them come.

        Args:
            params: what to generate, or its prompt.
            framing: how the service packs the events: ``"msgpack"`` is smaller, ``"sse"`` is text;
                by default what ``params`` say, else msgpack. The events are the same.
            **fields: the same as keywords, beside a prompt or instead of ``params``; and
                `CallOptions`.

        Returns:
            Previews, then a `FinalEvent` for each picture. V3 sends no previews.

        Raises:
            InvalidParamsError: a keyword or picture is wrong; nothing was sent.
            NovelAIError: anything else, also while iterating.

        Cost: as `generate`.
        """
        driver, given = self._driver.take(fields)
        chosen = params_from(GenerateImageParams, params, given)
        chosen_framing = framing or framing_of(chosen)
        flow = operations.generate_stream(chosen, self._context, chosen_framing)
        return EventStream(driver.stream_generation(flow))

    def series(
        self,
        params: GenerateImageParams | str | None = None,
        *,
        prompts: "Sequence[Line]" = (),
        axes: "Sequence[Axis]" = (),
        repeat: int = 1,
        seeds: Literal["shared", "each"] | None = None,
        modes: "Mapping[str, Mode]" = MappingProxyType({}),
        library: "Library | None" = None,
        roll_seed: int | None = None,
        pictures: int | None = None,
        **fields: Unpack[GenerateImageFields],
    ) -> "SeriesPlan":
        """Plan many pictures, and send nothing: for `batch`, which makes them.

        Args:
            params: what stays the same; its texts are templates. Parameters, a prompt, or nothing.
            prompts: lines instead of its prompt, up to 500; each may be a mapping of fields.
            axes: what varies: X, Y and Z, as many as there are.
            repeat: how often everything is done, each time with a roll and seeds of its own.
            seeds: ``"shared"``: one for all cells of a round; ``"each"``: one for each. By default
                cells that axes compare share it.
            modes: how lists and choices pick; see `novelai.templates.expand`.
            library: lists and snippets for its templates.
            roll_seed: 0 to 4294967295; what picks and seeds follow from. Drawn by default.
            pictures: the most cells, of at most 1,000.
            **fields: fields of `GenerateImageParams`; they change parameters that are given.

        Returns:
            the plan: its ``cells`` with their parameters, ``pictures``, ``skipped``, ``cost()``.

        Raises:
            SeriesError: an axis cannot vary so, or there are too many axes, lines or pictures.
            TemplateError: a text cannot be expanded.
            InvalidParamsError: a value is wrong, or every cell is refused by its model.
        """
        from novelai.series import Series, SeriesPlan

        base: Mapping[str, Any] = {"prompt": params} if isinstance(params, str) else {}
        if isinstance(params, GenerateImageParams):
            base = fields_of(ensure_checked(params))
        order = Series(
            base={**base, **fields_of(fields)},
            roll_seed=self._context.draw_seed() if roll_seed is None else roll_seed,
            prompts=prompts,
            axes=axes,
            modes=modes,
            repeat=repeat,
            seeds=seeds,
            pictures=pictures,
        )
        return SeriesPlan.of(order, library)

    def batch(
        self,
        prompts: "Prompts | None" = None,
        *,
        concurrency: int | None = None,
        folder: str | PathLike[str] | None = None,
        resume: str | PathLike[str] | bool | None = None,
        on_progress: "OnProgress | None" = None,
        progress: bool | None = None,
        again: "Again" = "free",
        library: "Library | None" = None,
        **fields: Unpack[GenerateImageFields],
    ) -> "Batch":
        """Generate many pictures: prompts, parameters or a series, one call after another.

        A call that fails does not end it. What would happen to every further call does: a token
        that is not accepted, an account or a budget without Anlas, files that cannot be written,
        three calls in a row that do not reach NovelAI.

        Args:
            prompts: prompts, parameters, their fields by name, or a series: what `series` gives,
                a `novelai.series.Series`, or cells of one. Cells of a series that are the same
                picture are drawn once, and those that their model refuses are left out. Without
                it, the series is the one in the file to resume from.
            concurrency: calls under way at once; by default as many as the client's.
            folder: where the pictures are saved, as ``0001.png`` and so on. It must not hold such
                files of another run.
            resume: a file in which each step is written down before it is done. Called again with
                the same order after an interruption of whatever kind, the batch goes on: what is
                made is read, what was never sent is sent. What was under way is sent again if that
                costs nothing, or if the balance shows that it was not charged. Without ``folder``
                the pictures are beside it. It holds prompts; keep it where those may be. True:
                ``series.jsonl`` in the folder.
            on_progress: is told a `novelai.batch.BatchProgress` after each call.
            progress: show a bar on standard error, or in a notebook; by default if a person looks
                on.
            again: ``"all"`` also sends again what was, or may have been, charged.
            library: lists and snippets for a series.
            **fields: fields of `GenerateImageParams` that hold for all. They change parameters that
                are given; a cell's own go before them.

        Returns:
            an iterator of `novelai.batch.BatchItem`. ``run()`` does all at once.

        Raises:
            InvalidParamsError: a value is wrong; names each call by its place. Nothing was sent.
            BatchError: without prompts: the file holds no series to go on with. While iterating:
                the files cannot be used. Nothing was sent.
            NovelAIError: while iterating: what ends it, as above.

        Cost: the sum of its calls; ``cost`` of each item says what it was.
        """
        from novelai.batch.run import Batch, Options

        options = Options(
            concurrency=concurrency,
            folder=folder,
            resume=resume,
            on_progress=on_progress,
            progress=progress,
            again=again,
        )
        order = options.order(prompts, fields, library)
        return Batch(self._driver, self._context, order, options)

    def api_request(
        self, params: GenerateImageParams, **options: Unpack[CallOptions]
    ) -> ImageGenerationRequest:
        """Build the request that `generate` would send, without sending it.

        Pictures are opened and fitted; vibes that have no encoding yet are encoded.

        Args:
            params: what to generate; with ``stream``, what `generate_stream` would send.
            **options: `CallOptions`, for the encodings.

        Raises:
            InvalidParamsError: a picture is wrong.

        Cost: 2 Anlas for each vibe that is encoded; nothing else is sent.
        """
        return self._driver.using(options).run_generation(api_request(params, self._context))

    def encode_vibe(
        self,
        image: ImageInput,
        *,
        model: ModelName = DEFAULT_MODEL,
        info_extracted: float = 0.7,
        **options: Unpack[CallOptions],
    ) -> bytes:
        """Encode a picture for vibe transfer (V4, V4.5).

        Args:
            image: the picture.
            model: the model the vibe will be used with.
            info_extracted: 0.01 to 1; how much is read from the picture.
            **options: `CallOptions`, for this call alone.

        Returns:
            about 49 kB of opaque bytes for ``Vibe(encoding=...)``.

        Cost: 2 Anlas; nothing when this client has encoded the same before.
        """
        return self._driver.using(options).run_generation(
            encode_vibe(
                image, model=model, info_extracted=info_extracted, cache=self._context.vibes
            )
        )

    def enhance(
        self,
        picture: ImageInput,
        *,
        magnitude: int = 3,
        scale: EnhanceScale | None = None,
        params: GenerateImageParams | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        seed: int | None = None,
        **options: Unpack[CallOptions],
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
            **options: `CallOptions`, for this call alone.

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
        return self._driver.using(options).run_generation(flow)

    def variations(
        self,
        picture: ImageInput,
        *,
        n_samples: int = 3,
        params: GenerateImageParams | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        seed: int | None = None,
        **options: Unpack[CallOptions],
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
            **options: `CallOptions`, for this call alone.

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
        return self._driver.using(options).run_generation(flow)

    def suggest_tags(
        self,
        params: str | SuggestTagsParams,
        *,
        model: ModelName = DEFAULT_MODEL,
        **options: Unpack[CallOptions],
    ) -> list[TagSuggestion]:
        """Tags that contain what was typed, the likeliest first.

        What was typed travels in the address of the request, as NovelAI has it; it is kept out of
        the log.

        Args:
            params: what was typed, 1 to 1,000 characters, or parameters.
            model: the model whose tags are searched. Not used with parameters.
            **options: `CallOptions`, for this call alone.

        Raises:
            InvalidParamsError: a value is wrong; nothing was sent.
            NovelAIError: anything else.

        Costs nothing.
        """
        return self._driver.using(options).run(suggest_tags(suggest_params(params, model)))

    def suggest_tags_jp(
        self,
        params: str | SuggestTagsParams,
        *,
        model: ModelName = DEFAULT_MODEL,
        **options: Unpack[CallOptions],
    ) -> list[JpTagSuggestion]:
        """Tags whose Japanese name contains what was typed. Otherwise as `suggest_tags`."""
        return self._driver.using(options).run(suggest_tags_jp(suggest_params(params, model)))


class RawImages(RawCalls[Images]):
    """Methods of `Images` that give a `novelai.types.RawResponse`; streams are not among them."""

    @raw(Images._generate)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this file
    def generate(self) -> None:
        """Do as `Images.generate`."""

    @raw(Images.encode_vibe)
    def encode_vibe(self) -> None:
        """Do as `Images.encode_vibe`."""

    @raw(Images.enhance)
    def enhance(self) -> None:
        """Do as `Images.enhance`."""

    @raw(Images.variations)
    def variations(self) -> None:
        """Do as `Images.variations`."""

    @raw(Images.suggest_tags)
    def suggest_tags(self) -> None:
        """Do as `Images.suggest_tags`."""

    @raw(Images.suggest_tags_jp)
    def suggest_tags_jp(self) -> None:
        """Do as `Images.suggest_tags_jp`."""
