"""Vibes under the names novelai-sdk gives them."""

from base64 import b64decode, b64encode
from os import PathLike
from pathlib import Path
from typing import Annotated, Protocol, Self

from pydantic import Field, field_serializer

from novelai._saving import save_whole
from novelai._vibe_files import dump_vibes
from novelai.errors import InvalidParamsError
from novelai.types.annotations import Many
from novelai.types.base import Between, Params
from novelai.types.source import ImageInput
from novelai.types.vibe import Vibe, read_vibes

__all__ = ["ControlNet", "ControlNetImage"]


class _Images(Protocol):
    def encode_vibe(self, image: ImageInput, *, info_extracted: float) -> bytes: ...


class _Client(Protocol):
    @property
    def image(self) -> _Images: ...


class ControlNetImage(Vibe):
    """A vibe.

    Args:
        image: as for `Vibe`, and so are the others.
        encoding: as for `Vibe`.
        info_extracted: 0.01 to 1.
        strength: -1 to 1.
        encodings: as for `Vibe`.
        name: as for `Vibe`.
        controlnet_model: accepted and not used: a vibe is encoded for the model it is used with.
    """

    controlnet_model: str | None = None

    _vibe_data: str | None = None
    """An encoding in base64, where programs for novelai-sdk put one that they kept."""

    @field_serializer("encoding", when_used="json")
    def _write_encoding(self, value: bytes | None) -> str | None:
        return self._vibe_data or (None if value is None else b64encode(value).decode("ascii"))

    def is_encoded_for(self, model: str) -> bool:
        """Return whether nothing has to be paid before it is used with a model."""
        return bool(self._vibe_data) or super().is_encoded_for(model)

    def encoding_for(self, model: str) -> bytes | None:
        """Get the encoding to use with a model, or ``None`` when one has to be paid for first.

        Raises:
            InvalidParamsError: the one that was put here is not base64.
        """
        if not self._vibe_data:
            return super().encoding_for(model)
        try:
            return b64decode(self._vibe_data, validate=True)
        except ValueError:
            raise InvalidParamsError([("controlnet.images", "_vibe_data is not base64")]) from None

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Read a ``.naiv4vibe`` file; see `Vibe.from_file`."""
        return cls(**dict(Vibe.from_file(path)))

    def export_file(self, path: str | PathLike[str]) -> None:
        """Write a ``.naiv4vibe`` file; see `Vibe.to_file`."""
        self.to_file(path)

    def encode_vibe(self, client: _Client, disable_cache: bool = False) -> str:  # noqa: FBT001, FBT002 - novelai-sdk's signature
        """Encode the picture for V4.5 Full; ``client.image.encode_vibe`` does it for any model.

        Args:
            client: a `NovelAI`, which remembers encodings.
            disable_cache: accepted and not used: nothing is paid for twice.

        Returns:
            the encoding in base64.

        Raises:
            InvalidParamsError: there is no picture.

        Cost: 2 Anlas, once.
        """
        del disable_cache
        if self.image is None:
            raise InvalidParamsError([("image", "give a picture")])
        encoding = client.image.encode_vibe(self.image, info_extracted=self.info_extracted)
        return b64encode(encoding).decode("ascii")


class ControlNet(Params):
    """Several vibes: another way to give ``vibes``.

    Args:
        images: the vibes.
        strength: 0 to 1; sent as ``controlnet_strength``, which only V1 and V2 read.
    """

    images: Annotated[Many[ControlNetImage], Field(min_length=1)]
    strength: Annotated[float, Between(0, 1)] = 1.0

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Read a ``.naiv4vibe`` or ``.naiv4vibebundle`` file.

        Raises:
            InvalidParamsError: it cannot be read; names what is wrong.
        """
        return cls(images=tuple(ControlNetImage(**dict(vibe)) for vibe in read_vibes(path)))

    def export_file(self, path: str | PathLike[str]) -> None:
        """Write a ``.naiv4vibebundle`` file; it is replaced if it exists.

        Raises:
            InvalidParamsError: a picture cannot be read.
            OSError: the file cannot be written.
        """
        save_whole(Path(path), dump_vibes(self.images))
