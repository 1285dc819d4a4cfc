"""Names that editors complete where any text is taken; a test keeps them those of the catalogue."""

from typing import Annotated, Literal, TypeAlias

from novelai.types.annotations import CheckedAs

__all__ = [
    "ImageModel",
    "ModelName",
    "NoiseSchedule",
    "NoiseScheduleName",
    "Sampler",
    "SamplerName",
]

ImageModel: TypeAlias = Literal[
    "nai-diffusion-5-full",
    "nai-diffusion-5-full-medium",
    "nai-diffusion-5-curated",
    "nai-diffusion-4-5-full",
    "nai-diffusion-4-5-curated",
    "nai-diffusion-4-full",
    "nai-diffusion-4-curated-preview",
    "nai-diffusion-3",
    "nai-diffusion-furry-3",
    "nai-diffusion-2",
    "nai-diffusion",
    "safe-diffusion",
    "nai-diffusion-furry",
    "nai-diffusion-4-curated",
    "nai-diffusion-3-furry",
]
"""Image model ids, and the two spellings novelai-sdk uses for models whose id is another one."""

Sampler: TypeAlias = Literal[
    "k_euler_ancestral",
    "k_euler",
    "k_dpmpp_2s_ancestral",
    "k_dpmpp_2m_sde",
    "k_dpmpp_2m",
    "k_dpmpp_3m_sde",
    "k_dpmpp_sde",
    "k_dpm_2",
    "k_dpm_2_ancestral",
    "k_dpm_adaptive",
    "k_dpm_fast",
    "k_lms",
    "ddim",
    "ddim_v3",
    "plms",
    "nai_smea",
    "nai_smea_dyn",
]
"""Samplers. Which of them a model takes is in its row of the catalogue."""

NoiseSchedule: TypeAlias = Literal["karras", "exponential", "polyexponential", "native"]
"""Noise schedules; likewise."""

ModelName: TypeAlias = Annotated[ImageModel | str, CheckedAs(str)]
"""The id of an image model: one of those known, or any other text."""

SamplerName: TypeAlias = Annotated[Sampler | str, CheckedAs(str)]
"""A sampler: one of those known, or any other text, which a model has to know."""

NoiseScheduleName: TypeAlias = Annotated[NoiseSchedule | str, CheckedAs(str)]
"""A noise schedule: one of those known, or any other text, which a model has to know."""
