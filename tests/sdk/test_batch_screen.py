"""The line that says how far a batch is."""

from io import StringIO
from types import SimpleNamespace

import pytest

from novelai import BatchProgress
from novelai.batch.screen import find_screen


class Tty(StringIO):
    def isatty(self):
        return True


def progress(done, failed=0, left=None, cost=0):
    return BatchProgress(done=done, total=8, cost=cost, failed=failed, seconds_left=left)


def shown(screen, stream, *steps):
    for step in steps:
        screen.show(step)
    screen.close()
    return stream.getvalue()


def test_a_terminal_shows_one_line():
    """It is written anew each time, in plain ASCII, and left in the end."""
    stream = Tty()
    text = shown(
        find_screen(None, stream, {}),
        stream,
        progress(1, left=61.4),
        progress(6, failed=2, cost=34),
    )
    assert text.isascii()
    first, second = text.removeprefix("\r").split("\r")
    assert first == "[###.....................] 1 of 8, 61 s left\x1b[K"
    assert second == "[########################] 6 of 8, 34 Anlas, 2 failed\x1b[K\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s left"), (89, "89 s left"), (150, "2 min left"), (7_000, "1 h 57 min left")],
)
def test_the_time_that_is_left_is_rounded(seconds, words):
    """Nobody needs the seconds of an hour."""
    stream = Tty()
    assert words in shown(find_screen(None, stream, {}), stream, progress(1, left=seconds))


@pytest.mark.parametrize(
    ("wanted", "stream", "is_shown"),
    [
        (None, StringIO(), False),
        (False, Tty(), False),
        (True, StringIO(), True),
        (None, Tty(), True),
    ],
    ids=["a file", "unwanted", "wanted", "a terminal"],
)
def test_it_is_shown_where_a_person_looks_on(wanted, stream, is_shown):
    """In a file or a pipe it is left out, unless it is asked for."""
    assert bool(shown(find_screen(wanted, stream, {}), stream, progress(1))) is is_shown


def test_without_standard_error_nothing_is_shown():
    """A program without a console has none."""
    screen = find_screen(None, None, {})
    screen.show(progress(1))
    screen.close()
    assert find_screen(True, None, {}).show(progress(1)) is None


def test_a_terminal_that_goes_away_ends_nothing():
    """What cannot be shown is not shown."""
    stream = Tty()
    screen = find_screen(None, stream, {})
    screen.show(progress(1))
    stream.close()
    screen.show(progress(2))
    screen.close()
    assert stream.closed


def test_a_notebook_shows_a_bar_in_its_cell():
    """One output is updated; without a notebook's shell it is a terminal as any other."""
    outputs = []
    handle = SimpleNamespace(update=outputs.append)

    def display(content, *, display_id):
        assert display_id
        outputs.append(content)
        return handle

    shell = SimpleNamespace(kernel=object())
    source = SimpleNamespace(display=display, HTML=lambda text: text)
    loaded = {"IPython": SimpleNamespace(get_ipython=lambda: shell)}
    modules = {"IPython.display": source}
    screen = find_screen(None, Tty(), loaded, modules.__getitem__)
    assert shown(screen, StringIO(), progress(1), progress(2)) == ""
    assert outputs == [
        '<progress value="1" max="8"></progress> 1 of 8',
        '<progress value="2" max="8"></progress> 2 of 8',
    ]
    console = {"IPython": SimpleNamespace(get_ipython=object)}
    stream = Tty()
    assert "1 of 8" in shown(find_screen(None, stream, console), stream, progress(1))
