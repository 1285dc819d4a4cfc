"""A generation as the service is asked for it."""

from pydantic import BaseModel, ConfigDict

__all__ = ["ImageGenerationRequest", "ImageParameters", "StreamImageGenerationRequest"]


class Document(BaseModel):
    """Part of a request: every field that is sent is there, the undeclared ones too."""

    model_config = ConfigDict(extra="allow")


class ImageParameters(Document):
    """The ``parameters`` of a generation request, by the service's names; pictures in base64.

    Declared are those that decide the price.

    Attributes:
        width: in pixels.
        height: in pixels.
        steps: 1 to 50.
        n_samples: how many pictures.
        sampler: matters for the price of V1 only.
        image: the picture to start from.
        mask: of inpainting.
        strength: of image to image.
        inpaintImg2ImgStrength: of inpainting.
        sm: SMEA (V3).
        sm_dyn: SMEA DYN (V3).
        reference_image_multiple: vibes.
        director_reference_images: precise references.
    """

    width: int | None = None
    height: int | None = None
    steps: int | None = None
    n_samples: int | None = None
    sampler: str | None = None
    image: str | None = None
    mask: str | None = None
    strength: float | None = None
    inpaintImg2ImgStrength: float | None = None  # noqa: N815 - the service's spelling
    sm: bool | None = None
    sm_dyn: bool | None = None
    reference_image_multiple: list[str] | None = None
    director_reference_images: list[str] | None = None


class ImageGenerationRequest(Document):
    """The body of ``/ai/generate-image``; with ``stream`` in its parameters, of the stream's.

    Attributes:
        input: the prompt as it is sent.
        model: the model id, for inpainting the inpainting id.
        action: ``"generate"``, ``"img2img"`` or ``"infill"``.
        parameters: everything else.

    ``model_dump(exclude_unset=True)`` is the document as it is sent, explicit nulls included.
    """

    input: str
    model: str
    action: str
    parameters: ImageParameters


StreamImageGenerationRequest = ImageGenerationRequest
