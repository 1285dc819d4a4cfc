"""Exit codes: what a script learns from a command's number."""

from enum import IntEnum

from novelai.errors import (
    AuthenticationError,
    BudgetExceededError,
    ConfigurationError,
    InsufficientAnlasError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NetworkError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)

__all__ = ["MEANINGS", "ExitCode", "exit_code"]


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    OTHER = 1
    USAGE = 2
    KEY = 3
    ANLAS = 4
    BUSY = 5
    NETWORK = 6
    SERVICE = 7
    NOTHING = 8
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.OTHER: "anything else, for example a file that cannot be written",
    ExitCode.USAGE: "wrong option or parameter",
    ExitCode.KEY: "no key, a wrong key, or not allowed with it",
    ExitCode.ANLAS: "not enough Anlas",
    ExitCode.BUSY: "busy: another generation is running, or too many requests",
    ExitCode.NETWORK: "no complete answer: network",
    ExitCode.SERVICE: "the service failed",
    ExitCode.NOTHING: "nothing found (info)",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}

BY_ERROR: tuple[tuple[type[NovelAIError], ExitCode], ...] = (
    (MissingAPIKeyError, ExitCode.KEY),
    (AuthenticationError, ExitCode.KEY),
    (PermissionDeniedError, ExitCode.KEY),
    (InsufficientAnlasError, ExitCode.ANLAS),
    (BudgetExceededError, ExitCode.ANLAS),
    (RateLimitError, ExitCode.BUSY),
    (NetworkError, ExitCode.NETWORK),
    (NotFoundError, ExitCode.SERVICE),
    (ConfigurationError, ExitCode.USAGE),
    (InvalidRequestError, ExitCode.USAGE),
    (ServerError, ExitCode.SERVICE),
    (InvalidResponseError, ExitCode.SERVICE),
)
"""The first kind that fits counts, so narrow ones stand before the wide ones they belong to."""


def exit_code(error: NovelAIError) -> ExitCode:
    """Return the code of a command that ended with this error."""
    return next((code for kind, code in BY_ERROR if isinstance(error, kind)), ExitCode.OTHER)
