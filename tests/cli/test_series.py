"""``novelai generate`` of a series: planned, priced, drawn and gone on with."""

import json
import signal

import pytest
from tests.cli.processes import PATIENCE, novelai, running
from tests.cli.test_processes import on_a_terminal, wait_until

from novelai.emulator import Fault

GENERATE = "/ai/generate-image"
TINY = ("--size", "64x64", "--steps", "2", "--pause", "0")


@pytest.fixture
def paying(emulator):
    """An account that pays for every picture: 2 Anlas each."""
    emulator.account().tier = 1
    return emulator


def sent(emulator):
    return [record.body for record in emulator.requests if record.path == GENERATE]


def drawn(emulator):
    """The prompts that were drawn, and paid for where they cost something."""
    return [
        record.body["input"].partition(",")[0]
        for record in emulator.requests
        if record.path == GENERATE and record.completed
    ]


def names(folder):
    return sorted(path.name for path in folder.glob("*.png"))


def test_a_plan_shows_cells_and_price_and_sends_nothing(run, emulator, here):
    """Each cell with its labels, seed, price and prompt; what is the same, and what is skipped."""
    (here / "lists").mkdir()
    (here / "lists" / "hats.txt").write_text("top hat\nberet\n")
    order = ("generate", "1girl, __hats__", "--wildcards", "lists", "--sweep", "list=hats")
    models = "model=nai-diffusion-5-full-medium,nai-diffusion-4-5-full,nai-diffusion-5-full"
    more = ("--sweep", "steps=20,28", "--sweep", models, "--roll-seed", 7, "--plan", "--json")
    ran = run(*order, *more, NOVELAI_API_KEY=None)
    assert ran.exit_code == 0, ran.stderr
    (record,) = ran.records
    assert (record["cells"], record["pictures"], record["roll_seed"]) == (12, 10, 7)
    assert record["same"] == [[0, 2], [1, 3]]
    assert record["anlas"] == sum(cell["anlas"] for cell in record["each"]) > 0
    assert [cell["labels"][0] for cell in record["each"][:3]] == ["top hat", "beret", "top hat"]
    assert record["each"][0]["prompt"] == "1girl, top hat"
    assert len({cell["seed"] for cell in record["each"]}) == 1
    shown = run(*order, *more[:-1], NOVELAI_API_KEY=None)
    assert "Cells 1, 3 are one picture." in shown.stdout
    assert f"10 pictures for {record['anlas']} Anlas." in shown.stdout
    assert "--roll-seed 7" in shown.stdout
    assert (emulator.requests, list(here.glob("*.png"))) == ([], [])
    account = run(*order, *more, "--account").records[0]
    assert (account["opus"], account["enough"]) == (True, True)
    assert sent(emulator) == []


def test_what_a_model_refuses_is_skipped(run, emulator, here, draw):
    """The plan says why; the others are drawn."""
    draw()
    models = "model=nai-diffusion-5-full,nai-diffusion-4-5-full"
    order = ("generate", "a", "--vibe", "source.png", "--sweep", models, *TINY)
    plan = run(*order, "--plan")
    assert "nai-diffusion-5-full  skipped: vibes: NAI Diffusion V5 Full does not" in plan.stdout
    ran = run(*order, "--max-anlas", 2)
    assert (ran.exit_code, ran.lines) == (0, ["0002.png"])


def test_a_free_series_is_drawn_without_a_question(run, emulator, here):
    """Numbered files, one call at a time, and a file to go on from."""
    ran = run(
        *("generate", "cat", "dog", "--sweep", "steps=2,3", "--seed", 42, "--json"),
        *(*TINY, "-o", "out"),
    )
    assert ran.exit_code == 0, ran.stderr
    assert names(here / "out") == ["0001.png", "0002.png", "0003.png", "0004.png"]
    assert [record["cell"] for record in ran.records] == [0, 1, 2, 3]
    assert [record["labels"] for record in ran.records] == [["2"], ["3"]] * 2
    assert {record["anlas"] for record in ran.records} == {0}
    assert {record["status"] for record in ran.records} == {"done"}
    bodies = sent(emulator)
    assert [body["parameters"]["steps"] for body in bodies] == [2, 3, 2, 3]
    assert {body["parameters"]["seed"] for body in bodies} == {42}
    assert (here / "out" / "series.jsonl").is_file()


def test_prompts_come_from_a_file(run, emulator, here):
    """One a line, without blank lines and notes; of .jsonl their fields; commas need no quotes."""
    (here / "lines.txt").write_text("cat, red\n\n# a note\n  dog  \n\\#compass\n", "utf-16")
    ran = run("generate", "--prompts", "lines.txt", "--plan", "--json")
    assert [cell["prompt"] for cell in ran.records[0]["each"]] == ["cat, red", "dog", "#compass"]
    (here / "lines.jsonl").write_text('{"prompt": "a", "steps": 28}\n{"prompt": "b", "seed": 3}\n')
    ran = run("generate", "--prompts", "lines.jsonl", "--seed", 1, *TINY, "-o", "out")
    assert ran.lines == ["out/0001.png", "out/0002.png"]
    found = [(body["parameters"]["steps"], body["parameters"]["seed"]) for body in sent(emulator)]
    assert found == [(28, 1), (2, 3)]


def test_texts_of_a_sweep_keep_their_commas(run, here):
    """Given again, or one a line in a file; the first tags may be none."""
    (here / "tags.txt").write_text("smile, teeth\n# none\nfrown\n")
    for sweeps, prompts in (
        (["tags=", "tags=smile, teeth"], ["a", "a, smile, teeth"]),
        (["tags=@tags.txt"], ["a, smile, teeth", "a, frown"]),
        (["tags=\\@_@"], ["a, @_@"]),
        (["prompt=x, y", "prompt=z"], ["x, y", "z"]),
        (["list=<b, c|d>"], ["a"]),
        (["steps=20", "steps=21"], ["a", "a"]),
    ):
        options = [word for sweep in sweeps for word in ("--sweep", sweep)]
        ran = run("generate", "a", *options, "--plan", "--json")
        if sweeps[0].startswith("list"):
            assert ran.records[0]["same"] == [[0, 1]]
            continue
        assert [cell["prompt"] for cell in ran.records[0]["each"]] == prompts, sweeps


def test_lists_shuffle_and_go_in_order(run, here):
    """Over the rounds; the same roll seed plans the same."""
    (here / "lists").mkdir()
    (here / "lists" / "hair.txt").write_text("red\nblue\ngreen\n")
    order = ("generate", "__hair__ hair", "--wildcards", "lists", "--repeat", 3, "--plan", "--json")

    def prompts(*options):
        return [cell["prompt"] for cell in run(*order, *options).records[0]["each"]]

    assert prompts("--in-order", "hair") == ["red hair", "blue hair", "green hair"]
    shuffled = prompts("--shuffle", "hair", "--roll-seed", 5)
    assert sorted(shuffled) == ["blue hair", "green hair", "red hair"]
    assert prompts("--shuffle", "hair", "--roll-seed", 5) == shuffled


def test_a_price_has_to_be_accepted(run, paying, here):
    """Without anybody to ask, or the limit given, nothing is sent; the sentence has the number."""
    order = ("generate", "a", "--repeat", 5, *TINY)
    ran = run(*order)
    assert (ran.exit_code, sent(paying)) == (2, [])
    assert "5 pictures for 10 Anlas: --max-anlas 10 accepts that" in " ".join(ran.stderr.split())
    ran = run(*order, "--json")
    assert json.loads(ran.stderr.splitlines()[-1])["error"]["code"] == "usage"
    assert not (here / "series.jsonl").exists()
    ran = run(*order, "--max-anlas", 7)
    assert (ran.exit_code, ran.lines) == (0, ["0001.png", "0002.png", "0003.png"])
    assert paying.account().anlas == 10_000 - 6
    ran = run("generate", "a", "--repeat", 5, *TINY, "--max-anlas", 1, "-o", "other")
    assert (ran.exit_code, len(sent(paying))) == (2, 3)
    assert "--max-anlas: The limit does not pay for one picture." in ran.stderr


def test_a_balance_that_is_too_low_stops_it_before(run, paying, here):
    """Code 4, and nothing is sent."""
    paying.account().fixed_anlas = 3
    ran = run("generate", "a", "--repeat", 5, *TINY, "--max-anlas", 100)
    assert (ran.exit_code, sent(paying)) == (4, [])


def test_nothing_costs_more_than_was_accepted(run, emulator, here):
    """Where free pictures end on the way, it ends, too; the rest has a price to accept."""
    emulator.account().usage_percent = 0.1
    order = ("generate", "a", "--repeat", 5, "-m", "nai-diffusion-5-full", *TINY)
    ran = run(*order)
    made = len(names(here))
    assert (ran.exit_code, emulator.account().anlas) == (4, 10_000)
    assert 0 < made < 5
    assert "`novelai generate --resume series.jsonl` goes on." in ran.stderr
    assert run("generate", "--resume", "series.jsonl").exit_code == 2
    ran = run("generate", "--resume", "series.jsonl", "--max-anlas", 99, "--pause", 0)
    assert (ran.exit_code, len(names(here))) == (0, 5)
    assert emulator.account().anlas < 10_000


@pytest.mark.parametrize(("answer", "code", "count"), [("y", 0, 2), ("n", 1, 0)])
def test_a_terminal_is_asked(paying, url, here, answer, code, count):
    """Pictures and price; no is no."""
    environment = {"NOVELAI_API_KEY": paying.token, "NOVELAI_BASE_URL": url}
    command = novelai("generate", "a", "--repeat", "2", *TINY, "-o", str(here))
    found, shown = on_a_terminal(command, answer=f"{answer}\n", **environment)
    assert "2 pictures for 4 Anlas. Draw them? [y/N]" in shown
    assert (found, len(sent(paying))) == (code, count), shown


def test_another_series_in_the_folder_is_not_mixed_in(run, emulator, here):
    """It is named, with the two ways on; another plan in the file is refused."""
    run("generate", "a", "--repeat", 2, *TINY)
    ran = run("generate", "a", "--repeat", 2, *TINY)
    assert (ran.exit_code, len(sent(emulator))) == (2, 2)
    assert "--resume series.jsonl goes on" in " ".join(ran.stderr.split())
    ran = run("generate", "b", "--repeat", 2, *TINY, "--resume", "series.jsonl")
    assert (ran.exit_code, len(sent(emulator))) == (2, 2)
    assert "is of another batch" in ran.stderr
    ran = run("generate", "a", "--repeat", 2, *TINY, "--resume", "series.jsonl", "--json")
    assert [record["status"] for record in ran.records] == ["kept", "kept"]
    ran = run("generate", "--resume", "series.jsonl")
    assert (ran.exit_code, ran.lines, len(sent(emulator))) == (0, ["0001.png", "0002.png"], 2)


def test_a_limit_holds_when_it_goes_on(run, paying, here):
    """The cut is in the file; what is left has to be accepted again."""
    order = ("generate", "a <1|2|3>", "--repeat", 5, *TINY)
    paying.script(None, None, None, None, None, Fault(status=401, path=GENERATE))
    first = run(*order, "--max-anlas", 7)
    assert first.exit_code == 3
    assert "`novelai generate --resume series.jsonl` goes on." in first.stderr
    made = len(names(here))
    assert 0 < made < 3
    again = ("--resume", "series.jsonl")
    assert run("generate", *again).exit_code == 2
    assert "is too little" in run(*order, *again, "--max-anlas", 1).stderr
    ran = run(*order, *again, "--max-anlas", 4)
    assert (ran.exit_code, len(ran.lines), len(names(here))) == (0, 3, 3)
    assert paying.account().anlas == 10_000 - 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_series_goes_on(run, paying, url, here, number):
    """Seven are kept, the cut-off one is named, and nothing is drawn twice."""
    (here / "lines.txt").write_text("\n".join(f"number {number}" for number in range(12)))
    environment = {"NOVELAI_API_KEY": paying.token, "NOVELAI_BASE_URL": url}
    command = novelai(
        *("generate", "--prompts", "lines.txt", "--max-anlas", "99", *TINY, "-o", "out")
    )
    with running(*command, cwd=here, **environment) as program:
        wait_until(lambda: len(drawn(paying)) >= 6)
        paying.script(Fault(at="after", stall=PATIENCE, path=GENERATE))
        seen = len(drawn(paying))
        wait_until(lambda: len(drawn(paying)) > seen and is_stalled(paying))
        code, _ = program.stop(number)
    kept = len(names(here / "out"))
    if number == signal.SIGINT:
        assert code == 130
        assert f"Cell {kept + 1} was under way." in program.output
        assert "novelai generate --resume out/series.jsonl" in program.output
        assert "may have been charged" in program.output
    ran = run("generate", "--resume", "out/series.jsonl", "--max-anlas", 99, "--pause", 0)
    assert f"Cell {kept + 1} was cut off the last time" in ran.stderr
    assert f"Cell {kept + 1}: It was charged, and its pictures did not arrive." in ran.stderr
    assert "--again-uncertain" in ran.stderr
    assert 'again="all"' not in ran.stderr
    assert ran.exit_code == 6
    assert len(names(here / "out")) == 11
    assert sorted(drawn(paying)) == sorted(f"number {number}" for number in range(12))
    more = ("--max-anlas", 99, "--again-uncertain", "--pause", 0)
    ran = run("generate", "--resume", "out/series.jsonl", *more)
    assert (ran.exit_code, len(names(here / "out"))) == (0, 12)
    assert len(drawn(paying)) == 13


def is_stalled(emulator):
    last = [record for record in emulator.requests if record.path == GENERATE][-1]
    return last.completed and last.finished_at is None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--sweep", "stepz=1"], '--sweep: "stepz" cannot vary.'),
        (["--sweep", "steps"], "--sweep"),
        (["--sweep", "steps=a"], "--sweep"),
        (["--sweep", "steps=20,99"], "--sweep"),
        (["--sweep", "variety_boost=maybe"], "--sweep"),
        (["--sweep", "tags=@missing.txt"], "--sweep"),
        (["--sweep", "list=hats"], 'No list is called "hats"'),
        (["--sweep", "tags=__hats__"], '--sweep: No snippet or list is called "hats"'),
        (["--sweep", "vibes.0.strength=1"], "--sweep"),
        (
            ["--sweep", "steps=1", "--sweep", "scale=1", "--sweep", "seed=1", "--sweep", "tags=x"],
            "--sweep: A series varies at most 3 things.",
        ),
        (["--repeat", "0"], "--repeat"),
        (["--repeat", "1001"], "at most 1,000 pictures"),
        (["--repeat", "2", "--steps", "99"], "--steps"),
        (["--prompts", "missing.txt"], "--prompts"),
        (["--prompts", "empty.txt"], "--prompts"),
        (["--prompts", "wrong.jsonl"], "--prompts"),
        (["--shuffle", "a", "--in-order", "a"], "--in-order"),
        (["--repeat", "2", "--count", "2"], "--count"),
        (["--repeat", "2", "--cost"], "--cost"),
        (["--repeat", "2", "--stream"], "--stream"),
        (["--repeat", "2", "-o", "x.png"], "--output"),
        (["--repeat", "2", "--resume", "notes.txt"], "is not one of a batch"),
        (["--max-anlas", "-1"], "--max-anlas"),
        (["--plan", "--vibe", "missing.png"], "--vibe"),
    ],
)
def test_wrong_options_are_named(run, emulator, here, options, named):
    """Code 2, before anything is sent, and no prompt is said."""
    (here / "empty.txt").write_text("# nothing\n\n")
    (here / "wrong.jsonl").write_text('{"prompt": "a"}\n["b"]\n')
    (here / "notes.txt").write_text("my notes\n")
    ran = run("generate", "secret wish", *options)
    assert ran.exit_code == 2, ran.stdout + ran.stderr
    assert named in " ".join(ran.stderr.split())
    assert "secret wish" not in ran.stderr
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--resume", "none.jsonl"], "cannot be read: No such file"),
        (["--resume", "none.jsonl", "--steps", "20"], "--resume"),
        (["--resume", "none.jsonl", "--repeat", "2"], "--resume"),
        (["--sweep", "steps=20"], "PROMPT"),
    ],
)
def test_an_order_without_a_prompt_is_refused(run, emulator, here, words, named):
    """Unless a file that is there says all of it."""
    ran = run("generate", *words)
    assert ran.exit_code == 2
    assert named in " ".join(ran.stderr.split())
    assert emulator.requests == []


def test_pictures_are_given_again(run, emulator, here, draw):
    """A file does not hold them; with the whole order it goes on with the same rolls."""
    draw()
    order = ("generate", "a <1|2|3|4>", "--i2i", "source.png", "--repeat", 2, "--pause", 0)
    first = run(*order, "--json", "--max-anlas", 500)
    assert first.exit_code == 0, first.stderr
    ran = run("generate", "--resume", "series.jsonl")
    assert ran.exit_code == 2
    assert "Give the same order again" in ran.stderr
    again = run(*order, "--resume", "series.jsonl", "--json")
    assert [record["status"] for record in again.records] == ["kept"] * 2
    assert [one["prompt"] for one in again.records] == [one["prompt"] for one in first.records]
