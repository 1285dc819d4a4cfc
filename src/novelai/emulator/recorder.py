"""What the emulator was asked, for tests and for the curious."""

from dataclasses import dataclass, field
from typing import Any, cast

MAX_RECORDS = 256
# Pictures in older records give way to their length: a long-running emulator stays small.
FULL_RECORDS = 32
_LONG = 4_096


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing in a request that the web client would not have sent.

    Attributes:
        request: Id of the recorded request.
        field: Dotted name of the field, `parameters.steps` for example.
        says: A sentence on it; quotes numbers and ids, and nothing of a prompt.
    """

    request: int
    field: str
    says: str


@dataclass(kw_only=True)
class RecordedRequest:
    """One request and what became of it.

    Attributes:
        id: Counts from 1.
        method: HTTP method.
        path: Path without the query.
        headers: Lower-case names; `authorization` is redacted.
        body: The decoded JSON (in a form: of the `request` part), or None.
        parts: Length in bytes of every binary part by name.
        account: The account's label, or None before it was authenticated.
        status: The status sent, or None while unanswered or when the connection was dropped.
        anlas_spent: What it cost in the end.
        started_at: Unix seconds.
        finished_at: When the answer ended, Unix seconds.
        completed: The generation ran to its end and was charged, whatever the client saw.
        remarks: What the web client would not have sent; found by a strict emulator only.
    """

    id: int
    method: str
    path: str
    headers: dict[str, str]
    started_at: float
    body: Any = None
    parts: dict[str, int] = field(default_factory=dict[str, int])
    account: str | None = None
    status: int | None = None
    anlas_spent: int = 0
    finished_at: float | None = None
    completed: bool = False
    remarks: list[Remark] = field(default_factory=list[Remark])


class Recorder:
    """The newest requests, oldest first, in `requests`.

    Args:
        keep: How many.
    """

    def __init__(self, keep: int = MAX_RECORDS) -> None:
        self._keep = keep
        self.requests: list[RecordedRequest] = []
        self._count = 0

    def begin(self, method: str, path: str, headers: dict[str, str], now: float) -> RecordedRequest:
        """Start a record at `now`, Unix seconds."""
        self._count += 1
        if "authorization" in headers:
            headers = headers | {"authorization": "Bearer <redacted>"}
        record = RecordedRequest(
            id=self._count, method=method, path=path, headers=headers, started_at=now
        )
        self.requests.append(record)
        del self.requests[: -self._keep]
        if len(self.requests) > FULL_RECORDS:
            old = self.requests[-FULL_RECORDS - 1]
            old.body = shorten(old.body)
        return record

    def clear(self) -> None:
        """Forget all requests; numbering starts again."""
        self.requests.clear()
        self._count = 0


def shorten(value: Any) -> Any:
    """Return a JSON value whose long strings are replaced by their length."""
    if isinstance(value, str):
        return value if len(value) <= _LONG else f"<{len(value)} characters>"
    if isinstance(value, list):
        return [shorten(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: shorten(item) for key, item in cast("dict[str, Any]", value).items()}
    return value
