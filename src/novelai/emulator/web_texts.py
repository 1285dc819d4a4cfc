"""The texts that the web client puts around what people write: a judge's own copy.

Quality texts and undesired content by model, as the web client of autumn 2026 holds them. They
are written here a second time on purpose, so that they can judge a client's own.
"""

from dataclasses import dataclass, field

_HEAVY_45 = (
    "lowres, artistic error, film grain, scan artifacts, worst quality, bad quality, jpeg "
    "artifacts, very displeasing, chromatic aberration, dithering, halftone, screentone, "
    "multiple views, logo, too many watermarks, negative space, blank page"
)
_LIGHT_45 = (
    "lowres, artistic error, scan artifacts, worst quality, bad quality, jpeg artifacts, "
    "multiple views, very displeasing, too many watermarks, negative space, blank page"
)
_LIGHT_5 = (
    "lowres, bad hands, bad anatomy, artistic error, sepia, white haze, worst quality, very "
    "displeasing, jpeg artifacts, 0::ai-generated::"
)
_FURRY_FOCUS = (
    "{worst quality}, distracting watermark, unfinished, bad quality, {widescreen}, upscale, "
    "{sequence}, {{grandfathered content}}, blurred foreground, chromatic aberration, "
    "sketch, everyone, [sketch background], simple, [flat colors], ych (character), outline, "
    "multiple scenes, [[horror (theme)]], comic"
)
_HEAVY_45_CURATED = (
    "blurry, lowres, upscaled, artistic error, film grain, scan artifacts, worst quality, "
    "bad quality, jpeg artifacts, very displeasing, chromatic aberration, halftone, multiple "
    "views, logo, too many watermarks, negative space, blank page"
)
_LIGHT_45_CURATED = (
    "blurry, lowres, upscaled, artistic error, scan artifacts, jpeg artifacts, logo, too "
    "many watermarks, negative space, blank page"
)
_HUMAN_45_CURATED = (
    "blurry, lowres, upscaled, artistic error, film grain, scan artifacts, bad anatomy, bad "
    "hands, worst quality, bad quality, jpeg artifacts, very displeasing, chromatic "
    "aberration, halftone, multiple views, logo, too many watermarks, @_@, mismatched "
    "pupils, glowing eyes, negative space, blank page"
)
_HEAVY_4 = (
    "blurry, lowres, error, film grain, scan artifacts, worst quality, bad quality, jpeg "
    "artifacts, very displeasing, chromatic aberration, multiple views, logo, too many "
    "watermarks, white blank page, blank page"
)
_LIGHT_4 = (
    "blurry, lowres, error, worst quality, bad quality, jpeg artifacts, very displeasing, "
    "white blank page, blank page"
)
_HEAVY_4_CURATED = (
    "blurry, lowres, error, film grain, scan artifacts, worst quality, bad quality, jpeg "
    "artifacts, very displeasing, chromatic aberration, logo, dated, signature, multiple "
    "views, gigantic breasts, white blank page, blank page"
)
_LIGHT_4_CURATED = (
    "blurry, lowres, error, worst quality, bad quality, jpeg artifacts, very displeasing, "
    "logo, dated, signature, white blank page, blank page"
)
_HEAVY_3 = (
    "lowres, {bad}, error, fewer, extra, missing, worst quality, jpeg artifacts, bad "
    "quality, watermark, unfinished, displeasing, chromatic aberration, signature, extra "
    "digits, artistic error, username, scan, [abstract]"
)
_LIGHT_3 = "lowres, jpeg artifacts, worst quality, watermark, blurry, very displeasing"
_HEAVY_FURRY_3 = (
    "{{worst quality}}, [displeasing], {unusual pupils}, guide lines, {{unfinished}}, {bad}, "
    "url, artist name, {{tall image}}, mosaic, {sketch page}, comic panel, impact (font), "
    "[dated], {logo}, ych, {what}, {where is your god now}, {distorted text}, repeated text, "
    "{floating head}, {1994}, {widescreen}, absolutely everyone, sequence, {compression "
    "artifacts}, hard translated, {cropped}, {commissioner name}, unknown text, high "
    "contrast"
)
_LIGHT_FURRY_3 = (
    "{worst quality}, guide lines, unfinished, bad, url, tall image, widescreen, compression "
    "artifacts, unknown text"
)
_HUMAN_FOCUS = "@_@, mismatched pupils, glowing eyes, bad anatomy"
_HUMAN_FOCUS_3 = "bad anatomy, bad hands, @_@, mismatched pupils, heart-shaped pupils, glowing eyes"


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What one model's ids stand for.

    Attributes:
        quality: Texts by `qualityPresetId`, without `none`.
        unwanted: Texts by `ucPresetId`, without `none`.
        curated: Trained on safe pictures only: no `nsfw` is added.
    """

    quality: dict[str, str]
    unwanted: dict[str, str]
    curated: bool = field(default=False)


_V5 = Texts(
    quality={
        "standard": "very aesthetic, masterpiece, no text",
        "light": "very aesthetic, amazing quality, no text",
    },
    unwanted={
        "heavy": _HEAVY_45,
        "light": _LIGHT_5,
        "furryFocus": _FURRY_FOCUS,
        "humanFocus": f"{_HEAVY_45}, {_HUMAN_FOCUS}",
    },
)
TEXTS: dict[str, Texts] = {
    "nai-diffusion-5-full": _V5,
    "nai-diffusion-5-full-medium": Texts(quality=_V5.quality, unwanted={"heavy": _HEAVY_45}),
    "nai-diffusion-5-curated": Texts(quality=_V5.quality, unwanted=_V5.unwanted, curated=True),
    "nai-diffusion-4-5-full": Texts(
        quality={"standard": "very aesthetic, masterpiece, no text"},
        unwanted=_V5.unwanted | {"light": _LIGHT_45},
    ),
    "nai-diffusion-4-5-curated": Texts(
        quality={"standard": "very aesthetic, masterpiece, no text, -0.8::feet::, rating:general"},
        unwanted={
            "heavy": _HEAVY_45_CURATED,
            "light": _LIGHT_45_CURATED,
            "humanFocus": _HUMAN_45_CURATED,
        },
        curated=True,
    ),
    "nai-diffusion-4-full": Texts(
        quality={"standard": "no text, best quality, very aesthetic, absurdres"},
        unwanted={"heavy": _HEAVY_4, "light": _LIGHT_4},
    ),
    "nai-diffusion-4-curated": Texts(
        quality={"standard": "rating:general, best quality, very aesthetic, absurdres"},
        unwanted={"heavy": _HEAVY_4_CURATED, "light": _LIGHT_4_CURATED},
        curated=True,
    ),
    "nai-diffusion-3": Texts(
        quality={"standard": "best quality, amazing quality, very aesthetic, absurdres"},
        unwanted={
            "heavy": _HEAVY_3,
            "light": _LIGHT_3,
            "humanFocus": f"{_HEAVY_3}, {_HUMAN_FOCUS_3}",
        },
    ),
    "nai-diffusion-furry-3": Texts(
        quality={"standard": "{best quality}, {amazing quality}"},
        unwanted={"heavy": _HEAVY_FURRY_3, "light": _LIGHT_FURRY_3},
    ),
}


def texts_of(model_id: str) -> Texts | None:
    """Return the texts of an id, an inpainting id's own; None for models before V3."""
    return TEXTS.get(model_id.removesuffix("-inpainting").removesuffix("-preview"))
