"""What a batch gives back."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from novelai.errors import NovelAIError
from novelai.series import Cell
from novelai.types.base import seed_at
from novelai.types.generation import GenerateImageParams

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["BatchItem", "BatchProgress", "Status"]

Status: TypeAlias = Literal["done", "kept", "failed", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One call of a batch, and what came of it.

    Attributes:
        index: its place in the order, from 0; of a series the number of its cell.
        params: what was asked for, with the seed that was drawn.
        status: ``"done"``: made now. ``"kept"``: made by an earlier run, and in its file.
            ``"failed"``: ``error`` says why; it is sent again when the batch goes on, if it surely
            was not charged. ``"lost"``: it was, or may have been, charged, and its pictures are not
            there; it is not sent again unless you say so.
        paths: the files of its pictures.
        cost: Anlas it was charged with; ``None`` if that is not known.
        error: why there are no pictures.
        cell: its place in a series.
        also: further cells of the series that are the same picture.
        received: the pictures, as long as they are held in memory.
    """

    index: int
    params: GenerateImageParams = field(repr=False)
    status: Status
    paths: tuple[Path, ...] = ()
    cost: int | None = None
    error: NovelAIError | None = None
    cell: Cell[Any] | None = field(default=None, repr=False)
    also: tuple[Cell[Any], ...] = field(default=(), repr=False)
    received: "tuple[GeneratedImage, ...] | None" = field(default=None, repr=False)

    @property
    def images(self) -> "list[GeneratedImage]":
        """Its pictures; read from their files when they are not in memory.

        Raises:
            OSError: a file is not there any more.
        """
        if self.received is not None:
            return list(self.received)
        return read_pictures(self.paths, self.params.seed, self.cost)

    @property
    def image(self) -> "GeneratedImage":
        """Its first picture.

        Raises:
            NovelAIError: there is none; it is ``error``.
        """
        images = self.images
        if not images and self.error is not None:
            raise self.error
        return images[0]

    @property
    def path(self) -> Path | None:
        """The file of its first picture."""
        return self.paths[0] if self.paths else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """How far a batch is.

    Attributes:
        done: calls whose pictures are there, those of earlier runs included.
        total: calls in all.
        cost: Anlas spent by this run, as far as it is known.
        failed: calls that failed or were lost.
        seconds_left: about how long the rest takes; ``None`` before the first call has ended.
    """

    done: int
    total: int
    cost: int
    failed: int
    seconds_left: float | None


def read_pictures(
    paths: tuple[Path, ...], seed: int | None, cost: int | None
) -> "list[GeneratedImage]":
    """Read pictures from their files."""
    from novelai._metering import write_costs
    from novelai.pictures import GeneratedImage

    pictures = [
        GeneratedImage(path.read_bytes(), seed=None if seed is None else seed_at(seed, place))
        for place, path in enumerate(paths)
    ]
    if cost is not None:
        write_costs(pictures, cost)
    return pictures
