"""Director tools and upscaling, for programs that wait."""

from typing import TYPE_CHECKING, Unpack

from novelai._codecs.body import Upload
from novelai._drivers import SyncDriver
from novelai._operations import tools as operations
from novelai._operations.image import ImageContext
from novelai._operations.tools import upscale_params
from novelai._raw import RawCalls, raw
from novelai.types.base import construct
from novelai.types.layers import BackgroundLayers
from novelai.types.names import ModelName
from novelai.types.options import CallOptions
from novelai.types.source import ImageInput
from novelai.types.tools import (
    UPSCALE_MODEL,
    BackgroundRemovalParams,
    ColorizeParams,
    DeclutterParams,
    DirectorToolParams,
    Emotion,
    EmotionParams,
    LineArtParams,
    SketchParams,
    UpscaleParams,
)

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["Tools"]


class Tools:
    """Director tools, which make a new picture of a picture, and upscaling.

    A picture may be a path, bytes, an open file or a Pillow image, of at most 12,582,912 pixels.
    It is sent without transparency, on white; up to 1,011,712 pixels it is enlarged towards
    1,048,576, above 3,143,728 reduced to that, as on the web, and the result has that size.

    All raise `InvalidParamsError`, before anything is sent, for a wrong value and for a picture
    that cannot be read or is too large, and `NovelAIError` for anything else; its ``charged`` says
    whether it may have cost something. They cost what a V3 picture of 28 steps does, 20 Anlas up
    to 1024x1024; on Opus they are free up to 1,048,576 pixels.

    All take `CallOptions` as keywords, for the call alone.
    """

    def __init__(self, driver: SyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._upload: Upload = context.upload

    @property
    def with_raw_response(self) -> "RawTools":
        """The same methods, which give the answer as it came, too."""
        return RawTools(self)

    def augment(
        self, params: DirectorToolParams, **options: Unpack[CallOptions]
    ) -> "list[GeneratedImage]":
        """Apply the tool that the parameters belong to.

        Returns:
            one picture; for a background removal three, as `BackgroundLayers`.

        Cost: ``params.calculate_anlas().total_anlas``.
        """
        return self._driver.using(options).run_generation(operations.augment(params, self._upload))

    def line_art(self, image: ImageInput, **options: Unpack[CallOptions]) -> "list[GeneratedImage]":
        """Turn a picture into line art."""
        return self.augment(construct(LineArtParams, {"image": image}), **options)

    def sketch(self, image: ImageInput, **options: Unpack[CallOptions]) -> "list[GeneratedImage]":
        """Turn a picture into a pencil sketch."""
        return self.augment(construct(SketchParams, {"image": image}), **options)

    def colorize(
        self,
        image: ImageInput,
        *,
        prompt: str = "",
        defry: int = 0,
        **options: Unpack[CallOptions],
    ) -> "list[GeneratedImage]":
        """Colour a drawing.

        Args:
            image: the drawing.
            prompt: tags that say how.
            defry: 0 (full effect) to 5 (weakest).
        """
        fields = {"image": image, "prompt": prompt, "defry": defry}
        return self.augment(construct(ColorizeParams, fields), **options)

    def emotion(
        self,
        image: ImageInput,
        emotion: Emotion,
        *,
        prompt: str = "",
        defry: int = 0,
        **options: Unpack[CallOptions],
    ) -> "list[GeneratedImage]":
        """Change the mood of a face. The service fails on a picture without one.

        Args:
            image: the picture.
            emotion: one of 24, for example ``"happy"``.
            prompt: further tags.
            defry: 0 (full effect) to 5 (weakest).
        """
        fields = {"image": image, "emotion": emotion, "prompt": prompt, "defry": defry}
        return self.augment(construct(EmotionParams, fields), **options)

    def declutter(
        self, image: ImageInput, *, keep_bubbles: bool = False, **options: Unpack[CallOptions]
    ) -> "list[GeneratedImage]":
        """Remove text, speech bubbles and other additions from a picture.

        Args:
            image: the picture.
            keep_bubbles: leave speech bubbles where they are.
        """
        fields = {"image": image, "keep_bubbles": keep_bubbles}
        return self.augment(construct(DeclutterParams, fields), **options)

    def remove_background(
        self, image: ImageInput, **options: Unpack[CallOptions]
    ) -> BackgroundLayers:
        """Cut the background away.

        Returns:
            three pictures with transparency, ``.masked``, ``.generated`` and ``.blend``; also a
            list of these, in this order.

        Cost: three times that of the other tools and 5 more, on Opus too: 65 Anlas up to
        1024x1024.
        """
        params = construct(BackgroundRemovalParams, {"image": image})
        return self._driver.using(options).run_generation(
            operations.remove_background(params, self._upload)
        )

    def upscale(
        self,
        params: UpscaleParams | ImageInput,
        *,
        model: ModelName = UPSCALE_MODEL,
        **options: Unpack[CallOptions],
    ) -> "list[GeneratedImage]":
        """Enlarge a picture to twice its width and height.

        Args:
            params: the picture, at most 3,145,728 pixels, or parameters. A PNG is sent as it is,
                and the settings embedded in it are in the result too.
            model: a V5 model; others do not upscale. Not used with parameters.

        Returns:
            one picture.

        Cost: 1 to 4 Anlas, on Opus too: 1 up to 1,048,576 pixels, 2 up to 1,747,627, 3 up to
        2,446,678.
        """
        return self._driver.using(options).run_generation(
            operations.upscale(upscale_params(params, model))
        )


class RawTools(RawCalls[Tools]):
    """Methods of `Tools` that give a `novelai.types.RawResponse`."""

    @raw(Tools.augment)
    def augment(self) -> None:
        """Do as `Tools.augment`."""

    @raw(Tools.line_art)
    def line_art(self) -> None:
        """Do as `Tools.line_art`."""

    @raw(Tools.sketch)
    def sketch(self) -> None:
        """Do as `Tools.sketch`."""

    @raw(Tools.colorize)
    def colorize(self) -> None:
        """Do as `Tools.colorize`."""

    @raw(Tools.emotion)
    def emotion(self) -> None:
        """Do as `Tools.emotion`."""

    @raw(Tools.declutter)
    def declutter(self) -> None:
        """Do as `Tools.declutter`."""

    @raw(Tools.remove_background)
    def remove_background(self) -> None:
        """Do as `Tools.remove_background`."""

    @raw(Tools.upscale)
    def upscale(self) -> None:
        """Do as `Tools.upscale`."""
