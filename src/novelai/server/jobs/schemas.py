"""Jobs as the HTTP API shows and takes them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from novelai.server.accounts.schemas import AccountView
from novelai.server.fields import Line
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.keys.schemas import KeyView
from novelai.server.model.job import JobCharge, State
from novelai.server.model.params import JobKind
from novelai.templates.rolls import ROLL_SEEDS

__all__ = [
    "AgainIn",
    "JobChangeIn",
    "JobError",
    "JobImage",
    "JobIn",
    "JobPage",
    "JobSummary",
    "JobVibe",
    "JobView",
    "QueueIn",
    "QueuePage",
    "ResolveIn",
    "StateView",
]


class _In(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


class JobIn(_In):
    """A job that is asked for.

    Attributes:
        kind: what to do.
        params: as the models of `novelai.types` name them. A picture is base64 text, a data URL,
            ``{"upload": sha256}`` or ``{"image": id}``.
        webhook: an https address that is told of the job's end.
        priority: higher goes first among the jobs of one owner; -100 to 100.
        templates: the texts of a picture are templates, which are expanded now with the caller's
            library; the picture keeps what was picked.
        roll_seed: of templates: what the picks follow from; without one it is drawn.
        replay: of templates: the id of a picture whose picks are given again.
        collection: the id of a collection that its pictures go into.
    """

    kind: JobKind = "generate"
    params: dict[str, Any] = Field(repr=False)
    webhook: str | None = Field(default=None, max_length=2000, repr=False)
    priority: int = Field(default=0, ge=-100, le=100)
    templates: bool = False
    roll_seed: int | None = Field(default=None, ge=0, lt=ROLL_SEEDS)
    replay: Line | None = Field(default=None, max_length=100)
    collection: Line | None = Field(default=None, max_length=100)

    @model_validator(mode="after")
    def _knows_templates(self) -> Self:
        if self.templates and self.kind != "generate":
            raise ValueError("templates are for kind generate")
        if not self.templates and (self.roll_seed, self.replay) != (None, None):
            raise ValueError("roll_seed and replay go with templates")
        return self


class JobChangeIn(_In):
    """What to change of a job that waits.

    Attributes:
        params: all of its parameters anew.
        priority: higher goes first.
        before: the job to put it in front of; ``null`` puts it at the end.
    """

    params: dict[str, Any] | None = Field(default=None, repr=False)
    priority: int | None = Field(default=None, ge=-100, le=100)
    before: str | None = None


class ResolveIn(_In):
    """What became of an uncertain job, as its owner found out.

    Attributes:
        charged: NovelAI charged for it. Otherwise it is queued again.
    """

    charged: bool


class AgainIn(_In):
    """What is different this time.

    Attributes:
        changes: parameters by name; ``null`` takes one away.
    """

    changes: dict[str, Any] = Field(default_factory=dict[str, Any], repr=False)


class QueueIn(_In):
    """Whether the queue rests: what runs goes on, nothing new is started."""

    paused: bool


class JobSummary(BaseModel):
    """What a job is about, in short.

    Attributes:
        prompt: at most 200 characters of it.
        tool: of the director tools.
    """

    prompt: str = Field(default="", repr=False)
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    seed: int | None = None
    n_samples: int = 1
    tool: str | None = None


class JobImage(BaseModel):
    """A picture of a job."""

    id: str
    url: str
    thumb: str
    seed: int | None
    width: int
    height: int
    media_type: str


class JobVibe(BaseModel):
    """An encoded vibe that a job made."""

    id: str
    model: str
    info_extracted: float


JobError = Annotated[
    Mapping[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "detail": {"type": "string"},
                "charged": {"enum": ["no", "yes", "unknown"], "type": "string"},
                "retry_after": {"type": "number"},
                "required": {"type": "integer"},
                "available": {"type": "integer"},
            },
            "required": ["code", "detail"],
            "additionalProperties": True,
        }
    ),
]
"""What went wrong with a job, as it was noted down."""


class JobView(BaseModel):
    """A job.

    Attributes:
        position: how many jobs come before it, while it waits.
        eta_seconds: about how long until it is done.
        waits_for: what keeps it from beginning, where it is more than its turn.
        cost_max: Anlas reserved for it.
        cost: Anlas it was charged with, once that is known.
        price: Anlas it costs on the account that runs it.
        allowance: free V5 pictures it uses.
        series: the series that it belongs to.
        cell: its place in there; ``null`` in a series: it prepares something for the cells.
        take: how often that place was done before.
        params: with pictures as ``{"sha256": ...}``; only where it was asked for.
        error: what went wrong: ``code``, ``detail``, ``charged`` and more.
    """

    id: str
    kind: JobKind
    state: State
    door: str
    model: str | None
    position: int | None = None
    eta_seconds: float | None = None
    waits_for: str | None = None
    created_at: float
    started_at: float | None
    finished_at: float | None
    attempts: int
    cost_max: int
    cost: int | None
    price: int | None
    allowance: int
    charged: JobCharge
    priority: int
    series: str | None = None
    cell: int | None = None
    take: int = 0
    summary: JobSummary
    params: Mapping[str, Any] | None = Field(default=None, repr=False)
    images: list[JobImage] = []
    vibes: list[JobVibe] = []
    error: JobError | None
    webhook: str | None = Field(default=None, repr=False)


class JobPage(BaseModel):
    """Jobs, newest first; ``next`` goes into ``before`` for those behind them."""

    jobs: list[JobView]
    next: int | None = None


class QueuePage(BaseModel):
    """Single orders that wait, in the order in which they will run.

    Attributes:
        waiting: how many there are in all.
        next: goes into ``after`` for those behind them.
    """

    queue: list[JobView]
    waiting: int
    next: str | None = None


class StateView(BaseModel):
    """Everything a page needs to begin with.

    Attributes:
        event_id: events behind this one follow the state; for ``after``.
        queue: the first single orders, in the order in which they will run; the others are told by
            ``/api/waiting``, behind the last of these.
        waiting: how many there are in all.
        recent: jobs that ended last.
        series: those that go on, and the last that ended.
    """

    epoch: str
    seq: int
    event_id: str
    paused: bool
    demo: bool
    version: str
    queue: list[JobView]
    waiting: int
    running: list[JobView]
    uncertain: list[JobView]
    recent: list[JobView]
    series: list[SeriesView]
    account: AccountView | None
    accounts: list[AccountView]
    limits: KeyView
