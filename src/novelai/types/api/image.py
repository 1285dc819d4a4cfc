"""A generation as the service is asked for it, by the service's names."""

from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from novelai.types.events import ImageEvent

__all__ = [
    "CenterPoint",
    "CharacterPrompt",
    "EncodeVibeRequest",
    "ImageGenerationRequest",
    "ImageParameters",
    "ImageStreamChunk",
    "ImageStreamParameters",
    "Img2ImgParams",
    "ReferenceCaption",
    "ReferenceConditionInput",
    "StreamImageGenerationRequest",
    "V4Caption",
    "V4CharacterCaption",
    "V4ConditionInput",
]


class Document(BaseModel):
    """Part of a request: every field that is sent is there, the undeclared ones too."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow", hide_input_in_errors=True, defer_build=True
    )


class CenterPoint(Document):
    """Where a character stands.

    Attributes:
        x: 0 to 1, from the left.
        y: 0 to 1, from the top.
    """

    x: float
    y: float


class CharacterPrompt(Document):
    """A character.

    Attributes:
        prompt: what it looks like and does.
        uc: undesired content.
        center: where it stands.
        enabled: those that are not are not sent by the web page.
    """

    prompt: str = Field(repr=False)
    uc: str = Field(default="", repr=False)
    center: CenterPoint
    enabled: bool = True


class V4CharacterCaption(Document):
    """A character's part of a prompt.

    Attributes:
        char_caption: the text.
        centers: where it stands, one place.
    """

    char_caption: str | None = Field(default=None, repr=False)
    centers: list[CenterPoint] | None = None


class V4Caption(Document):
    """The texts of a prompt.

    Attributes:
        base_caption: that of the whole picture.
        char_captions: those of the characters.
    """

    base_caption: str | None = Field(default=None, repr=False)
    char_captions: list[V4CharacterCaption] | None = None


class V4ConditionInput(Document):
    """A prompt of V4 and later, or its undesired content.

    Attributes:
        caption: the texts.
        use_coords: characters stand where they are put.
        use_order: characters are told apart by their order.
        legacy_uc: undesired content is read as V4 did at first.
    """

    caption: V4Caption | None = None
    use_coords: bool | None = None
    use_order: bool | None = None
    legacy_uc: bool | None = None


class ReferenceCaption(Document):
    """What a precise reference keeps.

    Attributes:
        base_caption: ``"character"``, ``"style"`` or ``"character&style"``.
        char_captions: empty.
    """

    base_caption: str
    char_captions: list[Any] = []


class ReferenceConditionInput(Document):
    """The description of a precise reference.

    Attributes:
        caption: what is kept.
        legacy_uc: false.
    """

    caption: ReferenceCaption | None = None
    legacy_uc: bool | None = None


class Img2ImgParams(Document):
    """What an inpainting below strength 1 carries.

    Attributes:
        strength: 0.01 to 1.
        color_correct: true on the web page.
    """

    strength: float | None = None
    color_correct: bool | None = None


class ImageParameters(Document):
    """The ``parameters`` of a generation request; pictures in base64.

    All may be left out, and a field that is not declared may be given: it is sent as it is.

    Attributes:
        width: in pixels, a multiple of 64.
        height: in pixels, a multiple of 64.
        steps: 1 to 50.
        n_samples: 1 to 8 pictures, by size.
        seed: 0 to 4294967295; the service draws one when there is none.
        image: the picture to start from.
        mask: of inpainting.
        strength: of image to image; scales the price.
        upscaled_enhance: the picture is to be delivered larger (V5), which costs more.
        inpaintImg2ImgStrength: of inpainting; scales the price.
        reference_image_multiple: vibes.
        director_reference_images: precise references.
        tag_hint_qt: number of the quality preset.
        tag_hint_uc_preset: number of the preset of undesired content.
        stream: ``"msgpack"`` or ``"sse"``, of the stream endpoint.
    """

    params_version: int | None = None
    width: int | None = None
    height: int | None = None
    scale: float | None = None
    sampler: str | None = None
    steps: int | None = None
    n_samples: int | None = None
    seed: int | None = None
    noise_schedule: str | None = None
    cfg_rescale: float | None = None
    skip_cfg_above_sigma: float | None = None
    dynamic_thresholding: bool | None = None
    deliberate_euler_ancestral_bug: bool | None = None
    prefer_brownian: bool | None = None
    sm: bool | None = None
    sm_dyn: bool | None = None
    autoSmea: bool | None = None  # noqa: N815 - the service's spelling, as below
    legacy: bool | None = None
    legacy_uc: bool | None = None
    legacy_v3_extend: bool | None = None

    prompt: str | None = Field(default=None, repr=False)
    negative_prompt: str | None = Field(default=None, repr=False)
    v4_prompt: V4ConditionInput | None = None
    v4_negative_prompt: V4ConditionInput | None = None
    characterPrompts: list[CharacterPrompt] | None = None  # noqa: N815
    use_coords: bool | None = None
    qualityToggle: bool | None = None  # noqa: N815
    ucPreset: int | None = None  # noqa: N815
    tag_hint_qt: bool | int | None = None
    tag_hint_uc_preset: int | None = None
    tag_hint_transparent_background: bool | None = None
    straight_alpha: bool | None = None

    image: str | None = Field(default=None, repr=False)
    mask: str | None = Field(default=None, repr=False)
    strength: float | None = None
    noise: float | None = None
    extra_noise_seed: int | None = None
    color_correct: bool | None = None
    upscaled_enhance: bool | None = None
    img2img: Img2ImgParams | None = None
    inpaintImg2ImgStrength: float | None = None  # noqa: N815
    add_original_image: bool | None = None

    controlnet_strength: float | None = None
    normalize_reference_strength_multiple: bool | None = None
    reference_information_extracted: float | None = None
    reference_image_multiple: list[str] | None = Field(default=None, repr=False)
    reference_strength_multiple: list[float] | None = None
    reference_information_extracted_multiple: list[float] | None = None
    director_reference_images: list[str] | None = Field(default=None, repr=False)
    director_reference_descriptions: list[ReferenceConditionInput] | None = None
    director_reference_information_extracted: list[float] | None = None
    director_reference_strength_values: list[float] | None = None
    director_reference_secondary_strength_values: list[float] | None = None

    image_format: Literal["png", "webp"] | None = None
    stream: Literal["msgpack", "sse"] | None = None


class ImageGenerationRequest(Document):
    """The body of ``/ai/generate-image``; with ``stream`` in its parameters, of the stream's.

    Attributes:
        input: the prompt as it is sent.
        model: the model id, for inpainting the inpainting id.
        action: ``"generate"``, ``"img2img"`` or ``"infill"``.
        parameters: everything else.

    ``model_dump(exclude_unset=True)`` is the document as it is sent, explicit nulls included.
    """

    input: str = Field(repr=False)
    model: str
    action: str = "generate"
    parameters: ImageParameters


class EncodeVibeRequest(Document):
    """The body of ``/ai/encode-vibe``.

    Attributes:
        image: the picture in base64.
        information_extracted: 0.01 to 1; how much is read from the picture.
        model: the model the vibe will be used with.
    """

    image: str = Field(repr=False)
    information_extracted: float
    model: str


ImageStreamParameters = ImageParameters
StreamImageGenerationRequest = ImageGenerationRequest
ImageStreamChunk: TypeAlias = ImageEvent
"""What a stream gives; it has the fields of novelai-sdk's chunks."""
