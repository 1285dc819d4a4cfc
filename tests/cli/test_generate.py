"""``novelai generate`` against a served emulator."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from novelai.metadata import extract_metadata, read_metadata
from novelai.types import Vibe

SMALL = ("--size", "512x512")
V5 = "nai-diffusion-5-full"


def bodies(emulator):
    return [record.body for record in emulator.requests if record.path.startswith("/ai/generate")]


def test_a_picture_is_saved_and_its_path_is_all_that_is_printed(run, here):
    """One prompt makes one PNG, named after prompt and seed, with its settings embedded."""
    ran = run("generate", "1girl, cat ears", "--seed", 7)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "1girl-cat-ears-7.png\n", "")
    data = (here / "1girl-cat-ears-7.png").read_bytes()
    found = read_metadata(data, lambda: Image.open(here / "1girl-cat-ears-7.png"))
    assert found.prompt.startswith("1girl, cat ears")
    assert (found.comment["width"], found.comment["height"]) == (832, 1216)


def test_json_says_what_a_script_needs(run, here):
    """--json prints one object for each picture; the prices of all add up to the call's."""
    ran = run("generate", "cat", "--json", "--count", 3, "--seed", 5, *SMALL)
    assert [set(record) for record in ran.records] == [
        {"file", "seed", "size", "model", "anlas"}
    ] * 3
    assert [record["seed"] for record in ran.records] == [5, 6, 7]
    assert {record["size"] for record in ran.records} == {"512x512"}
    assert {record["model"] for record in ran.records} == {"nai-diffusion-4-5-full"}
    words = ("generate", "cat", "--cost", "--account", "--json", "--count", 3, *SMALL)
    quote = json.loads(run(*words).stdout)
    assert sum(record["anlas"] for record in ran.records) == quote["anlas"] > 0
    assert all((here / record["file"]).is_file() for record in ran.records)


def test_a_file_is_never_overwritten(run, here):
    """A name that is taken gets -2, then -3; what was there stays."""
    taken = here / "cat-1.png"
    taken.write_bytes(b"mine")
    names = [run("generate", "cat", "--seed", 1, *SMALL).stdout.strip() for _ in range(2)]
    assert names == ["cat-1-2.png", "cat-1-3.png"]
    assert taken.read_bytes() == b"mine"


def test_output_names_a_file(run, here):
    """--output with a suffix is that file, its folder made; more pictures are numbered."""
    ran = run("generate", "cat", "-o", "new/deep/it.png", "-n", 2, *SMALL)
    assert ran.lines == ["new/deep/it.png", "new/deep/it-2.png"]
    assert (here / "new/deep/it-2.png").is_file()


def test_output_names_a_folder(run, here):
    """--output without a suffix is a folder, made when it is missing."""
    ran = run("generate", "cat", "-o", "album", "--seed", 3, *SMALL)
    assert ran.lines == ["album/cat-3.png"]


def test_a_prompt_cannot_choose_the_folder(run, here):
    """Path tricks in a prompt end up as plain words of the name."""
    ran = run("generate", "../../etc/passwd\n.hidden", "--seed", 3, *SMALL)
    assert ran.lines == ["etc-passwd-hidden-3.png"]
    assert [path.name for path in here.iterdir()] == ["etc-passwd-hidden-3.png"]


@pytest.mark.parametrize(
    ("options", "ending"),
    [(["--format", "webp"], ".webp"), (["-o", "x.webp"], ".webp"), (["-o", "x.png"], ".png")],
)
def test_the_format_follows_option_or_suffix(run, here, options, ending):
    """WebP is asked for with --format or by the name; the file is what its name says."""
    path = here / run("generate", "cat", *SMALL, *options).stdout.strip()
    assert path.suffix == ending
    with Image.open(path) as image:
        assert image.format == ending[1:].upper()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["-o", "x.png", "--format", "webp"], "--format"),
        (["-o", "x.gif"], "--output"),
        (["--mask", "source.png"], "--mask"),
        (["--strength", "0.5"], "--strength"),
        (["--i2i", "source.png", "--mask", "source.png", "--noise", "0.1"], "--noise"),
        (["--i2i", "missing.png"], "--i2i"),
        (["--size", "100x100"], "--size"),
        (["--steps", "99"], "--steps"),
        (["--uc", "nonsense"], "--uc"),
        (["--count", "0"], "--count"),
        (["--vibe", "source.png:7"], "--vibe strength"),
        (["--vibe", "source.png:0.5:7"], "--vibe info_extracted"),
        (["--vibe", "missing.png"], "--vibe"),
        (["--vibe", "broken.naiv4vibe"], "--vibe"),
        (["--reference", "notes.txt"], "--reference"),
        (["--i2i", "notes.txt"], "--i2i"),
        (["--i2i", "source.png", "--strength", "2"], "--strength"),
        (["--character", "a@0.5,7"], "--character position"),
        (["--model", "nai-diffusion-3", "--character", "a"], "--character"),
    ],
)
def test_wrong_options_are_named_before_anything_is_sent(run, emulator, here, draw, options, named):
    """Exit code 2, the option's name, and no request of any kind that costs something."""
    draw()
    (here / "notes.txt").write_text("no picture")
    (here / "broken.naiv4vibe").write_text("{}")
    ran = run("generate", "secret wish", *options)
    assert ran.exit_code == 2
    assert re.search(rf"{named}\b", ran.stderr)
    assert "secret wish" not in ran.stderr
    assert emulator.requests == []


def test_an_empty_prompt_is_named(run, emulator):
    """Standard input without a text is a wrong PROMPT."""
    ran = run("generate", "-", stdin="  \n")
    assert (ran.exit_code, emulator.requests) == (2, [])
    assert "PROMPT must not be empty" in ran.stderr


def test_a_dash_reads_standard_input(run, emulator):
    """A prompt too long or too private for the command line comes through a pipe."""
    ran = run("generate", "-", "--seed", 2, *SMALL, stdin="a red fox\n")
    assert ran.lines == ["a-red-fox-2.png"]
    assert bodies(emulator)[0]["input"].startswith("a red fox, ")


def test_count_beyond_one_call_makes_several(run, emulator):
    """More pictures than one call may make come from several, with seeds that go on."""
    ran = run("generate", "cat", "-n", 9, "--seed", 10, "--pause", 0, "--json", "-s", "768x512")
    sent = [body["parameters"] for body in bodies(emulator)]
    assert [one["n_samples"] for one in sent] == [6, 3]
    assert [record["seed"] for record in ran.records] == list(range(10, 19))


def test_one_by_one_makes_a_call_for_each_picture(run, emulator):
    """--one-by-one sends one picture a call, with the same seeds."""
    run("generate", "cat", "-n", 2, "--seed", 10, "--pause", 0, "--one-by-one", *SMALL)
    sent = [body["parameters"] for body in bodies(emulator)]
    assert [(one["n_samples"], one["seed"]) for one in sent] == [(1, 10), (1, 11)]


def test_every_prompt_is_a_call(run, emulator):
    """Several prompts are generated one after another."""
    ran = run("generate", "cat", "dog", "--seed", 1, "--pause", 0, *SMALL)
    assert ran.lines == ["cat-1.png", "dog-1.png"]


def test_options_reach_the_request(run, emulator):
    """What is set on the command line is what the service is asked for."""
    ran = run(
        "generate", "cat", "--model", "nai-diffusion-5-full", "--size", "square", "--steps", 11,
        "--scale", 6.5, "--negative", "dog", "--no-quality", "--uc", "none", "--seed", 4,
        "--sampler", "k_euler", "--transparent", "--character", "girl, @_@",
        "--character", "boy@c3", "--character", "owl@0.25,0.75",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.stderr
    (body,) = bodies(emulator)
    sent = body["parameters"]
    assert body["model"] == "nai-diffusion-5-full"
    assert body["input"] == "cat, transparent background"
    assert (sent["width"], sent["height"], sent["steps"], sent["scale"]) == (1024, 1024, 11, 6.5)
    assert (sent["sampler"], sent["seed"], sent["negative_prompt"]) == ("k_euler", 4, "dog")
    captions = sent["v4_prompt"]["caption"]["char_captions"]
    assert [one["char_caption"] for one in captions] == ["girl, @_@", "boy", "owl"]
    assert captions[1]["centers"] == [{"x": 0.5, "y": 0.5}]
    assert captions[2]["centers"] == [{"x": 0.25, "y": 0.75}]


def test_a_picture_to_start_from(run, emulator, draw):
    """--i2i alone works at the picture's own shape."""
    draw(size=(640, 384))
    ran = run("generate", "cat", "--i2i", "source.png", "--strength", 0.4, "--noise", 0.1)
    assert ran.exit_code == 0, ran.stderr
    (body,) = bodies(emulator)
    sent = body["parameters"]
    assert body["action"] == "img2img"
    assert (sent["width"], sent["height"]) == (640, 384)
    assert (sent["strength"], sent["noise"]) == (0.4, 0.1)


def test_a_mask_makes_it_inpainting(run, emulator, draw):
    """--i2i with --mask repaints; what NovelAI sent is saved beside what it was put into."""
    draw()
    draw("mask.png")
    ran = run("generate", "cat", "--json", "--i2i", "source.png", "--mask", "mask.png")
    assert ran.exit_code == 0, ran.stderr
    (body,) = bodies(emulator)
    assert (body["action"], body["model"]) == ("infill", "nai-diffusion-4-5-full-inpainting")
    record = json.loads(ran.stdout)
    composed, received = Path(record["file"]), Path(record["received"])
    assert received.stem == f"{composed.stem}-received"
    assert composed.read_bytes() != received.read_bytes()
    settings = [extract_metadata(path).settings for path in (composed, received)]
    assert settings[0] is not None
    assert settings[0].comment == settings[1].comment


def test_vibes_are_encoded_once_for_all_calls(run, emulator, draw):
    """--vibe takes strength and extraction behind the name; calls share one encoding."""
    draw("mood.png")
    twice = ("-n", 2, "--one-by-one", "--pause", 0)
    ran = run("generate", "cat", *twice, *SMALL, "--vibe", "mood.png:-0.3:0.9")
    assert ran.exit_code == 0, ran.stderr
    encodings = [one.body for one in emulator.requests if one.path == "/ai/encode-vibe"]
    assert [one["information_extracted"] for one in encodings] == [0.9]
    strengths = [one["parameters"]["reference_strength_multiple"] for one in bodies(emulator)]
    assert strengths == [[-0.3], [-0.3]]


def test_a_vibe_file_brings_its_encoding(run, emulator, here, draw):
    """A .naiv4vibe file that fits the model costs no encoding; numbers behind it still count."""
    encoding = b"\x01" * 64
    vibe = Vibe(image=draw("mood.png"), strength=0.9).with_encoding(
        encoding, model="nai-diffusion-4-5-full"
    )
    vibe.to_file(here / "mood.naiv4vibe")
    for wish, strength in (("mood.naiv4vibe", 0.9), ("mood.naiv4vibe:0.25", 0.25)):
        ran = run("generate", "cat", *SMALL, "--vibe", wish)
        assert ran.exit_code == 0, ran.stderr
        sent = bodies(emulator)[-1]["parameters"]
        assert sent["reference_strength_multiple"] == [strength]
    assert "/ai/encode-vibe" not in {record.path for record in emulator.requests}


def test_references_take_a_type(run, emulator, draw):
    """--reference takes what to keep behind the name."""
    draw("her.png")
    ran = run("generate", "cat", *SMALL, "--reference", "her.png:style")
    assert ran.exit_code == 0, ran.stderr
    assert "director_reference_images" in str(bodies(emulator)[0]["parameters"].keys())


def test_streaming_gives_the_same_pictures(run, emulator):
    """--stream uses the stream endpoint and saves the same bytes under the same rules."""
    ran = run("generate", "cat", "--stream", "--seed", 8, "-n", 2, *SMALL)
    assert ran.lines == ["cat-8.png", "cat-9.png"]
    assert emulator.requests[-1].path == "/ai/generate-image-stream"


def test_models_without_previews_are_not_streamed(run, emulator):
    """V3 sends no previews, so --stream makes an ordinary call."""
    run("generate", "cat", "--stream", "--model", "nai-diffusion-3", *SMALL)
    assert emulator.requests[-1].path == "/ai/generate-image"


def test_the_price_needs_neither_key_nor_network(run, emulator):
    """--cost alone sends nothing at all."""
    ran = run(
        "generate", "cat", "--cost", NOVELAI_API_KEY=None, NOVELAI_BASE_URL="http://127.0.0.1:1"
    )
    assert ran.exit_code == 0
    assert ran.lines[0] == "17 Anlas for 1 picture in 1 call"
    assert emulator.requests == []


def test_the_price_comes_with_tokens(run):
    """--cost says how much of the model's limits each prompt uses, as it would be sent."""
    ran = run("generate", "1girl, cat ears", "--cost", "--no-quality", "--uc", "none")
    assert ran.lines[1:] == ["Prompt: 6 of 512 tokens; undesired content: 1 of 512 tokens"]
    ran = run("generate", "cat", "cat", "dog", "--cost", "-n", 5, "--json", "-m", V5)
    assert [one["limit"] for one in ran.records[0]["tokens"]] == [1471, 1471]
    ran = run("generate", "cat", "dog", "--cost", "--negative", "a ferry boat")
    assert [line.partition(":")[0] for line in ran.lines[1:]] == ["Prompt 1", "Prompt 2"]


def test_a_prompt_that_is_cut_is_noted_once(run, emulator):
    """It is drawn all the same; the note comes before the price is paid."""
    ran = run("generate", "cat, " * 300, *SMALL)
    assert (ran.exit_code, len(bodies(emulator))) == (0, 1)
    assert ran.stderr == "note: The prompt has 610 tokens; the model cuts it at 512.\n"


def test_the_price_of_an_account(run, emulator):
    """--cost --account uses tier and balance, and sends no generation."""
    ran = run("generate", "cat", "--cost", "--account", "--json", "-n", 2)
    (record,) = ran.records
    assert record.pop("tokens")[0].keys() == {"prompt", "negative_prompt", "limit"}
    assert record == {
        "anlas": 17,
        "pictures": 2,
        "calls": 1,
        "opus": True,
        "balance": 10_000,
        "enough": True,
    }
    said = run("generate", "cat", "--cost", "--account").lines
    assert said[0] == "0 Anlas for 1 picture in 1 call"
    assert said[-1] == "10000 Anlas on the account, with Opus"
    assert bodies(emulator) == []


def test_unknown_models_are_noted_and_have_no_price(run):
    """A model id that the catalogue does not know passes, with a note."""
    ran = run("generate", "cat", "--cost", "--model", "nai-diffusion-9")
    assert ran.lines[0] == "an unknown number of Anlas for 1 picture in 1 call"
    assert "'nai-diffusion-9' is not in the catalogue" in ran.stderr


def test_what_cannot_be_paid_is_not_begun(run, emulator):
    """With --account, an order the balance does not cover ends with code 4 before sending."""
    emulator.account().fixed_anlas = 10
    ran = run("generate", "cat", "--account", "-n", 2)
    assert ran.exit_code == 4
    assert "costs 17 Anlas and the account has 10" in ran.stderr
    assert bodies(emulator) == []


def test_quiet_hides_notes_but_not_paths(run):
    """-q leaves paths and errors."""
    ran = run("generate", "cat", "--cost", "--model", "nai-diffusion-9", "-q")
    assert ran.stderr == ""


def test_a_folder_that_cannot_be_made_stops_before_paying(run, emulator, here):
    """A wrong --output is found before anything is sent."""
    (here / "taken").write_text("a file")
    ran = run("generate", "cat", "-o", "taken/inside")
    assert ran.exit_code == 1
    assert "taken" in ran.stderr
    assert bodies(emulator) == []
