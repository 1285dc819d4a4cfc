"""A progress bar with the step a generation is at."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from novelai.types.events import FinalEvent, ImageEvent

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["finals"]


def finals(
    events: Iterable[ImageEvent], console: "Console | None", *, steps: int, title: str
) -> Iterator[FinalEvent]:
    """Yield the finished pictures of a stream; its previews move a bar.

    Args:
        events: the stream.
        console: where to draw the bar; nowhere when ``None``.
        steps: how many are expected.
        title: stands before the bar.
    """
    if console is None:
        yield from (event for event in events if isinstance(event, FinalEvent))
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        # The bar is on standard error; paths on standard output must stay there.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with progress:
        task = progress.add_task(title, total=steps)
        for event in events:
            if isinstance(event, FinalEvent):
                yield event
            else:
                progress.update(task, completed=event.step)
