"""A line that says how far a batch is: in a terminal, or in a notebook."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, TextIO

from novelai.batch.items import BatchProgress

__all__ = ["Screen", "find_screen"]

WIDTH = 24
ERASE = "\x1b[K"


class Screen(Protocol):
    """Where progress is shown."""

    def show(self, progress: BatchProgress) -> None:
        """Show how far it is."""
        ...

    def close(self) -> None:
        """Leave the screen as it is."""
        ...


class Dark:
    """Shows nothing."""

    def show(self, progress: BatchProgress) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Do nothing."""


class Terminal:
    """One line that is written anew each time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._used = False

    def show(self, progress: BatchProgress) -> None:
        """Show how far it is."""
        ended = progress.done + progress.failed
        bar = "#" * (WIDTH * ended // max(progress.total, 1))
        self._write(f"\r[{bar:.<{WIDTH}}] {_say(progress)}{ERASE}")
        self._used = True

    def close(self) -> None:
        """Go to the next line."""
        if self._used:
            self._write("\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # a terminal that went away takes no pictures along
            self._used = False


class Notebook:
    """A bar in the output of a cell."""

    def __init__(self, display: Callable[..., Any], html: Callable[[str], Any]) -> None:
        self._display = display
        self._html = html
        self._handle: Any = None

    def show(self, progress: BatchProgress) -> None:
        """Show how far it is."""
        ended = progress.done + progress.failed
        bar = self._html(
            f'<progress value="{ended}" max="{progress.total}"></progress> {_say(progress)}'
        )
        if self._handle is None:
            self._handle = self._display(bar, display_id=True)
        else:
            self._handle.update(bar)

    def close(self) -> None:
        """Leave the bar where it is."""


def find_screen(
    wanted: bool | None,  # noqa: FBT001 - what the caller of a batch gave
    stream: TextIO | None,
    modules: Mapping[str, ModuleType],
    load: Callable[[str], Any] = import_module,
) -> Screen:
    """Choose where to show progress.

    Args:
        wanted: whether to; ``None``: where a person looks on, in a terminal or a notebook.
        stream: standard error, if there is one.
        modules: what is loaded.
        load: loads a module.
    """
    if wanted is False:
        return Dark()
    shell: Any = modules["IPython"].get_ipython() if "IPython" in modules else None
    if hasattr(shell, "kernel"):
        shown: Any = load("IPython.display")
        return Notebook(shown.display, shown.HTML)
    if stream is not None and (wanted or stream.isatty()):
        return Terminal(stream)
    return Dark()


def _say(progress: BatchProgress) -> str:
    parts = [f"{progress.done} of {progress.total}"]
    if progress.cost:
        parts.append(f"{progress.cost} Anlas")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.seconds_left:
        parts.append(f"{_say_time(progress.seconds_left)} left")
    return ", ".join(parts)


def _say_time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
