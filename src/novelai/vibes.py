"""Vibe files: ``.naiv4vibe``, and ``.naiv4vibebundle`` for several.

They are JSON, as NovelAI's page reads and writes them (observed October 2026): the picture, and the
encodings that were paid for, by model and by how much was read from the picture.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias, cast

from novelai._images import file_bytes, open_image
from novelai._saving import save_whole
from novelai.catalogue import vibe_key, vibe_model
from novelai.errors import InvalidParamsError
from novelai.types.base import construct
from novelai.types.vibe import Vibe

__all__ = ["VibeFile", "read_vibe", "read_vibes", "vibe_file", "write_vibes"]

VibeFile: TypeAlias = str | PathLike[str] | bytes
"""A path, or the contents of a file."""

VIBE = "novelai-vibe-transfer"
BUNDLE = "novelai-vibe-transfer-bundle"
MAX_BYTES = 128 * 1024 * 1024
"""Sixteen vibes with a picture of 4 MB each, and room for encodings; more is not a vibe file."""

MAX_VIBES = 256
THUMBNAIL = (256, 256)
UNKNOWN = "unknown"


def read_vibe(file: VibeFile) -> Vibe:
    """Read a file that holds one vibe.

    Raises:
        InvalidParamsError: it cannot be read, or holds several; names what is wrong.
    """
    vibes = read_vibes(file)
    if len(vibes) != 1:
        raise _broken("", f"holds {len(vibes)} vibes; read them with novelai.vibes.read_vibes")
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
    document = _document(_contents(file))
    kind = document.get("identifier")
    if kind == VIBE:
        return [_vibe(document, "")]
    if kind != BUNDLE:
        raise _broken("identifier", f"is not {VIBE} or {BUNDLE}")
    vibes = _list(document.get("vibes"), "vibes")
    if len(vibes) > MAX_VIBES:
        raise _broken("vibes", f"must be at most {MAX_VIBES}, got {len(vibes)}")
    return [_vibe(_map(one, f"vibes.{i}"), f"vibes.{i}.") for i, one in enumerate(vibes)]


def write_vibes(
    path: str | PathLike[str], vibes: Vibe | Sequence[Vibe], *, created: datetime | None = None
) -> None:
    """Write a vibe file: a single vibe as ``.naiv4vibe``, a sequence as a bundle.

    A vibe's plain ``encoding`` names no model and is left out; `Vibe.with_encoding` names one.

    Args:
        path: the file; it is replaced if it exists, as a whole.
        vibes: one vibe, or several for a bundle.
        created: the time stated in the file; by default now.

    Raises:
        InvalidParamsError: a picture cannot be read, or a vibe holds nothing to write.
        OSError: the file cannot be written.
    """
    save_whole(Path(path), vibe_file(vibes, created=created))


def vibe_file(vibes: Vibe | Sequence[Vibe], *, created: datetime | None = None) -> bytes:
    """Return the contents of a vibe file; see `write_vibes`.

    Raises:
        InvalidParamsError: a picture cannot be read, or a vibe holds nothing to write.
    """
    now = int((created or datetime.now(UTC)).timestamp() * 1000)
    if isinstance(vibes, Vibe):
        document = _write(vibes, "image", now)
    else:
        written = [_write(one, f"vibes.{i}.image", now) for i, one in enumerate(vibes)]
        document = {"identifier": BUNDLE, "version": 1, "vibes": written}
    return json.dumps(document).encode()


def _contents(file: VibeFile) -> bytes:
    if isinstance(file, bytes):
        data = file
    else:
        try:
            with Path(file).open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise _broken("", "there is no such file") from None
        except (OSError, ValueError) as error:
            raise _broken("", f"cannot be read: {type(error).__name__}") from None
    if len(data) > MAX_BYTES:
        raise _broken("", f"must be at most {MAX_BYTES} bytes")
    return data


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError):
        raise _broken("", "is not JSON") from None
    return _map(document, "")


def _vibe(document: Mapping[str, Any], place: str) -> Vibe:
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
    try:
        return construct(Vibe, fields)
    except InvalidParamsError as error:
        raise _broken(f"{place}{error.field}", error.problems[0][1]) from None


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
        raise _broken(place, "is missing")
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise _broken(place, "is not base64") from None


def _map(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _broken(place, "is not a JSON object")
    return cast("Mapping[str, Any]", value)


def _list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _broken(place, "is not a list")
    return cast("list[Any]", value)


def _broken(place: str, sentence: str) -> InvalidParamsError:
    return InvalidParamsError([(f"file.{place}".rstrip("."), sentence)])
