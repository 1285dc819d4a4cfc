"""From a request body to a generation, or a refusal.

Checked in the order the service shows: the body decodes, the model exists, the model supports the
action, the fields obey their rules, the references can be encoded, the picture can be rendered.
"""

import random
from typing import cast

from novelai.emulator.binaries import Binaries, read_binaries
from novelai.emulator.body import Body
from novelai.emulator.cache import ImageCache
from novelai.emulator.comment import comment_of
from novelai.emulator.errors import Refusal, RenderFailure, internal_error, invalid
from novelai.emulator.fields import Fields
from novelai.emulator.generation import SEEDS, Action, Character, Generation, Reference, StreamKind
from novelai.emulator.models import (
    DEFAULT_SCALES,
    MODELS,
    MODERN_SAMPLERS,
    NOISE_SCHEDULES,
    SAMPLERS,
    Model,
)
from novelai.emulator.pictures import has_alpha, looks_like_image, open_image

MAX_PROMPT = 51_200
MAX_AREA = 3_145_728
# The client stops at 50 steps; what the service does beyond is unknown. This bounds our own work.
MAX_STEPS = 150
MAX_SAMPLES = 8
REFERENCE_SIZES = ((1024, 1536), (1536, 1024), (1472, 1472))
_NO_ENCODER = (
    'Error encoding v4 director references: Post "http://invalid.prod-ai.svc.cluster.local:8081/'
    'encode-director": dial tcp: lookup invalid.prod-ai.svc.cluster.local: no such host'
)


def validate(body: Body, cache: ImageCache, rng: random.Random) -> Generation:
    """Read a generation request.

    Args:
        body: The decoded body.
        cache: Where cache keys are looked up and stored.
        rng: Chooses the seed when the request has none.

    Raises:
        Refusal: 400 or 500, with the service's text; a `RenderFailure` when it is the size.
    """
    request = Fields.of("GenerateImageRequest", body.document)
    prompt = request.string("input")
    model = find_model(request.string("model"))
    action = request.string("action") or "generate"
    if action not in model.actions:
        raise Refusal(400, f"Model {model.id} doesn't support action {action}")
    action = cast("Action", action)
    parameters = request.struct("parameters", "Parameters")
    binaries = read_binaries(body, parameters, cache)
    _check_rules(prompt, action, parameters, binaries)
    _check_precise_references(model, parameters, binaries)
    _check_renderable(model, action, parameters, binaries)
    return _build(
        prompt=prompt,
        model=model,
        action=action,
        parameters=parameters,
        binaries=binaries,
        rng=rng,
    )


def stream_kind(body: Body) -> StreamKind:
    """Return how the frames of a request's stream are packed."""
    request = Fields.of("GenerateImageRequest", body.document)
    return _stream_kind(request.struct("parameters", "Parameters"))


def _stream_kind(parameters: Fields) -> StreamKind:
    return "msgpack" if parameters.string("stream") == "msgpack" else "sse"


def find_model(model_id: str) -> Model:
    """Return the model of an id.

    Raises:
        Refusal: 400 when it does not exist; a missing id leaves two spaces in the text.
    """
    if model_id not in MODELS:
        raise Refusal(400, f"Validation error: model {model_id} doesn't exist")
    return MODELS[model_id]


def _check_rules(prompt: str, action: Action, parameters: Fields, binaries: Binaries) -> None:
    if action == "generate" and binaries.image is not None:
        raise invalid("image is not allowed for regular generations, use img2img or infill")
    caption = parameters.struct("v4_prompt", "V4ConditionInput").struct("caption", "V4Caption")
    length = max(len(prompt), len(caption.string("base_caption")))
    if length > MAX_PROMPT:
        raise invalid(
            f"request contains an excessively-long prompt ({length} chars; max {MAX_PROMPT})"
        )
    references, directors = len(binaries.references), len(binaries.director_references)
    if directors and (references or binaries.reference is not None):
        raise invalid(
            "cannot mix reference and director_reference at the same time, "
            f"got {references or 1} refs, {directors} director refs"
        )
    if references and binaries.reference is not None:
        raise invalid("reference_image and reference_image_multiple cannot be set at the same time")


def _check_precise_references(model: Model, parameters: Fields, binaries: Binaries) -> None:
    images = binaries.director_references
    # A wrong type is refused even where no reference picture came along.
    descriptions = parameters.structs("director_reference_descriptions", "V4ConditionInput")
    if not images:
        return
    informations = parameters.numbers("director_reference_information_extracted")
    strengths = parameters.numbers("director_reference_strength_values")
    if not len(images) == len(descriptions) == len(informations) == len(strengths):
        raise invalid(
            f"director_reference fields must have matching lengths: images={len(images)}, "
            f"descriptions={len(descriptions)}, informations={len(informations)}, "
            f"strengths={len(strengths)}"
        )
    if any(information != 1 for information in informations):
        raise invalid(
            "director_reference_information_extracted must be EXACTLY 1.0 "
            "for each entry at this time"
        )
    if model.family != "v4.5":
        raise Refusal(400, _NO_ENCODER)
    for data in images:
        image = open_image(data)
        if image.size not in REFERENCE_SIZES or has_alpha(image):
            raise Refusal(400, "Error encoding v4 director references: non-200 response: 400")


def _check_renderable(model: Model, action: Action, parameters: Fields, binaries: Binaries) -> None:
    width, height = parameters.integer("width", 832), parameters.integer("height", 1216)
    steps, samples = parameters.integer("steps", 23), parameters.integer("n_samples", 1)
    sampler = parameters.string("sampler", "k_euler_ancestral")
    schedule = parameters.string("noise_schedule", "karras")
    images = binaries.references + ((binaries.reference,) if binaries.reference else ())
    impossible = [
        width < 1 or height < 1 or width * height > MAX_AREA,
        not 1 <= steps <= MAX_STEPS,
        not 1 <= samples <= MAX_SAMPLES,
        sampler not in (MODERN_SAMPLERS if model.modern else SAMPLERS),
        schedule not in NOISE_SCHEDULES,
        action != "generate" and binaries.image is None,
        action == "infill" and binaries.mask is None,
    ]
    if model.modern:
        impossible += [
            "v4_prompt" not in parameters or "v4_negative_prompt" not in parameters,
            "negative_prompt" not in parameters and "uc" not in parameters,
            parameters.boolean("sm") or parameters.boolean("sm_dyn"),
            model.family == "v5" and bool(images),
            # Modern models take encodings from encode-vibe, never a picture file.
            any(looks_like_image(data) for data in images),
        ]
    else:
        impossible += [
            "v4_prompt" in parameters or "v4_negative_prompt" in parameters,
            any(not looks_like_image(data) for data in images),
        ]
    if any(impossible):
        raise internal_error()
    if width % 64 or height % 64:
        raise RenderFailure
    for data in (binaries.image, binaries.mask):
        if data is not None:
            open_image(data)


def _build(
    *,
    prompt: str,
    model: Model,
    action: Action,
    parameters: Fields,
    binaries: Binaries,
    rng: random.Random,
) -> Generation:
    caption = parameters.struct("v4_prompt", "V4ConditionInput").struct("caption", "V4Caption")
    base = caption.string("base_caption") if model.modern else ""
    vibe_strengths = parameters.numbers("reference_strength_multiple")
    strength = 1.0
    if action == "img2img":
        strength = parameters.number("strength", 0.7)
    elif action == "infill":
        strength = parameters.number("inpaintImg2ImgStrength", 1.0)
    seed = parameters.integer("seed", rng.randrange(SEEDS), unsigned=True) % SEEDS
    vibes = [
        Reference(data=data, strength=vibe_strengths[i] if i < len(vibe_strengths) else 0.6)
        for i, data in enumerate(binaries.references)
    ]
    if binaries.reference is not None:
        single = parameters.number("reference_strength", 0.6)
        vibes.append(Reference(data=binaries.reference, strength=single))
    return Generation(
        model=model,
        action=action,
        # The structured prompt wins where both are given and differ.
        prompt=base or prompt,
        characters=_characters(parameters) if model.modern else (),
        width=parameters.integer("width", 832),
        height=parameters.integer("height", 1216),
        steps=parameters.integer("steps", 23),
        sampler=parameters.string("sampler", "k_euler_ancestral"),
        sm=parameters.boolean("sm"),
        sm_dyn=parameters.boolean("sm_dyn"),
        seed=seed,
        samples=parameters.integer("n_samples", 1),
        strength=min(max(strength, 0.0), 1.0),
        image=binaries.image if action != "generate" else None,
        mask=binaries.mask if action == "infill" else None,
        vibes=tuple(vibes),
        precise_references=tuple(
            Reference(data=data, strength=strength)
            for data, strength in zip(
                binaries.director_references,
                parameters.numbers("director_reference_strength_values"),
                strict=False,
            )
        ),
        transparent=model.family == "v5" and parameters.boolean("tag_hint_transparent_background"),
        enhance=model.family == "v5"
        and action == "img2img"
        and parameters.boolean("upscaled_enhance"),
        image_format="webp" if parameters.string("image_format") == "webp" else "png",
        stream=_stream_kind(parameters),
        comment=comment_of(
            model=model,
            action=action,
            prompt=base or prompt,
            seed=seed,
            parameters=parameters,
            scale=DEFAULT_SCALES[model.family],
        ),
    )


def _characters(parameters: Fields) -> tuple[Character, ...]:
    prompt = parameters.struct("v4_prompt", "V4ConditionInput")
    placed = prompt.boolean("use_coords") or parameters.boolean("use_coords")
    characters: list[Character] = []
    for entry in prompt.struct("caption", "V4Caption").structs("char_captions", "V4CharCaption"):
        centers = entry.structs("centers", "Coordinates")
        place = (centers[0].number("x"), centers[0].number("y")) if placed and centers else None
        characters.append(Character(prompt=entry.string("char_caption"), place=place))
    return tuple(characters)
