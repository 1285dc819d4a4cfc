"""Server-sent events as the HTTP API tells them: their names, and what each carries."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, RootModel

from novelai.server.accounts.schemas import AccountView
from novelai.server.jobs.schemas import JobView, QueueIn
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.library.entry import EntryKind

__all__ = [
    "STREAM",
    "AccountEvent",
    "CollectionChange",
    "CollectionEvent",
    "DraftEvent",
    "DraftRevision",
    "EventContent",
    "GalleryChange",
    "GalleryEvent",
    "JobEvent",
    "JobEventName",
    "JobPreview",
    "LibraryChange",
    "LibraryEvent",
    "PreviewEvent",
    "QueueEvent",
    "SeriesEvent",
    "ServerEvent",
    "StreamEvent",
]

JobEventName: TypeAlias = Literal[
    "job.queued", "job.updated", "job.started", "job.done", "job.failed", "job.cancelled"
]


class _Event(BaseModel):
    id: str | None = None


class JobEvent(_Event):
    """Something happened to a job. ``job.failed`` says also that its outcome is uncertain.

    Attributes:
        data: the job as it is now.
    """

    event: JobEventName
    data: JobView


class JobPreview(BaseModel):
    """What a picture looks like so far.

    Attributes:
        id: of the job.
        url: of the picture.
        sample: which of the job's pictures.
        rev: grows with each preview of a job.
    """

    id: str
    url: str
    step: int
    steps: int
    sample: int
    rev: int


class PreviewEvent(_Event):
    """There is a new preview. It has no id: who missed it needs only the next one."""

    event: Literal["job.preview"] = "job.preview"
    data: JobPreview


class QueueEvent(_Event):
    """The queue rests, or goes on."""

    event: Literal["queue.paused"] = "queue.paused"
    data: QueueIn


class AccountEvent(_Event):
    """Something about an account changed, such as its balance.

    Attributes:
        data: the account as it is now.
    """

    event: Literal["account"] = "account"
    data: AccountView


class GalleryChange(BaseModel):
    """What changed.

    Attributes:
        image: the picture's id; ``null`` when it may be any.
    """

    image: str | None


class GalleryEvent(_Event):
    """Pictures came, went or changed."""

    event: Literal["gallery.changed"] = "gallery.changed"
    data: GalleryChange


class DraftRevision(BaseModel):
    """Which revision of the draft there is now."""

    revision: int


class DraftEvent(_Event):
    """The draft was saved."""

    event: Literal["draft"] = "draft"
    data: DraftRevision


class LibraryChange(BaseModel):
    """Which entry of the library changed.

    Attributes:
        deleted: it went into the bin.
    """

    id: str
    kind: EntryKind
    revision: int
    deleted: bool


class LibraryEvent(_Event):
    """An entry of the library came, went or changed."""

    event: Literal["library"] = "library"
    data: LibraryChange


class SeriesEvent(_Event):
    """A series went on: told at most once a second of each, and when its state changes.

    Attributes:
        data: the series as it is now.
    """

    event: Literal["series"] = "series"
    data: SeriesView


class CollectionChange(BaseModel):
    """Which collection changed.

    Attributes:
        deleted: it went into the bin.
    """

    id: str
    deleted: bool


class CollectionEvent(_Event):
    """A collection came, went, or holds other pictures."""

    event: Literal["collection"] = "collection"
    data: CollectionChange


class StreamEvent(_Event):
    """Something about the stream itself.

    Attributes:
        event: ``reset``: something was missed, and the state is to be read anew. ``bye``: the
            server stops.
        data: nothing.
    """

    event: Literal["reset", "bye"]
    data: dict[str, str] = {}


EventContent: TypeAlias = (
    JobEvent
    | PreviewEvent
    | QueueEvent
    | AccountEvent
    | GalleryEvent
    | DraftEvent
    | LibraryEvent
    | SeriesEvent
    | CollectionEvent
    | StreamEvent
)


class ServerEvent(RootModel[Annotated[EventContent, Field(discriminator="event")]]):
    """One of the events of a stream; ``data`` is JSON."""


STREAM: dict[int | str, dict[str, Any]] = {
    200: {"model": ServerEvent, "description": "Server-sent events, each of them one of these"}
}
"""What a stream answers, for its description."""
