"""The client words and prices what it is asked for as the web client does."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.as_the_web import ALONE, MEDIUM, MEDIUM_ANLAS, PROMPTS, V5, V45, Q
from tests.sdk.making import archive, png
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import FixedFieldWarning, InvalidParamsError, NovelAI
from novelai.automatic_text import PlacedText, add_automatic_text, remove_automatic_text
from novelai.metadata.captions import recover_prompts
from novelai.prompt import split_mix
from novelai.types import Character, GenerateImageParams, InpaintParams

V5C = "nai-diffusion-5-curated"
ANSWER = reply(content=archive(png()))
HALF = 25_000
"""Characters: quoted, they are there twice, which is nearly as many as can be sent."""


def sent(colour="sync", **fields):
    """Return the body of a generation."""
    service = Service(ANSWER)
    use(colour, service, lambda client: client.image.generate(**fields), upload="json")
    return json.loads(service.requests[0].content)


@pytest.mark.parametrize("typed", PROMPTS)
def test_prompts_are_worded_as_on_the_web(typed):
    """Nothing is tidied, and what is quoted is to be written by V5."""
    body = sent(prompt=typed.prompt, model=typed.model)
    assert body["input"] == typed.sent
    assert body["parameters"]["v4_prompt"]["caption"]["base_caption"] == typed.sent


@pytest.mark.parametrize("colour", COLOURS)
def test_characters_alone_suffice(colour):
    """An empty prompt is sent with the quality text, which begins with its comma."""
    body = sent(colour, **ALONE)
    assert body["input"] == f", {Q}"
    caption = body["parameters"]["v4_prompt"]["caption"]
    assert [one["char_caption"] for one in caption["char_captions"]] == ["girl"]
    assert body["parameters"]["use_coords"] is True


def test_what_a_character_says_is_written_too():
    """In reading order where places count."""
    characters = [
        Character(prompt='girl, sign "Left"', position=(0.7, 0.5)),
        Character(prompt='boy, sign "Right"', position=(0.3, 0.5)),
    ]
    params = GenerateImageParams(prompt='banner "Hi"', model=V5, characters=characters)
    assert params.processed_prompt.endswith("teXt: Hi\n\nRight\n\nLeft")
    ours = params.replace(use_coords=False)
    assert ours.processed_prompt.endswith("teXt: Hi\n\nLeft\n\nRight")
    assert '"' in ours.replace(automatic_text=False).processed_prompt
    assert "teXt" not in ours.replace(automatic_text=False).processed_prompt


def test_v5_curated_inpaints_with_the_words_of_v45_curated():
    """Everything that follows from the model follows the id that is sent."""
    mask = InpaintParams(image=png(), mask=png(colour="white"))
    body = sent(prompt='a "sign"', model=V5C, inpaint=mask, transparent_background=True)
    assert body["model"] == "nai-diffusion-4-5-curated-inpainting"
    assert body["input"] == f'a "sign", {Q}, -0.8::feet::, rating:general'
    fields = body["parameters"]
    assert fields["negative_prompt"].startswith("blurry, lowres, upscaled, artistic error")
    assert fields["skip_cfg_above_sigma"] is None
    assert not fields.keys() & {"straight_alpha", "tag_hint_transparent_background"}


def test_medium_effort_costs_and_sends_its_own():
    """14 steps, and 17 Anlas for the usual size."""
    with pytest.warns(FixedFieldWarning):
        params = GenerateImageParams(prompt="a cat", model=MEDIUM, steps=28, negative_prompt="x")
    assert params.calculate_anlas().total_anlas == MEDIUM_ANLAS
    body = sent(prompt="a cat", model=MEDIUM)
    fields = body["parameters"]
    assert (body["model"], fields["steps"], fields["width"]) == (MEDIUM, 14, 832)
    assert "cfg_rescale" not in fields


@pytest.mark.parametrize(
    ("prompt", "model", "furry"),
    [
        ("a fox", V5, f"fur dataset, a fox, {Q}"),
        ("fur dataset, wolf", V45, f"fur dataset, wolf, {Q}"),
        ("background dataset, hills", V45, f"background dataset, hills, {Q}"),
        ('a "Den"', V5, f'fur dataset, a "Den", {Q}, teXt: Den'),
    ],
)
def test_furry_mode_goes_in_front_of_the_finished_prompt(prompt, model, furry):
    """Unless it begins with a data set."""
    assert GenerateImageParams(prompt=prompt, model=model, furry=True).processed_prompt == furry


def test_furry_mode_is_one_of_v4_and_later():
    """V3 has a furry model instead."""
    with pytest.raises(ValueError, match="furry"):
        GenerateImageParams(prompt="a fox", model="nai-diffusion-3", furry=True)


texts = st.text(st.sampled_from("ab \"'“”「」‘’|,.:{\nteXtext字1"), max_size=40)


@given(
    prompt=st.tuples(texts, st.sampled_from(["", '"sign"', ", teXt: a", " teXt:"])).map("".join),
    speech=texts,
    model=st.sampled_from([V5, V45]),
    furry=st.booleans(),
    placed=st.booleans(),
)
def test_what_is_read_back_is_sent_alike(prompt, speech, model, furry, placed):
    """Whatever was sent, the parameters found in it lead to the same words."""
    place = (0.25, 0.75) if placed else None
    made = GenerateImageParams(
        prompt=f"x{prompt}",
        model=model,
        furry=furry,
        characters=[Character(prompt=f"girl {speech}", position=place)],
    )
    comment = {
        "v4_prompt": {
            "caption": {
                "base_caption": made.processed_prompt,
                "char_captions": [
                    {
                        "char_caption": made.characters[0].prompt,
                        "centers": [{"x": 0.25, "y": 0.75}] if placed else [{"x": 0.5, "y": 0.5}],
                    }
                ],
            },
            "use_coords": placed,
        }
    }
    found, _ = recover_prompts(comment, made.spec, "", made.processed_negative_prompt)
    again = made.replace(furry=False, automatic_text=True, quality=False, prompt="x")
    assert again.replace(**found).processed_prompt == made.processed_prompt


def test_the_automatic_section_comes_off_on_import():
    """So does furry mode's word: the prompt is what was typed."""
    made = GenerateImageParams(prompt='a sign "Den"', model=V5, furry=True)
    comment = {"v4_prompt": {"caption": {"base_caption": made.processed_prompt}}}
    found, _ = recover_prompts(comment, made.spec, "", "")
    assert (found["prompt"], found["furry"], found["quality"]) == ('a sign "Den"', True, True)
    assert "automatic_text" not in found
    own = {"v4_prompt": {"caption": {"base_caption": f'a sign "Den", {Q}'}}}
    found, _ = recover_prompts(own, made.spec, "", "")
    assert (found["prompt"], found["automatic_text"]) == ('a sign "Den"', False)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("a||b|c", ["a||b|c"]),
        ("a|||b", ["a|||b"]),
        ("||a|b||c|d", ["||a|b||c", "d"]),
        (
            "|".join(map(str, range(40))),
            ["0", "1", "2", "3", "4", "|".join(map(str, range(5, 40)))],
        ),
    ],
)
def test_a_mix_has_six_parts_at_most(text, parts):
    """The sixth keeps the rest; what is between double bars is not cut."""
    assert split_mix(text) == parts


@pytest.mark.parametrize(
    "unit",
    ['"', "“", "'", " '", "'a ", "「", '"a" ', "|", "||", "||a|", " text:", ", teXt: a", "text::"],
)
def test_time_grows_with_the_length_only(unit):
    """Neither marks that never close nor a thousand sections keep anybody waiting."""
    prompt = (unit * HALF)[:HALF]
    began = time.process_time()
    params = GenerateImageParams(prompt=f"x{prompt}", model=V5, negative_prompt=prompt)
    body = params.processed_prompt
    remove_automatic_text(body, [PlacedText(prompt)], use_coords=True)
    recover_prompts({"prompt": body}, params.spec, body, params.processed_negative_prompt)
    assert time.process_time() - began < 5


def test_100_kilobytes_are_refused_at_once():
    """Before anything is sent; so are halves of characters. No text is quoted."""
    for prompt, sentence in (
        ('"a" ' * 25_000, "at most 51200 characters"),
        ("cat \ud800", "half of a character"),
    ):
        service = Service()
        client = NovelAI("pst-key", transport=service)
        with client, pytest.raises(InvalidParamsError, match=sentence) as caught:
            client.image.generate(prompt=prompt, model=V5)
        assert caught.value.field == "prompt"
        assert service.calls == 0


def test_added_text_counts_for_the_limit():
    """The automatic section is part of what is sent."""
    prompt = f'"{"a" * 30_000}"'
    with pytest.raises(ValueError, match="added to yours"):
        GenerateImageParams(prompt=prompt, model=V5)
    assert add_automatic_text(prompt).count("a") == 60_000
    assert GenerateImageParams(prompt=prompt, model=V5, automatic_text=False)
