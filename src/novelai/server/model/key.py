"""A key as a value: who calls, within which limits, and with which models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Row

from novelai.catalogue import base_model, image_models
from novelai.server.model.budget import Budget
from novelai.server.model.problems import ProblemError
from novelai.server.model.rows import columns_of
from novelai.types.base import construct
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams

__all__ = [
    "Key",
    "Limits",
    "Scope",
    "check_model",
    "default_model",
    "key_from",
    "list_allowed_models",
    "with_model",
    "without_administration",
]

Scope = Literal["generate", "read", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a key may do. A new key takes only what is free.

    Attributes:
        scopes: ``generate`` submits, ``read`` looks, ``admin`` manages keys and accounts.
        models: ids that may be used; ``None`` allows all.
        free_only: only what costs nothing.
        fit_free: orders of other programs are brought inside what is free where that is possible;
            see `novelai.server.jobs.fitting`.
        budget_job: Anlas for one job; ``None`` is without limit, as below.
        budget_day: Anlas within the last 24 hours.
        budget_week: Anlas within the last 7 days.
        budget_month: Anlas within the last 30 days.
        allowance_month: free V5 pictures within the last 30 days.
        max_queued: single orders that may wait at once.
        max_series: pictures of series that may wait at once; 0: no series.
        rate_minute: jobs within the last minute.
        weight: share of the accounts' time beside other keys of the same owner; more than 0.
        expires_at: unix seconds; ``None`` is never.
    """

    scopes: Sequence[Scope] = ("generate", "read")
    models: Sequence[str] | None = None
    free_only: bool = True
    fit_free: bool = False
    budget_job: int | None = None
    budget_day: int | None = None
    budget_week: int | None = None
    budget_month: int | None = None
    allowance_month: int | None = None
    max_queued: int = 100
    max_series: int = 200
    rate_minute: int = 120
    weight: float = 1.0
    expires_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, without its secret.

    Attributes:
        prefix: the first characters of the secret, to tell keys apart.
        vtime: its clock in fair queueing.
        options: what a client of this key chose, for example its model.
    """

    id: str
    owner_id: str
    name: str
    prefix: str
    limits: Limits
    vtime: float
    created_at: float
    revoked_at: float | None
    last_used_at: float | None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def budget(self) -> Budget:
        """Return the key's budget."""
        limits = self.limits
        return Budget(
            free_only=limits.free_only,
            per_job=limits.budget_job,
            windows={
                "day": limits.budget_day,
                "week": limits.budget_week,
                "month": limits.budget_month,
            },
            allowance=limits.allowance_month,
            models=limits.models,
        )

    def valid(self, now: float) -> bool:
        """Return whether it opens anything at this time."""
        expires = self.limits.expires_at
        return self.revoked_at is None and (expires is None or now < expires)


def key_from(row: Row[Any]) -> Key:
    """Read a row of the keys table."""
    columns = columns_of(row)
    columns.pop("secret_hash")
    columns.pop("webhook_secret")
    limits = Limits(**{name: columns.pop(name) for name in Limits.__slots__})
    return Key(limits=limits, **columns)


def without_administration(key: Key) -> Key:
    """Return a key as those see it who showed less than its secret."""
    scopes = tuple(scope for scope in key.limits.scopes if scope != "admin")
    return replace(key, limits=replace(key.limits, scopes=scopes))


NEWER = "nai-diffusion"
"""How ids begin that the catalogue may not know yet."""


def list_allowed_models(key: Key) -> list[str]:
    """Return the picture models that a key may use, newest first."""
    return [model for model in image_models() if _is_allowed(key, model)]


def default_model(key: Key) -> str:
    """Return the model of who names none: NovelAI's default, or the first that the key allows."""
    if _is_allowed(key, DEFAULT_MODEL):
        return DEFAULT_MODEL
    named = key.limits.models or ()
    images = (one for one in named if one in image_models() or _is_newer(one))
    return next(images, DEFAULT_MODEL)


def check_model(key: Key, model: str) -> None:
    """Go on only if a key may use a model.

    Raises:
        ProblemError: 403; it may not.
    """
    if not _is_allowed(key, model):
        raise ProblemError(
            403,
            "model",
            f"This key may not use {model}. It may use: {', '.join(key.limits.models or ())}.",
        )


def with_model(params: GenerateImageParams, model: str) -> GenerateImageParams:
    """Return the same picture from a model, whose defaults stand for what was not stated.

    Raises:
        InvalidParamsError: the model does not take a value.
    """
    if params.model == model:
        return params
    stated: dict[str, Any] = {name: getattr(params, name) for name in params.model_fields_set}
    return construct(GenerateImageParams, stated | {"model": model})


def _is_allowed(key: Key, model: str) -> bool:
    return key.limits.models is None or model in key.limits.models


def _is_newer(name: str) -> bool:
    return name.startswith(NEWER) and base_model(name) == name
