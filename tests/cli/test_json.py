"""``--json``: one documented shape for each command, and errors that a program can read."""

import json
import re

import pytest
from tests.cli.help_blocks import COMMANDS, GUIDE

from novelai.emulator import Fault

TINY = ("--size", "64x64", "--steps", "1", "--no-stream")
ROW = re.compile(
    r"^\| (?P<commands>`[^|]+) \| (?P<of>[^|]+) \| (?P<fields>[^|]+) \|$", re.MULTILINE
)
LASTING = {"serve", "worker", "mcp", "emulate"}
"""These run until they are stopped."""
LIMITS = """
    scopes models free_only fit_free budget_job budget_day budget_week budget_month allowance_month
    max_queued max_series rate_minute weight expires_at
""".split()


def shapes() -> dict[str, tuple[set[str], set[str]]]:
    """The fields by command, as the guide lists them: always there, and sometimes."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    text = GUIDE.read_text("utf-8")
    table = text[text.index("## JSON") : text.index("`anlas` of a picture")]
    for row in ROW.finditer(table):
        always, _, sometimes = row["fields"].partition("; sometimes ")
        named = set(re.findall(r"`([a-z0-9_]+)`", always))
        for command in re.findall(r"`([^`]+)`", row["commands"]):
            found[command] = named, set(re.findall(r"`([a-z0-9_]+)`", sometimes))
    return found


SHAPES = shapes()


def fits(command: str, record: dict) -> bool:
    always, sometimes = SHAPES[command]
    return always <= record.keys() <= always | sometimes


def test_every_command_has_a_shape():
    """The guide's table names each command, but for those that run until they are stopped."""
    assert {name for name in SHAPES if "--" not in name} == set(COMMANDS) - LASTING


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("generate", ["cat", "-n", 2, *TINY]),
        ("generate", ["cat", "--repeat", 2, *TINY[:-1]]),
        ("generate --cost", ["cat"]),
        ("generate --plan", ["cat", "--sweep", "steps=1,2"]),
        ("tool", ["line-art", "source.png"]),
        ("tool --cost", ["line-art", "source.png"]),
        ("upscale", ["source.png"]),
        ("upscale --cost", ["source.png"]),
        ("tags", ["cat"]),
        ("tags --lang jp", ["猫"]),
        ("info", ["drawn.png", "drawn.png"]),
        ("catalogue", []),
        ("chat", ["hello"]),
        ("write", ["Once"]),
        ("speak", ["hello"]),
        ("account", []),
        ("doctor", []),
    ],
)
def test_what_is_said_has_that_shape(run, draw, shape, words):
    """Each line of standard output is one object, with the fields that the guide lists."""
    draw(size=(64, 64))
    if "drawn.png" in words:
        run("generate", "cat", "-o", "drawn.png", *TINY)
    ran = run(*shape.split(), *words, "--json")
    assert ran.exit_code == 0, ran.stderr
    assert ran.records
    assert all(fits(shape, record) for record in ran.records), ran.records
    assert ran.stdout.isascii()


def test_the_comparison_of_the_service(run):
    """`check-service` ends with 1 when something differs, and its object is there all the same."""
    (record,) = run("check-service", "--pause", 0, "--json").records
    assert fits("check-service", record)


def test_the_data_of_a_server(run, here, emulator):
    """All commands for the server's data answer in their shape."""
    place = {"NOVELAI_SERVER_DATA": str(here / "data")}

    def said(command: str, *words: object, stdin: str | None = None) -> dict:
        ran = run(*command.split(), *words, "--json", stdin=stdin, **place)
        assert ran.exit_code == 0, ran.stderr
        return ran.records[-1]

    made = said("keys create", "me")
    shape = SHAPES["keys create"][0] | set(LIMITS)
    assert made.keys() == shape
    listed = shape - {"secret", "webhook_secret"}
    assert said("keys list").keys() == listed
    assert said("keys limits", "me").keys() == listed - {"owner"}
    assert fits("keys webhook", said("keys webhook", "me"))
    gone = said("keys revoke", "me")
    assert gone.keys() == listed - {"owner"}
    assert gone["revoked_at"] is not None
    added = said("accounts add", "--label", "mine", stdin=emulator.token)
    assert fits("accounts add", added)
    assert fits("accounts disable", said("accounts disable", "mine"))
    assert said("accounts enable", "mine")["enabled"] is True
    assert fits("accounts list", said("accounts list"))
    assert fits("accounts refresh", said("accounts refresh"))
    assert fits("accounts remove", said("accounts remove", "mine"))
    told = said("server info")
    assert SHAPES["server info"][0] <= told.keys()
    assert fits("server migrate", said("server migrate"))
    copy = said("server backup", here / "copy.db")
    assert fits("server backup", copy)
    assert fits("server restore", said("server restore", copy["file"]))
    assert fits("server new-key", said("server new-key"))
    assert said("server rotate-key").keys() == {"sealed"}


def errors(ran) -> list[dict]:
    return [json.loads(line) for line in ran.stderr.splitlines()]


def test_an_error_is_an_object(run, emulator):
    """What went wrong stands on standard error: kind, sentence, what it cost, what was saved."""
    emulator.script(None, None, Fault(low_balance=True))
    ran = run("generate", "cat", "-n", 2, "--one-by-one", "--pause", 0, *TINY, "--json")
    assert (ran.exit_code, len(ran.records)) == (4, 1)
    (said,) = errors(ran)
    assert said["error"].keys() == {"code", "message", "advice", "charged", "saved"}
    assert said["error"]["code"] == "insufficient_anlas"
    assert (said["error"]["charged"], said["error"]["saved"]) == ("no", 1)
    assert any("novelai account" in sentence for sentence in said["error"]["advice"])


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["generate", "cat", "--steps", 0], 2, "invalid_params"),
        (["generate", "cat", "--steps", "many"], 2, "usage"),
        (["generate", "--json"], 2, "usage"),
        (["generate", "cat", "--no-such-option"], 2, "usage"),
        (["generate", "cat", "--mask", "none.png"], 2, "usage"),
        (["generate", "cat", "--roll-seed", 1], 2, "usage"),
        (["no-such-command"], 2, "usage"),
        (["keys", "no-such-command"], 2, "usage"),
        (["tool", "emotion", "source.png"], 2, "usage"),
        (["doctor", "--client", "nobody"], 2, "usage"),
        (["write"], 2, "usage"),
        (["serve"], 2, "usage"),
    ],
)
def test_wrong_use_is_an_object(run, emulator, draw, words, code, kind):
    """A wrong option or value is told in the same form, and nothing is sent."""
    draw()
    ran = run(*words, *([] if "--json" in words else ["--json"]))
    assert (ran.exit_code, ran.stdout) == (code, "")
    (said,) = errors(ran)
    assert said["error"]["code"] == kind
    assert said["error"]["message"]
    assert emulator.requests == []


def test_without_a_key(run):
    """A wrong set-up, too."""
    ran = run("tags", "cat", "--json", NOVELAI_API_KEY=None)
    assert (ran.exit_code, errors(ran)[0]["error"]["code"]) == (3, "missing_api_key")


def test_notes_are_objects(run):
    """What is said beside a result is an object of its own; --quiet leaves it out."""
    words = ["generate", "cat", "--cost", "--json"]
    assert all(set(said) == {"note"} for said in errors(run(*words)))
    assert errors(run(*words))
    assert run(*words, "--quiet").stderr == ""


@pytest.mark.parametrize(
    ("tier", "steps", "anlas"), [(3, 23, 0), (3, 29, 20), (1, 23, 17), (0, 23, 17)]
)
def test_the_price_is_what_the_account_pays(run, emulator, tier, steps, anlas):
    """On Opus a picture that is free has 0; what is said is what the balance loses."""
    account = emulator.account()
    account.tier, account.active = tier, tier > 0
    before = account.anlas
    (record,) = run("generate", "cat", "--steps", steps, "--json").records
    assert record["anlas"] == before - account.anlas == anlas


def test_a_tool_that_is_free_costs_nothing(run, emulator, draw):
    """Likewise for the tools."""
    draw(size=(512, 512))
    before = emulator.account().anlas
    (record,) = run("tool", "sketch", "source.png", "--json").records
    assert record["anlas"] == before - emulator.account().anlas == 0


def test_an_account_that_does_not_answer(run, emulator, draw):
    """The picture is made all the same; its price is unknown, which is said."""
    draw(size=(64, 64))
    for words in (["generate", "cat", *TINY], ["upscale", "source.png"]):
        emulator.script(Fault(status=404))
        ran = run(*words, "--json")
        assert (ran.exit_code, ran.records[0]["anlas"]) == (0, None)
        assert "Prices are unknown" in errors(ran)[0]["note"]


def test_an_order_beyond_the_balance_is_begun(run, emulator):
    """Only --account refuses beforehand; a program keeps what the balance lasts for."""
    account = emulator.account()
    account.tier, account.fixed_anlas, account.purchased_anlas = 1, 20, 0
    words = ["generate", "cat", "-n", 2, "--one-by-one", "--pause", 0, "--json"]
    ran = run(*words)
    assert (ran.exit_code, len(ran.records)) == (4, 1)
    assert run(*words, "--account").stdout == ""
