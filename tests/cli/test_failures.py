"""What commands say and answer when something goes wrong."""

import pytest

from novelai.emulator import Fault

SMALL = ("--size", "512x512")
PROMPT = "my secret wish"


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (Fault(status=400), 2, "Nothing was charged"),
        (Fault(status=401), 3, "novelai doctor"),
        (Fault(status=403), 3, "novelai doctor"),
        (Fault(low_balance=True), 4, "Nothing was charged"),
        (Fault(status=404), 7, "Nothing was charged"),
        (Fault(status=429), 5, "--max-wait"),
        (Fault(status=500), 7, "Whether it was charged is unknown"),
        (Fault(status=502, body="<html>Bad gateway</html>"), 7, "charged is unknown"),
        (Fault(body=b"no archive", at="after", status=200), 7, "charged"),
        (Fault(drop=True), 6, "Whether it was charged is unknown"),
        (Fault(cut_after=100), 6, "charged"),
    ],
)
def test_every_failure_has_its_code_and_says_what_it_cost(run, emulator, fault, code, said):
    """Scripts tell failures apart by number, people by a sentence about their Anlas."""
    emulator.script(fault)
    ran = run("generate", PROMPT, "--max-wait", 0, *SMALL)
    assert ran.exit_code == code, ran.stderr
    assert said in ran.stderr
    assert ran.stdout == ""
    assert PROMPT not in ran.stderr
    assert emulator.token not in ran.stderr
    assert ran.stderr.startswith("error: ")


def test_nothing_listening_is_a_network_failure(run):
    """Code 6, and certainly not charged."""
    ran = run("generate", PROMPT, "--max-wait", 0, NOVELAI_BASE_URL="http://127.0.0.1:1")
    assert ran.exit_code == 6
    assert "nothing was charged" in ran.stderr.lower()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "NOVELAI_API_KEY"),
        ("", "NOVELAI_API_KEY"),
        ("pst-half token", "export NOVELAI_API_KEY"),
        ("pst-ключ", "export NOVELAI_API_KEY"),
    ],
)
def test_a_key_that_cannot_be_one_is_code_3(run, emulator, key, said):
    """A missing or broken key is found before anything is sent, and never shown."""
    ran = run("generate", PROMPT, NOVELAI_API_KEY=key)
    assert ran.exit_code == 3
    assert said in ran.stderr
    assert not key or key not in ran.stderr
    assert emulator.requests == []


def test_an_address_that_is_none_is_code_2(run):
    """The variable is named."""
    ran = run("generate", PROMPT, NOVELAI_BASE_URL="not an address")
    assert ran.exit_code == 2
    assert "NOVELAI_BASE_URL must be an address" in ran.stderr


def test_what_was_saved_before_a_failure_is_said(run, emulator, here):
    """The first call's picture stays and is printed when the second call fails."""
    emulator.script(None, Fault(status=500))
    ran = run("generate", "cat", "-n", 2, "--one-by-one", "--pause", 0, "--seed", 1, *SMALL)
    assert (ran.exit_code, ran.lines) == (7, ["cat-1.png"])
    assert "Saved before that: 1 picture." in ran.stderr
    assert (here / "cat-1.png").is_file()


def test_a_failed_paid_call_is_sent_once(run, emulator):
    """The command line adds no repetitions of its own."""
    emulator.script(Fault(status=500))
    run("generate", "cat", *SMALL)
    assert len(emulator.requests) == 1


def test_a_busy_account_is_waited_for(run, emulator):
    """A lock that ends within --max-wait costs patience, not an error."""
    emulator.script(Fault(status=429, body='{"message": "Concurrent generation is locked"}'))
    assert run("generate", "cat", *SMALL).exit_code == 0
    assert [one.status for one in emulator.requests] == [429, 200]


def test_errors_have_no_colours_in_a_pipe(run, emulator):
    """Standard error that is no terminal gets plain text."""
    emulator.script(Fault(status=500))
    assert "\x1b" not in run("generate", "cat", *SMALL).stderr


def test_control_characters_of_the_service_do_not_reach_the_terminal(run, emulator):
    """An answer cannot clear the screen or set a title."""
    emulator.script(Fault(status=400, body='{"message": "no\\u001b[2J\\u009b5mtricks"}'))
    ran = run("generate", "cat", *SMALL)
    assert "tricks" in ran.stderr
    assert "\x1b" not in ran.stderr
    assert "\x9b" not in ran.stderr
