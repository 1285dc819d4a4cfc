"""Traces, through the API of OpenTelemetry: without its SDK nothing is recorded.

request > submit        claim        job > upstream call, spool, finish

The request's own span is of whoever instruments FastAPI. A job runs later, often in another
process, in a trace of its own: `submit` and `job` tell the same id, as ``novelai.job``.
"""

import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

__all__ = ["about", "trace_calls", "tracer"]

P = ParamSpec("P")
T = TypeVar("T")

tracer = trace.get_tracer("novelai.server")


def about(job_id: str) -> None:
    """Say which job the current span is about."""
    trace.get_current_span().set_attribute("novelai.job", job_id)


def trace_calls(
    name: str, *, only_results: bool = False
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Make a span of each call of an async function.

    No value of a call is recorded, and of an error its kind alone: texts may quote a prompt.

    Args:
        name: of the span, behind ``novelai.``.
        only_results: a call that gives ``None`` leaves no span, as when there was nothing to do.
    """

    def wrap(function: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(function)
        async def inside(*args: P.args, **kwargs: P.kwargs) -> T:
            with tracer.start_as_current_span(
                f"novelai.{name}", record_exception=False, set_status_on_exception=False
            ) as span:
                try:
                    return await function(*args, **kwargs)
                except Exception as error:
                    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                    raise

        @wraps(function)
        async def afterwards(*args: P.args, **kwargs: P.kwargs) -> T:
            begun = time.time_ns()
            result = await function(*args, **kwargs)
            if result is not None:
                tracer.start_span(f"novelai.{name}", start_time=begun).end()
            return result

        return afterwards if only_results else inside

    return wrap
