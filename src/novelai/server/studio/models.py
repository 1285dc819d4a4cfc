"""``/api/models``: the catalogue, as forms need it."""

from functools import cache
from typing import Literal, get_args

from pydantic import BaseModel

from novelai.catalogue import MAX_AREA, SIZE_STEP, ModelSpec, image_models, size_presets
from novelai.cost import OPUS_FREE_AREA
from novelai.server.model.key import Key, default_model, list_allowed_models
from novelai.types.tools import MAX_UPSCALE_PIXELS, DirectorTool, Emotion

__all__ = ["ModelsView", "models_view"]

MAX_STEPS = 50
MAX_REFERENCES = 16
MAX_DEFRY = 5

SAMPLERS = {
    "k_euler_ancestral": "Euler Ancestral",
    "k_euler": "Euler",
    "k_dpmpp_2s_ancestral": "DPM++ 2S Ancestral",
    "k_dpmpp_2m_sde": "DPM++ 2M SDE",
    "k_dpmpp_2m": "DPM++ 2M",
    "k_dpmpp_3m_sde": "DPM++ 3M SDE",
    "k_dpmpp_sde": "DPM++ SDE",
    "k_dpm_2": "DPM2",
    "k_dpm_2_ancestral": "DPM2 Ancestral",
    "k_dpm_adaptive": "DPM Adaptive",
    "k_dpm_fast": "DPM Fast",
    "k_lms": "LMS",
    "ddim": "DDIM",
    "ddim_v3": "DDIM",
    "plms": "PLMS",
    "nai_smea": "SMEA",
    "nai_smea_dyn": "SMEA DYN",
}
"""What people call samplers."""

PROMPTED = ("colorize", "emotion")


class SamplerView(BaseModel):
    """A sampler, and what people call it."""

    id: str
    name: str


class DefaultsView(BaseModel):
    """What a model starts with."""

    steps: int
    scale: float
    sampler: str
    noise_schedule: str
    size: str
    uc_preset: str


class ModelView(BaseModel):
    """What a model can do.

    Attributes:
        sizes: named sizes as width and height in pixels.
        size_step: width and height are multiples of it.
        characters: how many character prompts it takes.
        character_places: where they may be put: in a 5 x 5 grid, or anywhere.
        vibes: how vibes are handed in; each ``encoded`` one costs 2 Anlas once.
        references: how many precise references it takes.
        allowance: its free pictures draw on Opus's allowance.
        token_limit: the length of a prompt beyond which it is cut.
        effort: which strength of a model it is, where NovelAI's page offers several.
        variant_of: the model that it is another effort of: they are one in NovelAI's list.
        furry: it has a furry mode.
        fixed: parameters that the model sets by itself, whatever is asked for.
    """

    id: str
    name: str
    generation: str
    sizes: dict[str, tuple[int, int]]
    samplers: list[SamplerView]
    noise_schedules: list[str]
    uc_presets: list[str]
    quality_presets: list[str]
    defaults: DefaultsView
    max_pixels: int
    size_step: int
    max_steps: int
    max_scale: float
    characters: int
    character_places: Literal["grid", "free"] | None
    vibes: Literal["encoded", "plain"] | None
    max_vibes: int
    references: int
    inpainting: bool
    variety: bool
    transparent: bool
    smea: bool
    decrisp: bool
    cfg_rescale: bool
    allowance: bool
    token_limit: int | None
    effort: str | None
    variant_of: str | None
    furry: bool
    fixed: list[str]


class ToolView(BaseModel):
    """A director tool, and which parameters it takes besides the picture.

    Attributes:
        prompt: it takes a prompt.
        max_defry: how weak its effect can be made, from 0; ``null`` if it cannot.
        emotions: the moods it knows.
    """

    id: DirectorTool
    prompt: bool
    max_defry: int | None
    emotions: list[Emotion]


class ModelsView(BaseModel):
    """The models that a key may use, newest first, and all tools.

    Attributes:
        max_upscale_pixels: of a picture that is to be enlarged.
        free_pixels: the most that Opus draws for nothing.
    """

    default: str
    models: list[ModelView]
    tools: list[ToolView]
    max_upscale_pixels: int = MAX_UPSCALE_PIXELS
    free_pixels: int = OPUS_FREE_AREA


def models_view(key: Key) -> ModelsView:
    """Return the catalogue as far as a key may use it."""
    known, tools = _all()
    allowed, default = list_allowed_models(key), default_model(key)
    # A form needs something to choose from, also for a key that may only write.
    models = [one for one in known if one.id in allowed] or known
    if all(one.id != default for one in models):
        default = models[0].id
    return ModelsView(default=default, models=models, tools=tools)


@cache
def _all() -> tuple[list[ModelView], list[ToolView]]:
    models = [_model(spec) for spec in image_models().values()]
    return models, [_tool(tool) for tool in get_args(DirectorTool)]


def _model(spec: ModelSpec) -> ModelView:
    return ModelView(
        id=spec.id,
        name=spec.name,
        generation=spec.generation,
        sizes=dict(size_presets()),
        samplers=[SamplerView(id=one, name=SAMPLERS.get(one, one)) for one in spec.samplers],
        noise_schedules=list(spec.noise_schedules),
        uc_presets=list(spec.uc),
        quality_presets=list(spec.quality),
        defaults=DefaultsView(
            steps=spec.steps,
            scale=spec.scale,
            sampler=spec.sampler,
            noise_schedule=spec.noise_schedule,
            size="portrait",
            uc_preset=spec.default_uc_preset,
        ),
        max_pixels=MAX_AREA,
        size_step=SIZE_STEP,
        max_steps=MAX_STEPS,
        max_scale=spec.max_scale,
        characters=spec.characters,
        character_places=spec.positions,
        vibes="plain" if spec.vibes == "raw" else spec.vibes,
        max_vibes=MAX_REFERENCES if spec.vibes else 0,
        references=MAX_REFERENCES if spec.references else 0,
        inpainting=spec.inpainting is not None,
        variety=spec.variety_sigma is not None,
        transparent=spec.transparency,
        smea=spec.smea,
        decrisp=spec.decrisp,
        cfg_rescale=spec.cfg_rescale,
        allowance=spec.allowance,
        token_limit=spec.token_limit,
        effort=spec.effort,
        variant_of=spec.variant_of,
        furry=spec.structured_prompt,
        fixed=list(spec.fixed),
    )


def _tool(tool: DirectorTool) -> ToolView:
    prompted = tool in PROMPTED
    return ToolView(
        id=tool,
        prompt=prompted,
        max_defry=MAX_DEFRY if prompted else None,
        emotions=list(get_args(Emotion)) if tool == "emotion" else [],
    )
