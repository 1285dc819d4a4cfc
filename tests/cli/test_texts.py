"""``novelai chat``, ``novelai write`` and ``novelai speak``."""

import pytest

from novelai.cli.chat import Conversation, converse
from novelai.cli.talk import Talk
from novelai.errors import ServerError


class Script:
    """Answers in order; an exception in place of a piece is raised. Remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, turns):
        self.asked.append([(turn.role, turn.content) for turn in turns])
        for piece in self.answers.pop(0):
            if isinstance(piece, BaseException):
                raise piece
            yield piece


def reading(*lines):
    """Gives these lines, then the end of input; an exception in place of a line is raised."""
    waiting = list(lines)

    def read(prompt):
        if not waiting:
            raise EOFError
        line = waiting.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line

    return read


def test_one_message_is_answered(run, emulator):
    """The answer is all that is printed, and ends with a line break."""
    ran = run("chat", "Good morning", "--system", "Be brief", "--max-tokens", 20)
    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.strip()
    assert ran.stdout.endswith("\n")
    body = emulator.requests[-1].body
    assert body["messages"] == [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "Good morning"},
    ]
    assert (body["model"], body["max_tokens"]) == ("glm-4-6", 20)


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_piped_message_is_answered(run, emulator, arguments):
    """Without a terminal, standard input is the message."""
    ran = run("chat", *arguments, "--model", "xialong-v1", stdin="Hello\n")
    assert ran.exit_code == 0, ran.stderr
    body = emulator.requests[-1].body
    assert body["messages"] == [{"role": "user", "content": "Hello"}]
    assert body["model"] == "xialong-v1"


def test_a_conversation_remembers(capsys):
    """Each turn is asked with all before it; empty lines are passed over."""
    script = Script(["Hi", " there"], ["Fine"])
    converse(Conversation(script, "Be kind"), Talk(), reading("hello", "  ", "how are you?"))
    first = [("system", "Be kind"), ("user", "hello")]
    assert script.asked == [
        first,
        [*first, ("assistant", "Hi there"), ("user", "how are you?")],
    ]
    assert capsys.readouterr().out == "Hi there\nFine\n\n"


def test_a_failed_answer_does_not_end_a_conversation(capsys):
    """The failure is said; the turn is forgotten, and the next one works."""
    script = Script(["half", ServerError("NovelAI failed (500).")], ["whole"])
    converse(Conversation(script), Talk(), reading("one", "two"))
    assert script.asked[1] == [("user", "two")]
    captured = capsys.readouterr()
    assert captured.out == "half\nwhole\n\n"
    assert captured.err == "error: NovelAI failed (500).\n"


def test_ctrl_c_ends_an_answer_or_the_conversation(capsys):
    """While an answer comes it ends that answer; at the prompt it ends the conversation."""
    script = Script(["a long", KeyboardInterrupt()])
    converse(Conversation(script), Talk(), reading("go on", KeyboardInterrupt(), "never read"))
    assert len(script.asked) == 1
    assert capsys.readouterr().out == "a long …\n\n"


def test_a_story_goes_on(run, emulator):
    """What follows the beginning is printed."""
    ran = run("write", "Once upon a time", "--length", 12, "--preset", "Carefree")
    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.strip()
    body = emulator.requests[-1].body
    assert (body["input"], body["model"]) == ("Once upon a time", "kayra-v1")
    assert body["parameters"]["max_length"] == 12


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["write", "a secret", "--preset", "nonsense"], "--preset"),
        (["write", "a secret", "--length", "9999"], "--length"),
        (["write", "-"], "PROMPT"),
        (["speak", "a secret" * 200], "TEXT"),
        (["speak", "a secret", "-o", "x.wav"], "--output"),
        (["speak", "a secret", "-o", "x.mp3", "--opus"], "--opus"),
        (["speak", "a secret", "--voice", ""], "--voice"),
    ],
)
def test_wrong_options_are_named_before_anything_is_sent(run, emulator, arguments, named):
    """Exit code 2, the option's name, and not what was written."""
    ran = run(*arguments)
    assert ran.exit_code == 2
    assert named in ran.stderr
    assert "a secret" not in ran.stderr
    assert emulator.requests == []


def test_speech_is_saved(run, here):
    """An MP3 named after text and voice; its path is printed."""
    ran = run("speak", "Good morning!", "--voice", "Aini")
    assert (ran.exit_code, ran.lines) == (0, ["Good-morning-Aini.mp3"])
    assert (here / "Good-morning-Aini.mp3").read_bytes().startswith(b"ID3")


def test_the_suffix_chooses_the_format(run, here):
    """-o x.webm asks for Opus; --json says what came."""
    (record,) = run("speak", "Hi", "-o", "x.webm", "--json").records
    assert record == {"file": "x.webm", "voice": "Ligeia", "media_type": "audio/webm"}
    assert (here / "x.webm").read_bytes().startswith(b"\x1a\x45\xdf\xa3")
