"""What jobs make, and the encodings that they need before."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import anyio.to_thread

from novelai.catalogue import base_model
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.types.generation import GenerateImageParams

__all__ = [
    "Artifact",
    "EncodingKey",
    "encoding_key",
    "encodings_needed",
    "list_unencoded",
    "sha256_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodingKey:
    """A vibe as it is asked for; the same three are never paid for twice.

    Attributes:
        source: sha256 of the picture that was handed in.
        model: the model it is for.
        info_extracted: 0.01 to 1; how much is read from the picture.
    """

    source: str
    model: str
    info_extracted: float

    @property
    def name(self) -> str:
        """All three in one text."""
        return f"{self.source} {self.model} {self.info_extracted:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A picture, or an encoded vibe, whose bytes are stored.

    Attributes:
        position: which of the job's, from 0.
        sha256: of its bytes.
        media_type: of its bytes.
        size: in bytes.
        width: in pixels; 0 for an encoded vibe.
        height: in pixels; 0 for an encoded vibe.
        seed: of a generated picture.
        vibe: of an encoded vibe.
        received: sha256 of what NovelAI sent, where an inpainting result was laid over its picture.
    """

    position: int
    sha256: str
    media_type: str
    size: int
    width: int
    height: int
    seed: int | None
    vibe: EncodingKey | None = None
    received: str | None = None

    @property
    def is_image(self) -> bool:
        """Return whether it belongs in the gallery."""
        return self.media_type.startswith("image/")

    @property
    def reference(self) -> Mapping[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, reference: Mapping[str, Any]) -> "Artifact":
        """Read back what `reference` wrote."""
        vibe = reference.get("vibe")
        fields: dict[str, Any] = {
            **reference,
            "vibe": None if vibe is None else EncodingKey(**vibe),
        }
        return cls(**fields)


def sha256_of(data: bytes) -> str:
    """Return the name of some bytes."""
    return hashlib.sha256(data).hexdigest()


async def encoding_key(image: bytes, model: str, info_extracted: float) -> EncodingKey:
    """Return a vibe as it is asked for."""
    source = await anyio.to_thread.run_sync(sha256_of, image)
    return EncodingKey(source=source, model=base_model(model), info_extracted=info_extracted)


async def encodings_needed(params: JobParams) -> list[EncodingKey]:
    """List the encodings that a job needs; pictures that are not bytes yet are left out."""
    return [
        await encoding_key(one.image, one.model, one.info_extracted)
        for one in list_unencoded(params)
        if isinstance(one.image, bytes)
    ]


def list_unencoded(params: JobParams) -> list[EncodeVibeParams]:
    """List what would have to be encoded for a job, whoever has it already."""
    if isinstance(params, EncodeVibeParams):
        return [params]
    if isinstance(params, GenerateImageParams) and params.spec.vibes == "encoded":
        return [
            EncodeVibeParams(
                image=vibe.image, model=params.model, info_extracted=vibe.info_extracted
            )
            for vibe in params.effective_vibes
            if vibe.encoding_for(params.model) is None and vibe.image is not None
        ]
    return []
