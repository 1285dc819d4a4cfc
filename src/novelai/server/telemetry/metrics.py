"""What is counted. Labels come from the program alone: no prompt, token, key or caller's path."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import httpx2
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from novelai.server.model.job import Job, State

__all__ = ["Meter", "Watch", "WatchedTransport", "about", "trace_calls", "tracer"]

WAITS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
CALLS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OPERATIONS = frozenset(
    {
        "/ai/generate-image", "/ai/generate-image-stream", "/ai/generate-image/suggest-tags",
        "/ai/encode-vibe", "/ai/augment-image", "/ai/upscale", "/user/subscription", "/user/data",
    }
)  # fmt: skip


class Meter:
    """Counts in a registry of its own, so that two servers in a process count apart."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry: CollectorRegistry = registry
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self._jobs = Counter(
            "novelai_jobs", "Jobs that came into a state.", ["kind", "door", "state"],
            registry=registry,
        )  # fmt: skip
        self._waits = Histogram(
            "novelai_job_wait_seconds", "From submission to the first start.", ["kind"],
            buckets=WAITS, registry=registry,
        )  # fmt: skip
        self._anlas = Counter(
            "novelai_anlas_settled", "Anlas that jobs were charged.", ["kind"], registry=registry
        )
        self._calls = Histogram(
            "novelai_upstream_seconds", "Calls of NovelAI, to the end of the answer.",
            ["operation", "outcome"], buckets=CALLS, registry=registry,
        )  # fmt: skip
        self._answers = Histogram(
            "novelai_http_request_seconds", "Requests, to the end of the answer.",
            ["method", "route", "status"], buckets=ANSWERS, registry=registry,
        )  # fmt: skip
        self._held = Gauge(
            "novelai_jobs_held", "Jobs in a state now, of all processes.", ["state"],
            registry=registry,
        )  # fmt: skip
        self._accounts = Gauge(
            "novelai_accounts", "Accounts by health, of all owners.", ["health"], registry=registry
        )
        self._listeners = Gauge(
            "novelai_event_listeners", "Event streams that are open.", registry=registry
        )
        self._events = Counter(
            "novelai_events", "Events that this process heard of: job, preview, image, ...",
            ["name"], registry=registry,
        )  # fmt: skip
        self._storage = Counter(
            "novelai_storage_failures", "Requests that database or store made fail.",
            registry=registry,
        )  # fmt: skip
        self._told: dict[str, int] = {}
        self._deliveries = Gauge(
            "novelai_webhooks_waiting", "Messages to webhooks that are still to be delivered.",
            registry=registry,
        )  # fmt: skip

    def job(self, job: Job) -> None:
        """Count a job that came into its state, by this process."""
        self._jobs.labels(job.kind, job.door, job.state.value).inc()
        if job.state is State.RUNNING and job.attempts == 1 and job.started_at is not None:
            self._waits.labels(job.kind).observe(max(job.started_at - job.created_at, 0.0))
        if job.ended and job.cost:
            self._anlas.labels(job.kind).inc(job.cost)

    def call(self, path: str, outcome: str, seconds: float) -> None:
        """Count a call of NovelAI that ended.

        Args:
            path: of the request; one that is not known counts as ``other``.
            outcome: the status, or how it failed.
            seconds: it took.
        """
        operation = path if path in OPERATIONS else "other"
        self._calls.labels(operation, outcome).observe(seconds)

    def answer(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: any other than the usual ones counts as ``other``.
            route: its template, such as ``/api/jobs/{job_id}``.
            status: of the answer.
            seconds: it took.
        """
        method = method if method in METHODS else "other"
        self._answers.labels(method, route, str(status)).observe(seconds)

    def storage_failed(self) -> None:
        """Count a request that could not be answered because of the database or the store."""
        self._storage.inc()

    def text(
        self,
        *,
        held: Sequence[tuple[str, int]],
        accounts: Sequence[tuple[str, int]],
        told: Mapping[str, int],
        listeners: int,
        deliveries: int,
    ) -> bytes:
        """Everything, as Prometheus reads it.

        Args:
            held: how many jobs are in which unfinished state.
            accounts: how many accounts are in which health.
            told: how often events of which name were told since the start.
            listeners: open event streams.
            deliveries: messages to webhooks that wait.
        """
        self._held.clear()
        for state in (State.QUEUED, State.RUNNING, State.UNCERTAIN):
            self._held.labels(state.value).set(dict(held).get(state.value, 0))
        self._accounts.clear()
        for health, number in accounts:
            self._accounts.labels(health).set(number)
        for name, number in told.items():
            self._events.labels(name).inc(number - self._told.get(name, 0))
        self._told = dict(told)
        self._listeners.set(listeners)
        self._deliveries.set(deliveries)
        return generate_latest(self.registry)


Watch = Callable[[str, str, float], None]
"""Is told the path of a call, how it ended and the seconds it took."""


class WatchedTransport(httpx2.AsyncBaseTransport):
    """A transport that tells of its calls.

    Args:
        inner: makes them.
        watch: is told.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        watch: Watch,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._watch = watch
        self._monotonic = monotonic

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Make a call."""
        path, begun = request.url.path, self._monotonic()
        span = tracer.start_span(
            "novelai.upstream",
            kind=SpanKind.CLIENT,
            attributes={"http.request.method": request.method, "url.path": path},
        )

        def end(outcome: str) -> None:
            self._watch(path, outcome, self._monotonic() - begun)
            _end(span, outcome)

        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            end("unreachable" if isinstance(error, httpx2.TransportError) else "cancelled")
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Stream(response.stream, str(response.status_code), end)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _Stream(httpx2.AsyncByteStream):
    """The bytes of an answer; tells once how they ended."""

    def __init__(
        self, inner: httpx2.AsyncByteStream, status: str, end: Callable[[str], None]
    ) -> None:
        self._inner = inner
        self._outcome = status
        self._end: Callable[[str], None] | None = end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._inner:
                yield part
        except httpx2.TransportError:
            self._outcome = "cut"
            raise

    async def aclose(self) -> None:
        end, self._end = self._end, None
        try:
            await self._inner.aclose()
        finally:
            if end is not None:
                end(self._outcome)


def _end(span: Span, outcome: str) -> None:
    if outcome.isdecimal():
        span.set_attribute("http.response.status_code", int(outcome))
    if not outcome.startswith("2"):
        span.set_status(Status(StatusCode.ERROR, outcome))
    span.end()


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
