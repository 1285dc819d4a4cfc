"""Image model ids.

`ImageModel` also admits the two spellings novelai-sdk uses for models whose id is another one;
they are resolved before a request is made.
"""

from typing import Final

from novelai.types.names import ImageModel

__all__ = [
    "V3",
    "V3_FURRY",
    "V4_5_CURATED",
    "V4_5_FULL",
    "V4_CURATED",
    "V4_FULL",
    "V5_CURATED",
    "V5_FULL",
    "V5_FULL_MEDIUM",
    "ImageModel",
]

V5_FULL: Final = "nai-diffusion-5-full"
V5_FULL_MEDIUM: Final = "nai-diffusion-5-full-medium"
V5_CURATED: Final = "nai-diffusion-5-curated"
V4_5_FULL: Final = "nai-diffusion-4-5-full"
V4_5_CURATED: Final = "nai-diffusion-4-5-curated"
V4_FULL: Final = "nai-diffusion-4-full"
V4_CURATED: Final = "nai-diffusion-4-curated-preview"
V3: Final = "nai-diffusion-3"
V3_FURRY: Final = "nai-diffusion-furry-3"
