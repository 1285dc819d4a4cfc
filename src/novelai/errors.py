"""Everything that can go wrong, as one tree.

NovelAIError
├── MissingAPIKeyError             no key was given and NOVELAI_API_KEY is unset
├── ConfigurationError             an option or environment variable has a value that cannot work
├── BudgetExceededError            a call would cost more than is left of a budget; not sent
├── InvalidRequestError            wrong request: 400, 404, 409, 413, 422, or found before sending
│   ├── InvalidParamsError         found here, before anything was sent; names the field
│   ├── TemplateError              a template cannot be expanded; names the kind of fault
│   ├── SeriesError                a series cannot be planned; names the kind of fault
│   ├── BatchError                 a batch cannot go on from its file or in its folder
│   ├── NotFoundError              404: this address does not exist (any more)
│   └── ConflictError              409
├── AuthenticationError            401: the token is missing, wrong or revoked
├── PermissionDeniedError          403: the token is fine, the thing is not allowed
├── InsufficientAnlasError         402: not enough Anlas, or no active subscription
├── RateLimitError                 429
│   └── ConcurrentGenerationError  429: another generation is running on this account
├── ServerError                    5xx
├── CallerGoneError                the caller went away while waiting for its turn
├── NetworkError                   no complete answer arrived
│   ├── ConnectionFailedError      the request never left: certainly not charged
│   ├── RequestTimeoutError        it left, and no answer came in time
│   └── ConnectionLostError        it left, and the connection broke before the answer was complete
└── InvalidResponseError           an answer arrived and cannot be understood
    └── GenerationFailedError      the service reported a failure inside a stream

Every error says whether the call was charged: ``charged`` is ``"no"`` when it certainly was not,
``"unknown"`` when a paid call may have run although its result did not arrive.
"""

import re
from functools import partial
from typing import Any, Literal

__all__ = [
    "AuthenticationError",
    "BatchError",
    "BatchFault",
    "BudgetExceededError",
    "CallerGoneError",
    "Charged",
    "ConcurrentGenerationError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "ConnectionLostError",
    "FixedFieldWarning",
    "GenerationFailedError",
    "InsufficientAnlasError",
    "InvalidParamsError",
    "InvalidRequestError",
    "InvalidResponseError",
    "MissingAPIKeyError",
    "NetworkError",
    "NotFoundError",
    "NovelAIError",
    "PermissionDeniedError",
    "PromptCutWarning",
    "RateLimitError",
    "RequestTimeoutError",
    "SeriesError",
    "SeriesFault",
    "ServerError",
    "TemplateError",
    "TemplateFault",
    "UnknownModelWarning",
]

HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

Charged = Literal["no", "unknown"]
BatchFault = Literal["edited", "folder", "locked", "newer", "no_order", "other_run"]
SeriesFault = Literal["axis", "document", "limit", "too_many_axes", "too_many_pictures"]
TemplateFault = Literal[
    "circle",
    "empty_list",
    "take",
    "too_deep",
    "too_large",
    "too_long",
    "too_many_options",
    "too_many_picks",
    "unknown_name",
    "weight",
]


class NovelAIError(Exception):
    """Base of every error this package raises.

    Attributes:
        message: what happened, in one or two sentences.
        status: the HTTP status, or ``None`` when no answer arrived.
        request_id: the ``x-correlation-id`` the request carried; quote it when asking for help.
        retry_after: seconds to wait before trying again, when the service said so.
        body: the first 500 characters of the answer's text, never of the request's.
        charged: ``"no"`` or ``"unknown"``; see the module's docstring.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: str | None = None,
        charged: Charged = "no",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body
        self.charged: Charged = charged

    @property
    def code(self) -> str:
        """The kind of error for programs: the class in small letters, ``insufficient_anlas``."""
        return HUMP.sub("_", type(self).__name__.removesuffix("Error")).lower()


class ConfigurationError(NovelAIError):
    """An option or environment variable has a value that cannot work."""


class MissingAPIKeyError(NovelAIError):
    """No key was given and ``NOVELAI_API_KEY`` is unset."""


class BudgetExceededError(NovelAIError):
    """A call would cost more than is left of a `novelai.Budget`. Nothing was sent.

    Attributes:
        price: Anlas it would cost; ``None`` when the price is unknown.
        limit: Anlas of the budget.
        left: Anlas that are left of it.
        renews_at: when all of it is there again, in unix seconds; ``None``: never.
    """

    price: int | None = None
    limit: int | None = None
    left: int | None = None
    renews_at: float | None = None


class InvalidRequestError(NovelAIError):
    """The service, or a check before sending, refused the request. Nothing was charged."""


class InvalidParamsError(InvalidRequestError, ValueError):
    """A check before sending found a wrong value. Nothing was sent.

    Raised by parameter models, it is a `pydantic.ValidationError` as well.

    Attributes:
        field: dotted name of the first field that is wrong, for example ``"i2i.strength"``.
        problems: every finding as ``(field, sentence)``.
    """

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(
            "; ".join(f"{field}: {text}" if field else text for field, text in problems)
        )
        self.problems = problems
        self.field: str = problems[0][0] if problems else ""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is rebuilt from its message by default; this one is made from findings.
        return type(self), (self.problems,), self.__dict__


class TemplateError(InvalidRequestError, ValueError):
    """A template cannot be expanded; see `novelai.templates`. Nothing was sent.

    Attributes:
        kind: the kind of fault, for programs.
        field: the field whose text it is, for example ``"characters.0.prompt"``.
        start: where in that text the piece begins that is wrong, or that leads to what is wrong in
            a list or a snippet; in characters, ``None`` when it is the whole.
        end: where it ends.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: TemplateFault,
        field: str = "",
        start: int | None = None,
        end: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: TemplateFault = kind
        self.field = field
        self.start = start
        self.end = end

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is rebuilt from its message by default; this one needs its kind, too.
        return partial(type(self), kind=self.kind), (self.message,), self.__dict__


class SeriesError(InvalidRequestError, ValueError):
    """A series cannot be planned; see `novelai.series`. Nothing was sent.

    Attributes:
        kind: the kind of fault, for programs.
        field: the field of its document that is wrong, for example ``"axes.0.values"``, if that is
            known.
    """

    def __init__(self, message: str, *, kind: SeriesFault, field: str = "") -> None:
        super().__init__(message)
        self.kind: SeriesFault = kind
        self.field = field

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), kind=self.kind), (self.message,), self.__dict__


class BatchError(InvalidRequestError, ValueError):
    """A batch cannot begin or go on; see `novelai.batch`. Nothing was sent.

    Attributes:
        kind: the kind of fault, for programs: its file was ``"edited"``, is of an ``"other_run"``,
            of a ``"newer"`` version or ``"locked"`` by a run that goes on, or holds ``"no_order"``
            to go on from by itself; or the ``"folder"`` cannot take its pictures.
    """

    def __init__(self, message: str, *, kind: BatchFault) -> None:
        super().__init__(message)
        self.kind: BatchFault = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), kind=self.kind), (self.message,), self.__dict__


class NotFoundError(InvalidRequestError):
    """404: the service does not have this address (any more)."""


class ConflictError(InvalidRequestError):
    """409: the request collides with the account's present state."""


class AuthenticationError(NovelAIError):
    """401: the token is missing, wrong or revoked."""


class PermissionDeniedError(NovelAIError):
    """403: the token is valid, but what was asked for is not allowed with it."""


class InsufficientAnlasError(NovelAIError):
    """402: not enough Anlas, or no active subscription. Nothing was charged.

    Attributes:
        required: Anlas the call would have cost, when the service said so.
        available: Anlas the account has, likewise.
    """

    required: int | None = None
    available: int | None = None


class RateLimitError(NovelAIError):
    """429: too many requests."""


class ConcurrentGenerationError(RateLimitError):
    """429: another generation is running on this account; NovelAI runs one at a time."""


class ServerError(NovelAIError):
    """5xx: the service failed. For a paid call it is not known whether it ran."""


class CallerGoneError(NovelAIError):
    """The caller went away while waiting for its turn. Nothing was sent."""


class NetworkError(NovelAIError):
    """No complete answer arrived."""


class ConnectionFailedError(NetworkError):
    """The request never left this machine, so it cannot have been charged."""


class RequestTimeoutError(NetworkError):
    """The request left, and no answer came in time."""


class ConnectionLostError(NetworkError):
    """The request left, and the connection broke before the answer was complete."""


class InvalidResponseError(NovelAIError):
    """An answer arrived that cannot be understood: a broken archive, frame or document."""


class GenerationFailedError(InvalidResponseError):
    """The service reported a failure inside a stream that had begun with status 200."""


class UnknownModelWarning(UserWarning):
    """A model id is not in the catalogue: it is passed through, its limits and price unknown."""


class FixedFieldWarning(UserWarning):
    """A parameter was given that the model sets by itself: the model's own value is used."""


class PromptCutWarning(UserWarning):
    """A prompt or undesired content is longer than the model reads: its end has no effect."""
