"""The format of vibe files: their contents as plain values, and back."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from novelai._images import ImageInput, file_bytes, open_image
from novelai.catalogue import vibe_key, vibe_model
from novelai.errors import InvalidParamsError

__all__ = ["VibeFile", "dump_vibe", "dump_vibes", "file_error", "load_vibes"]

VibeFile: TypeAlias = str | PathLike[str] | bytes
"""A path, or the contents of a file."""

VIBE = "novelai-vibe-transfer"
BUNDLE = "novelai-vibe-transfer-bundle"
MAX_BYTES = 128 * 1024 * 1024
"""Sixteen vibes with a picture of 4 MB each, and room for encodings; more is not a vibe file."""

MAX_VIBES = 256
THUMBNAIL = (256, 256)
UNKNOWN = "unknown"


class Encoding(Protocol):
    """An encoding, as far as a file holds it."""

    @property
    def model(self) -> str: ...
    @property
    def encoding(self) -> bytes: ...
    @property
    def info_extracted(self) -> float | None: ...


class Vibe(Protocol):
    """A vibe, as far as a file holds it."""

    @property
    def image(self) -> ImageInput | None: ...
    @property
    def encodings(self) -> Sequence[Encoding]: ...
    @property
    def info_extracted(self) -> float: ...
    @property
    def strength(self) -> float: ...
    @property
    def name(self) -> str | None: ...


def load_vibes(file: VibeFile) -> list[tuple[str, dict[str, Any]]]:
    """Return the vibes of a file, one or a bundle: where each stands, and its fields.

    Raises:
        InvalidParamsError: there is no such file, or it is none of vibes; names what is wrong.
    """
    document = _document(_contents(file))
    kind = document.get("identifier")
    if kind == VIBE:
        return [("", _fields(document, ""))]
    if kind != BUNDLE:
        raise file_error("identifier", f"is not {VIBE} or {BUNDLE}")
    vibes = _list(document.get("vibes"), "vibes")
    if len(vibes) > MAX_VIBES:
        raise file_error("vibes", f"must be at most {MAX_VIBES}, got {len(vibes)}")
    places = [f"vibes.{i}" for i in range(len(vibes))]
    return [
        (f"{place}.", _fields(_map(one, place), f"{place}."))
        for place, one in zip(places, vibes, strict=True)
    ]


def dump_vibe(vibe: Vibe, created: datetime | None = None) -> bytes:
    """Return the contents of a file with one vibe.

    Raises:
        InvalidParamsError: a picture cannot be read, or there is nothing to write.
    """
    return json.dumps(_write(vibe, "image", _milliseconds(created))).encode()


def dump_vibes(vibes: Sequence[Vibe], created: datetime | None = None) -> bytes:
    """Return the contents of a bundle.

    Raises:
        InvalidParamsError: a picture cannot be read, or a vibe holds nothing to write.
    """
    now = _milliseconds(created)
    written = [_write(one, f"vibes.{i}.image", now) for i, one in enumerate(vibes)]
    return json.dumps({"identifier": BUNDLE, "version": 1, "vibes": written}).encode()


def file_error(place: str, sentence: str) -> InvalidParamsError:
    """Return the error that names a place in a file and what is wrong there."""
    return InvalidParamsError([(f"file.{place}".rstrip("."), sentence)])


def _milliseconds(created: datetime | None) -> int:
    return int((created or datetime.now(UTC)).timestamp() * 1000)


def _contents(file: VibeFile) -> bytes:
    if isinstance(file, bytes):
        data = file
    else:
        try:
            with Path(file).open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise file_error("", "there is no such file") from None
        except (OSError, ValueError) as error:
            raise file_error("", f"cannot be read: {type(error).__name__}") from None
    if len(data) > MAX_BYTES:
        raise file_error("", f"must be at most {MAX_BYTES} bytes")
    return data


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError):
        raise file_error("", "is not JSON") from None
    return _map(document, "")


def _fields(document: Mapping[str, Any], place: str) -> dict[str, Any]:
    suggested = _map(document.get("importInfo") or {}, f"{place}importInfo")
    name, image = document.get("name"), document.get("image")
    fields: dict[str, Any] = {
        "image": _bytes(image, f"{place}image") if image else None,
        "encodings": list(_encodings(document, place)),
        "name": name if isinstance(name, str) else None,
    }
    if isinstance(suggested.get("strength"), (int, float)):
        fields["strength"] = suggested["strength"]
    extracted = suggested.get("information_extracted")
    if isinstance(extracted, (int, float)):
        fields["info_extracted"] = max(extracted, 0.01)  # the page's slider goes down to 0
    return fields


def _encodings(document: Mapping[str, Any], place: str) -> Iterable[dict[str, Any]]:
    models = _map(document.get("encodings") or {}, f"{place}encodings")
    for key, variants in models.items():
        where = f"{place}encodings.{key}"
        for variant, entry in _map(variants, where).items():
            fields = _map(entry, f"{where}.{variant}")
            params = _map(fields.get("params") or {}, f"{where}.{variant}.params")
            yield {
                "model": vibe_model(key) or key,
                "encoding": _bytes(fields.get("encoding"), f"{where}.{variant}.encoding"),
                "info_extracted": params.get("information_extracted"),
            }


def _write(vibe: Vibe, field: str, now: int) -> dict[str, Any]:
    picture = None if vibe.image is None else _picture(vibe, field)
    if picture is None and not vibe.encodings:
        raise InvalidParamsError([(field, "there is no picture and no encoding for a model")])
    image = b64encode(picture).decode() if picture else None
    # The page names a vibe by its picture's base64 text, or by its encoding's.
    text = image or b64encode(vibe.encodings[0].encoding).decode()
    name = sha256(text.encode()).hexdigest()
    document: dict[str, Any] = {
        "identifier": VIBE,
        "version": 1,
        "type": "image" if picture else "encoding",
        "id": name,
        "encodings": _write_encodings(vibe),
        "name": vibe.name or f"{name[:6]}-{name[-6:]}",
        "createdAt": now,
        "importInfo": {
            "information_extracted": vibe.info_extracted,
            "strength": vibe.strength,
        },
    }
    if vibe.encodings:
        document["importInfo"]["model"] = vibe.encodings[0].model
    if picture:
        document |= {"image": image, "thumbnail": _thumbnail(picture, field)}
    return document


def _write_encodings(vibe: Vibe) -> dict[str, dict[str, Any]]:
    models: dict[str, dict[str, Any]] = {}
    for one in vibe.encodings:
        extracted = one.info_extracted
        entry: dict[str, Any] = {"encoding": b64encode(one.encoding).decode()}
        if extracted is not None:
            entry["params"] = {"information_extracted": extracted}
        models.setdefault(vibe_key(one.model) or one.model, {})[_variant(extracted)] = entry
    return models


def _variant(extracted: float | None) -> str:
    """Return the name of an encoding among others for its model.

    The page's hash of its parameters.
    """
    if extracted is None:
        return UNKNOWN
    return sha256(f"information_extracted:{extracted:g}".encode()).hexdigest()


def _picture(vibe: Vibe, field: str) -> bytes:
    assert vibe.image is not None
    data = file_bytes(vibe.image, field)
    if data is not None:
        open_image(data, field)  # what is no picture is not written
        return data
    file = BytesIO()
    open_image(vibe.image, field).convert("RGBA").save(file, "PNG")
    return file.getvalue()


def _thumbnail(picture: bytes, field: str) -> str:
    image = open_image(picture, field).convert("RGB")
    image.thumbnail(THUMBNAIL)
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"


def _bytes(value: object, place: str) -> bytes:
    if not isinstance(value, str) or not value:
        raise file_error(place, "is missing")
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise file_error(place, "is not base64") from None


def _map(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise file_error(place, "is not a JSON object")
    return cast("Mapping[str, Any]", value)


def _list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise file_error(place, "is not a list")
    return cast("list[Any]", value)
