"""The log of the client: which requests left, what came of them, and what was waited for.

Never in it: tokens, prompts, queries, headers and bodies, or what an answer said.
"""

import logging
import sys
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TextIO

from novelai._wire import Outcome, Request, Unreachable, WaitReason

__all__ = [
    "INFO",
    "LOG",
    "StreamSize",
    "follow_stream",
    "log_outcome",
    "log_request",
    "log_wait",
    "start_logging",
]

PACKAGE = logging.getLogger("novelai")
LOG = logging.getLogger("novelai.client")
INFO = logging.INFO
VARIABLE = "NOVELAI_LOG"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to standard error, wherever that leads at the moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(logging.Formatter(FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        self.stream = sys.stderr
        super().emit(record)


def start_logging(environment: Mapping[str, str]) -> None:
    """Write the package's log to standard error, if ``NOVELAI_LOG`` says so."""
    wanted = environment.get(VARIABLE, "").strip().lower()
    if not wanted:
        return
    level = LEVELS.get(wanted)
    if level is None:
        warnings.warn(
            f"{VARIABLE} must be debug or info; nothing is written to the log",
            stacklevel=3,  # where the client is made
        )
        return
    PACKAGE.setLevel(level)
    if not any(isinstance(handler, StderrHandler) for handler in PACKAGE.handlers):
        PACKAGE.addHandler(StderrHandler())


def log_request(place: str, request: Request, request_id: str, attempt: int) -> None:
    """Tell that a request is about to leave.

    Args:
        place: host and path.
        request: what is sent.
        request_id: its id.
        attempt: how often it was sent, with this time.
    """
    LOG.debug(
        "%s %s: sends %d bytes; attempt %d, request %s",
        request.method,
        place,
        len(request.content or b""),
        attempt,
        request_id,
    )


def log_outcome(
    place: str,
    request: Request,
    request_id: str,
    attempt: int,
    *,
    outcome: Outcome,
    seconds: float,
) -> None:
    """Tell what came of an attempt, after how many seconds."""
    LOG.info(
        "%s %s: %s after %.0f ms; attempt %d, request %s",
        request.method,
        place,
        _describe(outcome),
        seconds * 1000,
        attempt,
        request_id,
    )


def log_wait(
    reason: WaitReason, seconds: float | None, position: int | None, request_id: str
) -> None:
    """Tell that a call waits: for its turn, or before another attempt."""
    if position is not None:
        LOG.info("waits for its turn, place %d; request %s", position, request_id)
    elif seconds is not None:
        LOG.info("tries again in %.1f s (%s); request %s", seconds, reason, request_id)


class StreamSize:
    """How much of a stream came.

    Attributes:
        received: bytes.
    """

    received = 0


@contextmanager
def follow_stream(place: str, request_id: str) -> Generator[StreamSize]:
    """Tell when the body of a stream ended, and how."""
    size = StreamSize()
    end = "ended"
    try:
        yield size
    except GeneratorExit:
        end = "was closed"
        raise
    except BaseException as error:
        end = f"broke ({type(error).__name__})"
        raise
    finally:
        LOG.info("%s: stream %s after %d bytes; request %s", place, end, size.received, request_id)


def _describe(outcome: Outcome) -> str:
    if isinstance(outcome, Unreachable):
        return f"{'no answer' if outcome.sent else 'not sent'} ({outcome.reason})"
    length = str(len(outcome.body) or outcome.headers.get("content-length", ""))
    return f"{outcome.status}, {length if length.isdecimal() else '?'} bytes"
