"""Logs: lines for people or JSON for programs, and no secret in either.

Texts of exceptions are left out, for they may quote what was handed in; where one came from and of
which kind it was is shown. Libraries only speak up when something is wrong: at a talkative level
they would tell headers and statements with their values.
"""

import json
import logging
import logging.config
import warnings
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import StackSummary, walk_tb
from types import TracebackType
from typing import Any, Literal

from opentelemetry import trace

from novelai.errors import (
    FixedFieldWarning,
    NovelAIError,
    PromptCutWarning,
    UnknownModelWarning,
)
from novelai.server.telemetry.redaction import redact

__all__ = [
    "REQUEST_ID",
    "JsonFormatter",
    "TextFormatter",
    "be_discreet",
    "log_config",
    "set_up_logs",
]

OURS = ("novelai", "uvicorn", "uvicorn.error", "uvicorn.access")
ACCESS = "uvicorn.access"

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The name of the request that is answered here and now."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Formatter(logging.Formatter):
    """Takes secrets out of the whole line."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the library's name
        """Format the places that an exception passed, without its text."""
        told: list[str] = []
        error = ei[1]
        while error is not None:
            frames = StackSummary.extract(walk_tb(error.__traceback__)).format()
            said = f": {error.message}" if isinstance(error, NovelAIError) else ""
            told.append("".join(frames) + type(error).__name__ + said)
            told.extend(_within(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nbecause of:\n".join(told)

    def message(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        if record.name == ACCESS and isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            return f'{client} - "{method} {_path(path)} HTTP/{version}" {status}'
        return record.getMessage()


def _within(error: BaseException) -> list[str]:
    inner: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return [f"  within: {type(one).__name__}" for one in inner]


def _path(path: object) -> str:
    return str(path).partition("?")[0]


class TextFormatter(_Formatter):
    """``22:41:07 INFO  what happened``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line; an exception follows on further ones."""
        at = datetime.fromtimestamp(record.created).astimezone()
        text = f"{at:%H:%M:%S} {record.levelname:<7} {self.message(record)}"
        request_id = REQUEST_ID.get()
        if request_id is not None:
            text += f" [{request_id}]"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return redact(text)


class JsonFormatter(_Formatter):
    """An object a line: ``time``, ``level``, ``logger``, ``message``, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as an object."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(self.message(record)),
        }
        if record.name == ACCESS and isinstance(record.args, tuple) and len(record.args) == 5:
            _, method, path, _, status = record.args
            fields |= {"method": method, "path": redact(_path(path)), "status": status}
        request_id = REQUEST_ID.get()
        if request_id is not None:
            fields["request_id"] = redact(request_id)
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            fields["trace_id"] = trace.format_trace_id(span.trace_id)
            fields["span_id"] = trace.format_span_id(span.span_id)
        if record.exc_info:
            fields["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(fields)


def log_config(level: str, format: Literal["text", "json"]) -> dict[str, Any]:
    """Build the logging configuration, for `logging.config.dictConfig` and for uvicorn.

    Args:
        level: of the server's own loggers.
        format: ``text`` for people, ``json`` for programs.
    """
    formatter = JsonFormatter if format == "json" else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "line",
            }
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            name: {"level": level.upper(), "handlers": ["stderr"], "propagate": False}
            for name in OURS
            if "." not in name
        }
        | {name: {"level": level.upper(), "propagate": True} for name in OURS if "." in name}
        # Each request to NovelAI is told of by jobs and metrics already.
        | {"novelai.client": {"level": "DEBUG" if level == "debug" else "WARNING"}},
    }


def set_up_logs(level: str, format: Literal["text", "json"]) -> None:
    """Log like this from now on, in this process."""
    be_discreet()
    logging.config.dictConfig(log_config(level, format))


def be_discreet() -> None:
    """Keep warnings about what a caller sent away from standard error."""
    for category in (FixedFieldWarning, PromptCutWarning, UnknownModelWarning):
        warnings.simplefilter("ignore", category)
