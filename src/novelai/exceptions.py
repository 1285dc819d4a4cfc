"""The errors under the module name novelai-sdk gives them; `novelai.errors` describes them."""

from novelai.errors import (
    AuthenticationError,
    InvalidRequestError,
    MissingAPIKeyError,
    NetworkError,
    NovelAIError,
    RateLimitError,
    ServerError,
)

__all__ = [
    "AuthenticationError",
    "InvalidRequestError",
    "MissingAPIKeyError",
    "NetworkError",
    "NovelAIError",
    "RateLimitError",
    "ServerError",
]
