"""Keys as the HTTP API shows and takes them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from novelai.server.fields import Line, Moment
from novelai.server.model.key import Key, Limits, Scope

__all__ = ["KeyChangeIn", "KeyIn", "KeyList", "KeyMade", "KeyView", "LimitsIn", "key_view"]

Anlas = Annotated[int, Field(ge=0, le=10_000_000)]
Images = Annotated[int, Field(ge=0, le=10_000_000)]
Models = Annotated[list[Annotated[Line, Field(max_length=100)]], Field(max_length=100)]


class LimitsIn(BaseModel):
    """What a key may do; see `Limits`. A new key takes only what is free."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    scopes: list[Scope] = ["generate", "read"]
    models: Models | None = None
    free_only: bool = True
    fit_free: bool = False
    budget_job: Anlas | None = None
    budget_day: Anlas | None = None
    budget_week: Anlas | None = None
    budget_month: Anlas | None = None
    allowance_month: Images | None = None
    max_queued: int = Field(default=100, ge=0, le=1_000_000)
    max_series: int = Field(default=200, ge=0, le=1_000_000)
    rate_minute: int = Field(default=120, ge=0, le=1_000_000)
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)
    expires_at: Moment | None = None

    @property
    def limits(self) -> Limits:
        """As a value."""
        fields = {name: getattr(self, name) for name in LimitsIn.model_fields}
        return Limits(**fields)


class KeyIn(LimitsIn):
    """A key to make.

    Attributes:
        name: for people.
        owner: a name: the key belongs to a new owner with accounts of its own. Without it, to the
            caller's owner.
    """

    name: Line = Field(min_length=1, max_length=200)
    owner: Line | None = Field(default=None, min_length=1, max_length=200)


class KeyChangeIn(BaseModel):
    """Limits to change; those that are left out stay. ``null`` takes a limit away."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    scopes: list[Scope] = Field(default=[])
    models: Models | None = None
    free_only: bool = Field(default=True)
    fit_free: bool = Field(default=False)
    budget_job: Anlas | None = None
    budget_day: Anlas | None = None
    budget_week: Anlas | None = None
    budget_month: Anlas | None = None
    allowance_month: Images | None = None
    max_queued: int = Field(default=0, ge=0, le=1_000_000)
    max_series: int = Field(default=0, ge=0, le=1_000_000)
    rate_minute: int = Field(default=0, ge=0, le=1_000_000)
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)
    expires_at: Moment | None = None

    def apply(self, limits: Limits) -> Limits:
        """Return the limits with what was given."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return Limits(**(asdict(limits) | given))


class KeyList(BaseModel):
    """An owner's keys, the revoked ones too, oldest first."""

    keys: list["KeyView"]


class KeyView(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    prefix: str
    scopes: Sequence[Scope]
    models: Sequence[str] | None
    free_only: bool
    fit_free: bool
    budget_job: int | None
    budget_day: int | None
    budget_week: int | None
    budget_month: int | None
    allowance_month: int | None
    max_queued: int
    max_series: int
    rate_minute: int
    weight: float
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None


class KeyMade(BaseModel):
    """A new key. Its secrets are shown this once.

    Attributes:
        secret: what its holder sends as ``Authorization: Bearer``.
        webhook_secret: what signs its webhooks.
    """

    key: KeyView
    secret: str = Field(repr=False)
    webhook_secret: str | None = Field(default=None, repr=False)


def key_view(key: Key) -> KeyView:
    """Return a key as the API shows it."""
    fields: dict[str, Any] = asdict(key.limits)
    return KeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        **fields,
    )
