"""Speech, and the voices that speak it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from novelai._notebook import audio_tag

__all__ = ["V1_VOICES", "V2_VOICES", "SpeechResult", "VoiceVersion"]

VoiceVersion: TypeAlias = Literal["v1", "v2"]

V1_VOICES: Mapping[str, int] = MappingProxyType(
    {
        "Cyllene": 17,
        "Leucosia": 95,
        "Crina": 44,
        "Hespe": 80,
        "Ida": 106,
        "Alseid": 6,
        "Daphnis": 10,
        "Echo": 16,
        "Thel": 41,
        "Nomios": 77,
    }
)
"""The ready voices of the first version by name, with their numbers."""

V2_VOICES: Mapping[str, str] = MappingProxyType(
    {
        "Ligeia": "Anananan",
        **{
            name: name
            for name in (
                "Aini",
                "Orea",
                "Claea",
                "Lim",
                "Aurae",
                "Naia",
                "Aulon",
                "Elei",
                "Ogma",
                "Raid",
                "Pega",
                "Lam",
            )
        },
    }
)
"""The ready voices of the second version by name, with the seeds they stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResult:
    """Spoken text; ``bytes()`` of it is the audio.

    Attributes:
        data: the audio file.
        media_type: ``"audio/mpeg"``, or ``"audio/webm"`` for Opus.
        request_id: the id of the request that it answers; it does not count when compared.
    """

    data: bytes = field(repr=False)
    media_type: str
    request_id: str | None = field(default=None, compare=False)

    @property
    def suffix(self) -> str:
        """Return the file name's suffix: ``".mp3"`` or ``".webm"``."""
        return ".webm" if self.media_type == "audio/webm" else ".mp3"

    def _repr_html_(self) -> str:
        return audio_tag(self.data, self.media_type)  # for notebooks

    def __bytes__(self) -> bytes:
        return self.data
