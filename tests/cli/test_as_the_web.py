"""The command line words and prices what it is asked for as the web client does."""

import pytest
from tests.as_the_web import MEDIUM, MEDIUM_ANLAS, PROMPTS, V5, Q

SMALL = ("--size", "64x64", "--seed", "1")


def sent(emulator):
    return emulator.requests[-1].body


@pytest.mark.parametrize("typed", PROMPTS)
def test_prompts_are_worded_as_on_the_web(run, emulator, typed):
    """Nothing is tidied, and what is quoted is to be written by V5."""
    ran = run("generate", typed.prompt, "--model", typed.model, *SMALL)
    assert ran.exit_code == 0, ran.stderr
    assert sent(emulator)["input"] == typed.sent


def test_characters_alone_suffice(run, emulator):
    """An empty prompt is sent with the quality text, which begins with its comma."""
    ran = run("generate", "", "--character", "girl@C3", *SMALL)
    assert ran.exit_code == 0, ran.stderr
    assert sent(emulator)["input"] == f", {Q}"


def test_furry_mode(run, emulator):
    """--furry asks for the fur data set."""
    ran = run("generate", "a fox", "--furry", "--model", V5, *SMALL)
    assert ran.exit_code == 0, ran.stderr
    assert sent(emulator)["input"] == f"fur dataset, a fox, {Q}"


def test_v5_curated_inpaints_with_the_words_of_v45_curated(run, emulator, draw):
    """Everything that follows from the model follows the id that is sent."""
    draw()
    draw("mask.png")
    model = ("--model", "nai-diffusion-5-curated")
    ran = run("generate", "a door", "--i2i", "source.png", "--mask", "mask.png", *model)
    assert ran.exit_code == 0, ran.stderr
    assert sent(emulator)["model"] == "nai-diffusion-4-5-curated-inpainting"
    assert sent(emulator)["input"] == f"a door, {Q}, -0.8::feet::, rating:general"


def test_medium_effort_costs_its_own(run):
    """17 Anlas for the usual size."""
    ran = run("generate", "a cat", "--model", MEDIUM, "--cost", "--json")
    assert ran.records[0]["anlas"] == MEDIUM_ANLAS
