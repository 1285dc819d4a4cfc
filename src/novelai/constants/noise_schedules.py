"""Noise schedules, and the framings of a stream."""

from typing import Final, Literal, TypeAlias

from novelai.types.names import NoiseSchedule

__all__ = [
    "NOISE_EXPONENTIAL",
    "NOISE_KARRAS",
    "NOISE_NATIVE",
    "NOISE_POLYEXPONENTIAL",
    "NoiseSchedule",
    "StreamingType",
]

NOISE_KARRAS: Final = "karras"
NOISE_EXPONENTIAL: Final = "exponential"
NOISE_POLYEXPONENTIAL: Final = "polyexponential"
NOISE_NATIVE: Final = "native"

StreamingType: TypeAlias = Literal["msgpack", "sse"]
