"""What the example of a worker uses of Celery, which carries no types of its own."""

from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)

class Request:
    id: str

class Task:
    request: Request
    def retry(self, *, exc: BaseException, countdown: float) -> Exception: ...

class AsyncResult(Generic[_R_co]):
    def get(self, timeout: float | None = None) -> _R_co: ...

class BoundTask(Generic[_P, _R_co]):
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    def delay(self, *args: _P.args, **kwargs: _P.kwargs) -> AsyncResult[_R_co]: ...

class Settings:
    def update(self, **settings: Any) -> None: ...

class Celery:
    conf: Settings
    def __init__(self, main: str, *, broker: str, backend: str) -> None: ...
    def task(
        self, *, name: str, bind: bool, max_retries: int
    ) -> Callable[[Callable[Concatenate[Task, _P], _R]], BoundTask[_P, _R]]: ...
