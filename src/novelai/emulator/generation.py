"""A generation that passed validation: everything the drawing and the metadata need."""

from dataclasses import dataclass
from typing import Any, Literal

from novelai.emulator.models import DOUBLE_SAMPLERS, Model

SEEDS = 2**32
"""How many seeds there are, from 0."""

Action = Literal["generate", "img2img", "infill"]
ImageFormat = Literal["png", "webp"]
StreamKind = Literal["sse", "msgpack"]


@dataclass(frozen=True, kw_only=True)
class Character:
    """One character: its prompt, and where it stands (0 to 1 from the upper left corner).

    A place of None leaves the choice to the drawing.
    """

    prompt: str
    place: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A picture or an encoding that colours the result; strength -1 to 1."""

    data: bytes
    strength: float


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One valid request to draw.

    Attributes:
        strength: Part of the source that is drawn anew, 0 to 1; 1 without a source.
        image: Bytes of the source picture, for img2img and infill.
        mask: Bytes of the mask, white = draw anew, for infill.
        transparent: The background stays empty (V5).
        comment: The settings as the picture's `Comment` repeats them, without what is known
            only when the picture is drawn (seed of the sample, signature).
    """

    model: Model
    action: Action
    prompt: str
    characters: tuple[Character, ...]
    width: int
    height: int
    steps: int
    sampler: str
    sm: bool
    sm_dyn: bool
    seed: int
    samples: int
    strength: float
    image: bytes | None
    mask: bytes | None
    vibes: tuple[Reference, ...]
    precise_references: tuple[Reference, ...]
    transparent: bool
    enhance: bool
    image_format: ImageFormat
    stream: StreamKind
    comment: dict[str, Any]

    @property
    def frames(self) -> int:
        """Frames per sample in a stream, the final one included.

        Observed: 23 steps gave 23 frames, img2img with 23 steps and strength 0.7 gave 16, and
        samplers with two evaluations per step give about half.
        """
        ran = int(self.steps * self.strength + 1e-9)
        return max(ran // 2 if self.sampler in DOUBLE_SAMPLERS else ran, 1)

    def sample_seed(self, index: int) -> int:
        """Return the seed of sample `index`: the request's seed plus the index, modulo `SEEDS`."""
        return (self.seed + index) % SEEDS
