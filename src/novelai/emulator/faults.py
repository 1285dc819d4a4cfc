"""Scripted faults: what goes wrong with the next requests.

    emulator.script(Fault(status=500), None, Fault(at="after", drop=True))

fails the first request, lets the second pass, and runs and charges the third without answering.
"""

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

import anyio

Stall = float | threading.Event | anyio.Event


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        status: Answer with this status instead.
        body: Answer with this body instead; text is sent as UTF-8.
        content_type: Its content type; HTML when the body starts with `<`, else JSON.
        headers: Headers added to the answer.
        delay: Seconds to wait before anything happens.
        at: `before`: the request is never run and costs nothing. `after`: it runs and is charged,
            then the fault happens; the client cannot know. Faults inside a body (`cut_after`,
            `malformed_frame`, `error_event`) need an answer to spoil, so the request always runs.
        cut_after: Send this many bytes of the body, then cut the connection.
        clean_cut: With `cut_after`: end the body properly instead, so that only its content
            is incomplete.
        drop: Close the connection without any answer.
        malformed_frame: In a stream: a frame that cannot be read, after the first one.
        error_event: In a stream: an `error` event with this message after the first frame, then
            the end.
        stall: Seconds, or an event (of `threading` or `anyio`) to wait for: before the answer,
            or with `at="after"` in a stream, after its first frame. Ends early when the client
            goes away.
        low_balance: Answer 402 as for an empty account, whatever is asked for.
        path: Only for requests to this path; others leave the fault waiting.
        times: For how many requests.
    """

    status: int | None = None
    body: str | bytes | None = None
    content_type: str | None = None
    headers: dict[str, str] | None = None
    delay: float = 0.0
    at: Literal["before", "after"] = "before"
    cut_after: int | None = None
    clean_cut: bool = False
    drop: bool = False
    malformed_frame: bool = False
    error_event: str | None = None
    stall: Stall | None = None
    low_balance: bool = False
    path: str | None = None
    times: int = 1

    @property
    def replaces_answer(self) -> bool:
        """The handler's own answer is not sent."""
        return self.status is not None or self.body is not None or self.drop

    @property
    def prevents_run(self) -> bool:
        """The request is not run at all."""
        return self.at == "before" and self.replaces_answer


class Script:
    """Faults in the order they will happen."""

    def __init__(self) -> None:
        self._waiting: deque[Fault | None] = deque()

    def extend(self, faults: tuple[Fault | None, ...]) -> None:
        """Add faults; None lets one request pass."""
        self._waiting.extend(faults)

    def take(self, path: str) -> Fault | None:
        """Return the fault for a request to `path`: the first in line that is meant for it."""
        for position, fault in enumerate(self._waiting):
            if fault is not None and fault.path not in (None, path):
                continue
            if fault is not None and fault.times > 1:
                self._waiting[position] = replace(fault, times=fault.times - 1)
            else:
                del self._waiting[position]
            return fault
        return None

    def clear(self) -> None:
        """Drop all faults that did not happen yet."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)
