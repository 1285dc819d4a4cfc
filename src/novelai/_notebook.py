"""What notebooks show of values: small pieces of HTML that need nothing beside them."""

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Protocol, TypeVar

__all__ = ["PictureList", "audio_tag", "image_tag", "meter_tag", "table"]


class Shown(Protocol):
    """A picture, as far as it is shown."""

    data: bytes
    seed: int | None

    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> tuple[int, int]: ...


S = TypeVar("S", bound=Shown)


class PictureList(list[S]):
    """A list of pictures that notebooks show side by side, each as its file: settings inside."""

    def _repr_html_(self) -> str:
        figures = "".join(
            f'<figure style="margin:0">{image_tag(one.data, one.media_type, 240)}'
            f"<figcaption><small>{_caption(number, one)}</small></figcaption></figure>"
            for number, one in enumerate(self)
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{figures}</div>'


def _caption(number: int, picture: Shown) -> str:
    width, height = picture.size
    seed = "" if picture.seed is None else f" · seed {picture.seed}"
    return f"[{number}] {width}×{height}{seed}"


def image_tag(data: bytes, media_type: str, height: int) -> str:
    """Return an image that holds its file, shown at most this many pixels high."""
    return f'<img style="max-height:{height}px" src="{_data_url(data, media_type)}">'


def audio_tag(data: bytes, media_type: str) -> str:
    """Return a player that holds its file."""
    return f'<audio controls src="{_data_url(data, media_type)}"></audio>'


def meter_tag(percent: float, low: float) -> str:
    """Return a bar that is filled so far; below ``low`` it warns."""
    return f'<meter min="0" max="100" low="{low:g}" value="{min(max(percent, 0), 100):g}"></meter>'


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of a name, as text, and what stands beside it, as HTML."""
    cells = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{value}</td></tr>'
        for name, value in rows
    )
    return f"<table>{cells}</table>"


def _data_url(data: bytes, media_type: str) -> str:
    return f"data:{escape(media_type)};base64,{b64encode(data).decode('ascii')}"
