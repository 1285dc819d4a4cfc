"""NovelAI for Python: the whole HTTP API, typed, sync and async.

from novelai import NovelAI

with NovelAI() as client:  # the token comes from NOVELAI_API_KEY
    client.image.generate(prompt="1girl, cat ears")[0].save("cat.png")

The clients are loaded when they are first asked for, so that what needs none of them (the command
line's help, the emulator, its pytest plugin in every test run) does not wait for httpx2 and
pydantic.
"""

from typing import TYPE_CHECKING, Any

from novelai._version import __version__
from novelai.errors import (
    AuthenticationError,
    BatchError,
    BudgetExceededError,
    CallerGoneError,
    ConcurrentGenerationError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    ConnectionLostError,
    FixedFieldWarning,
    GenerationFailedError,
    InsufficientAnlasError,
    InvalidParamsError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NetworkError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    PromptCutWarning,
    RateLimitError,
    RequestTimeoutError,
    SeriesError,
    ServerError,
    TemplateError,
    UnknownModelWarning,
)

if TYPE_CHECKING:
    from novelai._operations.refine import enhance_params, variation_params
    from novelai._retry import RetryPolicy
    from novelai.async_client import AsyncNovelAI
    from novelai.batch import BatchItem, BatchProgress
    from novelai.budget import Budget
    from novelai.client import NovelAI

__all__ = [
    "AsyncNovelAI",
    "AuthenticationError",
    "BatchError",
    "BatchItem",
    "BatchProgress",
    "Budget",
    "BudgetExceededError",
    "CallerGoneError",
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
    "NovelAI",
    "NovelAIError",
    "PermissionDeniedError",
    "PromptCutWarning",
    "RateLimitError",
    "RequestTimeoutError",
    "RetryPolicy",
    "SeriesError",
    "ServerError",
    "TemplateError",
    "UnknownModelWarning",
    "__version__",
    "enhance_params",
    "variation_params",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name == "NovelAI":
        from novelai.client import NovelAI

        return NovelAI
    if name == "AsyncNovelAI":
        from novelai.async_client import AsyncNovelAI

        return AsyncNovelAI
    if name == "RetryPolicy":
        from novelai._retry import RetryPolicy

        return RetryPolicy
    if name == "Budget":
        from novelai.budget import Budget

        return Budget
    if name in ("BatchItem", "BatchProgress"):
        from novelai import batch

        return getattr(batch, name)
    if name in ("enhance_params", "variation_params"):
        from novelai._operations import refine

        return getattr(refine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
