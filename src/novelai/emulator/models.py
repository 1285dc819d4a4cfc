"""The models this emulator knows: ids, actions, and the name a picture's `Source` carries.

Ids and `Source` hashes as observed until October 2026. `nai-diffusion-5-curated-inpainting` is
missing on purpose: the service refuses it.
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal["v5", "v4.5", "v4", "v3", "furry-v3", "v2", "v1"]


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model id.

    Attributes:
        id: The id requests name.
        family: Which generation of models it belongs to; rules follow the family.
        source: Value of the picture's `Source` text.
        inpainting: The id serves infill, and nothing else.
        counted_steps: Steps that are charged whatever the request says; None for its own.
        step_share: What a step adds to the price, as a part of the usual.
        drain: What a picture takes of the V5 allowance, as a part of the usual.
    """

    id: str
    family: Family
    source: str
    inpainting: bool = False
    counted_steps: int | None = None
    step_share: float = 1.0
    drain: float = 1.0

    @property
    def actions(self) -> frozenset[str]:
        """Return the actions that the id can be asked for."""
        return frozenset({"infill"} if self.inpainting else {"generate", "img2img"})

    @property
    def modern(self) -> bool:
        """V4 or later: structured prompts, encoded vibes, no SMEA."""
        return self.family in ("v5", "v4.5", "v4")


MEDIUM_STEPS = 14
MEDIUM_SHARE = 1 / 1.06521739
MEDIUM_DRAIN = 0.58
"""Announced as about 42 percent less at default settings; not measured."""

_SOURCES: dict[str, tuple[Family, str, bool]] = {
    # id without suffix: family, Source, and whether an id with -inpainting exists
    "nai-diffusion-5-curated": ("v5", "NovelAI Diffusion V5 DB276663", False),
    "nai-diffusion-4-5-full": ("v4.5", "NovelAI Diffusion V4.5 4BDE2A90", True),
    "nai-diffusion-4-5-curated": ("v4.5", "NovelAI Diffusion V4.5 C02D4F98", True),
    "nai-diffusion-4-full": ("v4", "NovelAI Diffusion V4 37442FCA", True),
    "nai-diffusion-3": ("v3", "Stable Diffusion XL 7BCCAA2C", True),
    "nai-diffusion-furry-3": ("furry-v3", "Stable Diffusion XL 4BE8C60C", True),
    "nai-diffusion-2": ("v2", "Stable Diffusion F1022D28", False),
    "nai-diffusion": ("v1", "Stable Diffusion 81274D13", False),
    "safe-diffusion": ("v1", "Stable Diffusion 1D44365E", True),
    "nai-diffusion-furry": ("v1", "Stable Diffusion 1D4A34AF", False),
}


def _table() -> dict[str, Model]:
    models = [
        # V5's models with inpainting have a hash for each of their two ids.
        Model(
            id="nai-diffusion-5-full",
            family="v5",
            source="NovelAI Diffusion V5 0ADF9AB7",
        ),
        Model(
            id="nai-diffusion-5-full-inpainting",
            family="v5",
            source="NovelAI Diffusion V5 657484A5",
            inpainting=True,
        ),
        Model(
            id="nai-diffusion-5-full-medium",
            family="v5",
            source="NovelAI Diffusion V5 93F4BD30",
            counted_steps=MEDIUM_STEPS,
            step_share=MEDIUM_SHARE,
            drain=MEDIUM_DRAIN,
        ),
        Model(
            id="nai-diffusion-5-full-medium-inpainting",
            family="v5",
            source="NovelAI Diffusion V5 70AB5786",
            inpainting=True,
            counted_steps=MEDIUM_STEPS,
            step_share=MEDIUM_SHARE,
            drain=MEDIUM_DRAIN,
        ),
        # V4 Curated is the one model whose two ids do not share a stem.
        Model(
            id="nai-diffusion-4-curated-preview",
            family="v4",
            source="NovelAI Diffusion V4 7ABFFA2A",
        ),
        Model(
            id="nai-diffusion-4-curated-inpainting",
            family="v4",
            source="NovelAI Diffusion V4 7ABFFA2A",
            inpainting=True,
        ),
    ]
    for stem, (family, source, inpaints) in _SOURCES.items():
        models.append(Model(id=stem, family=family, source=source))
        if inpaints:
            models.append(
                Model(id=f"{stem}-inpainting", family=family, source=source, inpainting=True)
            )
    return {model.id: model for model in models}


MODELS: dict[str, Model] = _table()

MODERN_SAMPLERS = frozenset(
    "k_euler k_euler_ancestral k_dpmpp_2s_ancestral k_dpmpp_2m_sde k_dpmpp_2m k_dpmpp_sde "
    "k_dpm_2 k_dpm_2_ancestral k_lms".split()
)
SAMPLERS = MODERN_SAMPLERS | frozenset(
    "plms ddim k_dpm_adaptive k_dpm_fast k_dpmpp_3m_sde ddim_v3 nai_smea nai_smea_dyn".split()
)
NOISE_SCHEDULES = frozenset({"native", "karras", "exponential", "polyexponential"})
# Samplers that evaluate twice per step show half as many previews.
DOUBLE_SAMPLERS = frozenset({"k_dpmpp_2s_ancestral", "k_dpmpp_sde"})

DEFAULT_SCALES: dict[Family, float] = {
    "v5": 7,
    "v4.5": 5,
    "v4": 5.5,
    "v3": 5,
    "furry-v3": 6.2,
    "v2": 10,
    "v1": 11,
}
