"""NovelAI for Python: the whole HTTP API, typed, sync and async.

from novelai import NovelAI

with NovelAI() as client:  # the token comes from NOVELAI_API_KEY
    client.image.generate(prompt="1girl, cat ears")[0].save("cat.png")
"""

from novelai._retry import RetryPolicy
from novelai._version import __version__
from novelai.client import AsyncNovelAI, NovelAI
from novelai.errors import (
    AuthenticationError,
    CallerGoneError,
    ConcurrentGenerationError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    ConnectionLostError,
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
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    UnknownModelWarning,
)

__all__ = [
    "AsyncNovelAI",
    "AuthenticationError",
    "CallerGoneError",
    "ConcurrentGenerationError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "ConnectionLostError",
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
    "RateLimitError",
    "RequestTimeoutError",
    "RetryPolicy",
    "ServerError",
    "UnknownModelWarning",
    "__version__",
]
