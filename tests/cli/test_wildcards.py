"""``novelai generate --wildcards``: texts that are templates, against a served emulator."""

import pytest

SMALL = ("--size", "512x512")


@pytest.fixture
def lists(here):
    """A folder of lists and snippets."""
    folder = here / "lists"
    (folder / "clothes").mkdir(parents=True)
    (folder / "hair.txt").write_text("red hair\n3x black hair\nsilver hair\n")
    (folder / "clothes" / "hats.txt").write_text("top hat\nberet\n")
    (folder / "ink.snippet.txt").write_text("ink, <wet|dry>\n")
    return folder


def sent(emulator):
    return [record.body for record in emulator.requests if record.path.startswith("/ai/generate")]


def captions(body):
    parameters = body["parameters"]
    return (
        parameters["v4_prompt"]["caption"],
        parameters["v4_negative_prompt"]["caption"],
    )


def test_every_text_of_an_order_is_expanded(run, emulator, here, lists):
    """Prompt, negative prompt and characters are text when they are sent, and so is the name."""
    ran = run(
        "generate",
        "1girl, __hair__, <smile|grin>",
        *("--negative", "<lowres|blurry>", "--character", "girl, __clothes/hats__@B3"),
        *("--wildcards", "lists", "--roll-seed", 7, "--seed", 1, "--json", *SMALL),
    )
    assert ran.exit_code == 0, ran.stderr
    (body,), (record,) = sent(emulator), ran.records
    positive, negative = captions(body)
    picks = record["prompt"].split(", ")
    assert picks[0] == "1girl"
    assert picks[1] in {"red hair", "black hair", "silver hair"}
    assert picks[2] in {"smile", "grin"}
    assert positive["base_caption"].startswith(record["prompt"])
    assert positive["char_captions"][0]["char_caption"] in {"girl, top hat", "girl, beret"}
    assert negative["base_caption"].split(", ")[-1] in {"lowres", "blurry"}
    assert "<" not in str(body)
    assert "__" not in str(positive) + str(negative)
    assert record["roll_seed"] == 7
    assert record["file"] == f"{'-'.join(record['prompt'].replace(',', '').split())}-1.png"


def test_a_roll_seed_repeats_an_order(run, emulator, lists):
    """The same one picks the same; each prompt rolls for itself; the next order is another one."""
    prompts = ["__clothes/hats__ <1|2|3|4|5|6|7|8|9>"] * 3
    options = ("--wildcards", lists, "--pause", 0, "--json", *SMALL)
    first, again, other = (
        [record["prompt"] for record in run("generate", *prompts, *options, *seed).records]
        for seed in (("--roll-seed", 5), ("--roll-seed", 5), ("--roll-seed", 6))
    )
    assert first == again
    assert first != other
    assert len(set(first)) > 1
    assert len(sent(emulator)) == 9


def test_a_drawn_roll_seed_is_told(run, lists):
    """On standard error, and to scripts: given back, it picks the same."""
    options = ("generate", "<1|2|3|4|5|6|7|8|9> __hair__", "--wildcards", lists, "--json", *SMALL)
    ran = run(*options)
    (record,) = ran.records
    assert f"--roll-seed {record['roll_seed']} picks the same again" in ran.stderr
    again = run(*options, "--roll-seed", record["roll_seed"])
    assert again.stderr == ""
    assert again.records[0]["prompt"] == record["prompt"]
    assert run(*options, "--quiet").stderr == ""


def test_without_the_option_nothing_is_a_template(run, emulator, lists):
    """The signs reach NovelAI as they were typed, and no record has more in it."""
    text = "<red|blue>, __hair__, __nothing__"
    ran = run("generate", text, "--no-quality", "--json", *SMALL)
    assert sent(emulator)[0]["input"] == text
    assert set(ran.records[0]) == {"file", "seed", "size", "model", "anlas"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["__hiar__"], 'PROMPT: No snippet or list is called "hiar". Did you mean "hair"?'),
        (["a", "__hats__"], 'PROMPT: No snippet or list is called "hats". Did you mean "clothes/'),
        (["a", "--negative", "<0x a|b>"], '--negative: A weight is 1 to 100: "0x a".'),
        (["a", "--character", "<9-1$$b|c>@B3"], '--character prompt: "9-1$$" is no number'),
        (["a" * 51_201], "PROMPT: The text is longer than 51,200 characters."),
    ],
)
def test_a_template_that_cannot_be_expanded_is_refused(run, emulator, lists, options, sentence):
    """Code 2 and a sentence before anything is sent; with --cost, too."""
    for more in ([], ["--cost"]):
        ran = run("generate", *options, "--wildcards", lists, *more)
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert sentence in ran.stderr
        assert "Nothing was sent." in ran.stderr
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--roll-seed", 1], "--roll-seed"),
        (["--wildcards", "missing"], "--wildcards"),
        (["--wildcards", "lists/hair.txt"], "--wildcards"),
        (["--wildcards", "lists", "--roll-seed", -1], "--roll-seed"),
        (["--wildcards", "lists", "--roll-seed", 2**32], "--roll-seed"),
    ],
)
def test_wrong_options_are_named(run, emulator, lists, options, named):
    """A seed without a folder, and a folder that is none."""
    ran = run("generate", "a", *options)
    assert (ran.exit_code, emulator.requests) == (2, [])
    assert named in ran.stderr


def test_a_folder_that_holds_no_lists_is_refused(run, emulator, lists):
    """A file that is no text is named; one that cannot be called is noted and passed over."""
    (lists / "90%.txt").write_text("x")
    ran = run("generate", "__hair__", "--wildcards", lists, "--cost")
    assert ran.exit_code == 0
    assert "90%.txt is passed over" in ran.stderr
    (lists / "bad.txt").write_bytes(b"\xff\xffx")
    ran = run("generate", "__hair__", "--wildcards", lists)
    assert (ran.exit_code, emulator.requests) == (2, [])
    assert "bad.txt is no text in UTF-8" in ran.stderr
