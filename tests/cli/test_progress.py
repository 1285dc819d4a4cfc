"""The progress bar."""

from io import StringIO

from rich.console import Console

from novelai.cli.progress import finals
from novelai.types.events import FinalEvent, PreviewEvent


def events():
    for step in (1, 2, 3):
        yield PreviewEvent(sample=0, step=step, steps=4, sigma=1.0, data=b"")
    yield FinalEvent(sample=0, picture=None)


def test_a_terminal_shows_the_step_and_is_left_clean():
    """The bar counts steps, gives the pictures on, and vanishes."""
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    steps = []
    watched = (steps.append(event) or event for event in events())
    assert [event.sample for event in finals(watched, console, steps=4, title="drawing")] == [0]
    assert len(steps) == 4
    assert "drawing" in screen.getvalue()
    assert "step 3/4" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")


def test_nothing_is_drawn_without_a_terminal():
    """Previews are passed over in silence."""
    assert len(list(finals(events(), None, steps=4, title="drawing"))) == 1
