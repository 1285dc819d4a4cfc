"""Commands as real processes: signals, terminals, and the module form."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.processes import PATIENCE, novelai, running

from novelai.emulator import Fault


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def environment(emulator, url):
    return {"NOVELAI_API_KEY": emulator.token, "NOVELAI_BASE_URL": url}


def test_ctrl_c_says_whether_it_may_have_cost_something(emulator, environment, here):
    """Code 130; a generation that was running may have been charged."""
    emulator.script(Fault(stall=PATIENCE))
    with running(*novelai("generate", "cat"), cwd=here, **environment) as program:
        wait_until(lambda: emulator.requests)
        code, _ = program.stop(signal.SIGINT)
    assert code == 130
    assert "may have been charged" in program.output
    assert "Traceback" not in program.output


def test_ctrl_c_before_a_paid_call_says_so(emulator, environment, here):
    """While only the account is asked, nothing can have been charged."""
    emulator.script(Fault(stall=PATIENCE))
    with running(*novelai("generate", "cat", "--account"), cwd=here, **environment) as program:
        wait_until(lambda: emulator.requests)
        code, _ = program.stop(signal.SIGINT)
    assert code == 130
    assert "Nothing was running that costs Anlas" in program.output


def test_the_package_runs_as_a_module(here):
    """``python -m novelai`` is the same command line."""
    with running(sys.executable, "-m", "novelai", "info", "missing.png", cwd=here) as program:
        assert program.process.wait(PATIENCE) == 2
        program.wait_for("Usage: python -m novelai info")


def on_a_terminal(command, answer="", **environment):
    """Run with all channels on a terminal; gives the exit code and everything shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, answer.encode())  # the terminal keeps it until it is asked for
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end was closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    return process.wait(PATIENCE), shown.decode()


def test_a_terminal_sees_progress(emulator, environment, here):
    """On a terminal the stream is watched without being asked for."""
    code, shown = on_a_terminal(
        novelai("generate", "cat", "--seed", "1", "-s", "512x512", "-o", str(here)), **environment
    )
    assert code == 0, shown
    assert "Anlas for 1 picture in 1 call; less with Opus" in shown
    assert "step" in shown
    assert "cat-1.png" in shown
    assert emulator.requests[-1].path == "/ai/generate-image-stream"


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_follow_no_color(no_color, coloured):
    """Errors are red on a terminal, unless NO_COLOR is set."""
    unset = {"NOVELAI_API_KEY": "", "NO_COLOR": no_color}
    code, shown = on_a_terminal(novelai("account"), **unset)
    assert code == 3
    assert ("\x1b[1;31m" in shown) is coloured
