"""Vibe transfer: the mood and style of another picture."""

from datetime import datetime
from html import escape
from math import isclose
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from novelai._images import open_image, png_bytes
from novelai._notebook import image_tag, table
from novelai._saving import save_whole
from novelai._vibe_files import VibeFile, dump_vibe, file_error, load_vibes
from novelai.catalogue import base_model
from novelai.errors import InvalidParamsError
from novelai.types.annotations import Many
from novelai.types.base import Between, Params, construct
from novelai.types.findings import Problems, Whole
from novelai.types.names import ModelName
from novelai.types.source import EncodedBytes, ImageSource

__all__ = ["Vibe", "VibeEncoding", "read_vibe", "read_vibes"]

SAME_EXTRACTION = 0.005
"""Half a step of the web page's slider: closer values are the same setting."""


THUMBNAIL = 160
"""In pixels."""


class VibeEncoding(Params):
    """What NovelAI made of a vibe's picture, for 2 Anlas: good for one model and extraction.

    Args:
        model: id of the model it is for.
        encoding: the bytes, about 49 kB.
        info_extracted: 0 to 1; how much was read from the picture. ``None`` when not known.
    """

    model: ModelName
    encoding: EncodedBytes = Field(repr=False, min_length=1)
    info_extracted: Annotated[float, Between(0, 1)] | None = None


class Vibe(Params):
    """A picture whose style is carried over (V3, V4 and V4.5).

    On V4 and V4.5 the picture is first encoded by NovelAI, which costs 2 Anlas; the client keeps
    encodings and pays once for the same picture, model and extraction. `to_file` keeps them beyond
    the program, in the format of NovelAI's page.

    Args:
        image: the picture. May be left out when there is an encoding.
        encoding: the bytes an earlier encoding returned, for the model it is used with.
        info_extracted: 0.01 to 1; how much is read from the picture. Burnt into an encoding.
        strength: -1 to 1; how strongly it acts.
        encodings: encodings for several models and extractions, as a vibe file holds them. One is
            used when it is for the model and the extraction asked for; without a picture the
            model alone decides.
        name: what the vibe is called in its file.
    """

    _whole: ClassVar[Whole | None] = Whole(reads={"image": frozenset({"encoding", "encodings"})})

    image: ImageSource | None = Field(default=None, repr=False)
    encoding: EncodedBytes | None = Field(default=None, repr=False)
    info_extracted: Annotated[float, Between(0.01, 1)] = 0.7
    strength: Annotated[float, Between(-1, 1)] = 0.6
    encodings: Many[VibeEncoding] = ()
    name: str | None = None

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        problems = Problems()
        if self.image is None and not self.encoding and not self.encodings:
            problems.add("image", "give a picture or an encoding")
        problems.raise_found("Vibe")
        return self

    def _repr_html_(self) -> str:
        models = ", ".join(escape(one.model) for one in self.encodings)
        rows = [
            ("Vibe", escape(self.name or "")),
            ("Strength", f"{self.strength:g}"),
            ("Extraction", f"{self.info_extracted:g}"),
            ("Encoded for", models or ("a model of yours" if self.encoding else "no model yet")),
        ]
        return self._thumbnail() + table(rows)  # for notebooks

    def _thumbnail(self) -> str:
        if self.image is None or hasattr(self.image, "read"):  # a file may be read only once
            return ""
        try:
            picture = open_image(self.image, "image")
        except InvalidParamsError:
            return ""
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        return image_tag(png_bytes(picture), "image/png", THUMBNAIL)

    def encoding_for(self, model: str) -> bytes | None:
        """Get the encoding to use with a model, or ``None`` when one has to be paid for first."""
        if self.encoding:
            return self.encoding
        model = base_model(model)
        own = [one for one in self.encodings if one.model == model]
        for one in own:
            known = one.info_extracted
            if known is None or isclose(known, self.info_extracted, abs_tol=SAME_EXTRACTION):
                return one.encoding
        return own[0].encoding if own and self.image is None else None

    def is_encoded_for(self, model: str) -> bool:
        """Return whether nothing has to be paid before it is used with a model."""
        return self.encoding_for(model) is not None

    def with_encoding(
        self, encoding: bytes, *, model: str, info_extracted: float | None = None
    ) -> "Vibe":
        """Return the vibe with one more encoding, for example from ``client.image.encode_vibe``.

        Args:
            encoding: the bytes.
            model: the model they were made for.
            info_extracted: 0 to 1; how much was read from the picture; by default the vibe's.

        Raises:
            InvalidParamsError: a value is wrong.
        """
        added = construct(
            VibeEncoding,
            {
                "model": base_model(model),
                "encoding": encoding,
                "info_extracted": self.info_extracted if info_extracted is None else info_extracted,
            },
        )
        known = (added.model, added.info_extracted)
        kept = [one for one in self.encodings if (one.model, one.info_extracted) != known]
        return self.replace(encodings=(*kept, added))

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "Vibe":
        """Read a ``.naiv4vibe`` file; `novelai.vibes.read_vibes` also reads bundles.

        Raises:
            InvalidParamsError: it cannot be read, or holds several vibes; names what is wrong.
        """
        return read_vibe(path)

    def to_file(
        self,
        path: str | PathLike[str],
        *,
        model: str | None = None,
        created: datetime | None = None,
    ) -> None:
        """Write a ``.naiv4vibe`` file, which NovelAI's page reads too.

        Args:
            path: the file; it is replaced if it exists.
            model: what ``encoding`` was made for; needed when there is one.
            created: the time stated in the file; by default now.

        Raises:
            InvalidParamsError: the picture cannot be read, or ``model`` is missing.
            OSError: the file cannot be written.
        """
        vibe = self
        if self.encoding:
            if model is None:
                raise InvalidParamsError([("model", "say what the encoding was made for")])
            vibe = self.with_encoding(self.encoding, model=model)
        save_whole(Path(path), dump_vibe(vibe, created))


def read_vibe(file: VibeFile) -> Vibe:
    """Read a file that holds one vibe.

    Raises:
        InvalidParamsError: it cannot be read, or holds several; names what is wrong.
    """
    vibes = read_vibes(file)
    if len(vibes) != 1:
        raise file_error("", f"holds {len(vibes)} vibes; read them with novelai.vibes.read_vibes")
    return vibes[0]


def read_vibes(file: VibeFile) -> list[Vibe]:
    """Read the vibes of a file, one or a bundle.

    Strength and extraction are those the file suggests. A vibe whose encodings fit the model and
    the extraction it is used with costs nothing.

    Args:
        file: a path, or the contents of a file.

    Raises:
        InvalidParamsError: there is no such file, or it is none of vibes; names what is wrong.
    """
    return [_construct(fields, place) for place, fields in load_vibes(file)]


def _construct(fields: dict[str, Any], place: str) -> Vibe:
    try:
        return construct(Vibe, fields)
    except InvalidParamsError as error:
        raise file_error(f"{place}{error.field}", error.problems[0][1]) from None
