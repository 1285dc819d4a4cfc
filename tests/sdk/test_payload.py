"""The body of a generation: what is sent for which model and action, and what is not."""

import pytest
from pydantic import ValidationError
from tests.sdk.making import png

from novelai._codecs.body import Blob
from novelai._operations.payload import Pictures, generation_body
from novelai.types import Character, CharacterReference, GenerateImageParams, Vibe

V5, V5C = "nai-diffusion-5-full", "nai-diffusion-5-curated"
MEDIUM = "nai-diffusion-5-full-medium"
V45, V4 = "nai-diffusion-4-5-full", "nai-diffusion-4-full"
V4C, V3, FURRY = "nai-diffusion-4-curated-preview", "nai-diffusion-3", "nai-diffusion-furry-3"
I2I = {"image": png()}
INPAINT = {"image": png(), "mask": png()}

STRUCTURED = {"v4_prompt", "v4_negative_prompt"}
SMEA = {"sm", "sm_dyn"}
VARIETY = {"skip_cfg_above_sigma"}
ALPHA = {"straight_alpha"}
RESCALE = {"cfg_rescale"}
MODERN = {
    "autoSmea",
    "use_coords",
    "legacy_uc",
    "normalize_reference_strength_multiple",
    "inpaintImg2ImgStrength",
}
PICTURE = {"image", "strength", "noise", "extra_noise_seed"}


def body(model=V45, *, seed=7, stream=None, **fields):
    params = GenerateImageParams(prompt="cat", model=model, **fields)
    pictures = Pictures(
        base=b"base" if params.i2i or params.inpaint else None,
        mask=b"mask" if params.inpaint else None,
        vibes=tuple(b"vibe" for _ in params.vibes or ()),
        references=tuple(b"reference" for _ in params.character_references or ()),
    )
    return generation_body(params, pictures, seed=seed, stream=stream)


def parameters(model=V45, **fields):
    return body(model, **fields)["parameters"]


@pytest.mark.parametrize(
    ("model", "present"),
    [
        (V5, STRUCTURED | MODERN | ALPHA | RESCALE),
        (MEDIUM, STRUCTURED | MODERN | ALPHA),
        (V5C, STRUCTURED | MODERN | ALPHA | RESCALE),
        (V45, STRUCTURED | MODERN | VARIETY | RESCALE),
        (V4, STRUCTURED | MODERN | VARIETY | RESCALE),
        (V4C, STRUCTURED | MODERN | VARIETY | RESCALE),
        (V3, SMEA | VARIETY | RESCALE),
        (FURRY, SMEA | VARIETY | RESCALE),
        ("nai-diffusion-2", SMEA),
    ],
)
def test_what_only_some_models_know_is_sent_to_them_alone(model, present):
    """A field that a model does not know is absent, not false."""
    sent = parameters(model).keys()
    assert sent & (STRUCTURED | MODERN | SMEA | VARIETY | ALPHA | RESCALE) == present
    assert not sent & PICTURE
    assert "qualityToggle" not in sent
    assert "reference_image_multiple" not in sent


@pytest.mark.parametrize("model", [V5, V45, V4, V3])
def test_character_prompts_are_always_there(model):
    """The list is sent even when it is empty, also to V3."""
    assert parameters(model)["characterPrompts"] == []


@pytest.mark.parametrize(
    ("model", "scale"), [(V5, 7), (V45, 5), (V4, 5.5), (V4C, 5.5), (V3, 5), (FURRY, 6.2)]
)
def test_guidance_defaults_to_the_model_s_own(model, scale):
    """The default is the page's for each model; a given value is kept."""
    assert parameters(model)["scale"] == scale
    assert parameters(model, scale=0)["scale"] == 0


@pytest.mark.parametrize(("seed", "noise_seed"), [(7, 6), (1, 0), (0, -1)])
@pytest.mark.parametrize("pictures", [{"i2i": I2I}, {"inpaint": INPAINT}])
def test_the_noise_seed_is_one_less(seed, noise_seed, pictures):
    """The noise's seed is the picture's minus one, plainly, as on the web."""
    sent = parameters(seed=seed, **pictures)
    assert (sent["seed"], sent["extra_noise_seed"]) == (seed, noise_seed)


def test_a_given_noise_seed_is_kept():
    """Zero is a seed like any other."""
    assert parameters(i2i={**I2I, "seed": 0})["extra_noise_seed"] == 0
    assert parameters(inpaint={**INPAINT, "seed": 9})["extra_noise_seed"] == 9


def test_the_seed_is_drawn_when_none_is_given():
    """A seed in the parameters wins, zero included."""
    params = GenerateImageParams(prompt="a")
    assert generation_body(params, Pictures(), seed=5)["parameters"]["seed"] == 5
    fixed = GenerateImageParams(prompt="a", seed=0)
    assert generation_body(fixed, Pictures(), seed=5)["parameters"]["seed"] == 0


def test_image_to_image():
    """The base picture goes with strength, noise and no mask."""
    sent = body(i2i={**I2I, "strength": 0.4, "noise": 0.1})
    inside = sent["parameters"]
    assert (sent["action"], sent["model"]) == ("img2img", V45)
    assert (inside["image"], inside["strength"], inside["noise"]) == (
        Blob("image", b"base"),
        0.4,
        0.1,
    )
    assert (inside["color_correct"], inside["add_original_image"]) == (False, True)
    assert "mask" not in inside


@pytest.mark.parametrize(
    ("model", "sent_model"),
    [
        (V5, "nai-diffusion-5-full-inpainting"),
        (MEDIUM, "nai-diffusion-5-full-medium-inpainting"),
        (V5C, "nai-diffusion-4-5-curated-inpainting"),
        (V45, "nai-diffusion-4-5-full-inpainting"),
        (V4C, "nai-diffusion-4-curated-inpainting"),
        (V3, "nai-diffusion-3-inpainting"),
    ],
)
def test_inpainting(model, sent_model):
    """The inpainting id is sent, with picture and mask, and the original is not added."""
    sent = body(model, inpaint=INPAINT)
    inside = sent["parameters"]
    assert (sent["action"], sent["model"]) == ("infill", sent_model)
    assert (inside["image"], inside["mask"]) == (Blob("image", b"base"), Blob("mask", b"mask"))
    assert not inside["add_original_image"]
    assert inside.get("inpaintImg2ImgStrength") == (None if model == V3 else 1)
    assert "img2img" not in inside
    assert "color_correct" not in inside


def test_inpainting_with_strength():
    """Below 1, the strength is stated twice, as the page does."""
    inside = parameters(inpaint={**INPAINT, "strength": 0.5})
    assert inside["inpaintImg2ImgStrength"] == 0.5
    assert inside["img2img"] == {"strength": 0.5, "color_correct": True}


@pytest.mark.parametrize(
    ("model", "size", "sigma"),
    [
        (V45, "portrait", 58),
        (V45, "landscape", 58),
        (V45, "square", 59.04722600415217),
        (V4, "portrait", 19),
        (V3, "portrait", 19),
    ],
)
def test_variety_follows_the_size(model, size, sigma):
    """The captured numbers come out exactly; off means null."""
    assert parameters(model, size=size, variety_boost=True)["skip_cfg_above_sigma"] == sigma
    assert parameters(model, size=size)["skip_cfg_above_sigma"] is None


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        (V45, {}, ("karras", False, True)),
        (V45, {"noise_schedule": "native"}, ("native", None, None)),
        (V45, {"sampler": "k_euler"}, ("karras", None, None)),
        (V45, {"sampler": "k_lms"}, (None, None, None)),
        (V3, {"sampler": "ddim_v3"}, (None, None, None)),
        (V5, {}, ("karras", False, True)),
    ],
)
def test_schedule_and_its_companions(model, fields, expected):
    """Some samplers take no schedule; Euler ancestral brings two flags, but not on native."""
    sent = parameters(model, **fields)
    names = ("noise_schedule", "deliberate_euler_ancestral_bug", "prefer_brownian")
    assert tuple(sent.get(name) for name in names) == expected
    assert {name for name in names if name in sent} == {
        name for name, value in zip(names, expected, strict=True) if value is not None
    }


def test_vibes_are_normalised():
    """Strengths that add up to more than one are divided by their sum, signs kept."""
    vibes = [Vibe(encoding=b"e", strength=strength) for strength in (0.6, -0.6, 0.3)]
    assert parameters(vibes=vibes)["reference_strength_multiple"] == pytest.approx([0.4, -0.4, 0.2])
    assert parameters(vibes=vibes[2:])["reference_strength_multiple"] == [0.3]


def test_vibes_with_a_mask():
    """On V3 the strengths are sent as given; since V4 no vibe is sent, or paid for."""
    raw = [Vibe(image=b"x", strength=0.8)] * 2
    sent = parameters(V3, vibes=raw, inpaint=INPAINT)
    assert sent["reference_strength_multiple"] == [0.8, 0.8]
    encoded = [Vibe(encoding=b"e", strength=0.8)] * 6
    sent = parameters(vibes=encoded, inpaint=INPAINT)
    assert not [name for name in sent if name.startswith("reference_")]
    params = GenerateImageParams(prompt="a", vibes=raw, inpaint=INPAINT)
    assert params.calculate_anlas().vibe_encoding_anlas == 0


@pytest.mark.parametrize(
    ("use_coords", "place", "sent"),
    [(None, None, False), (None, "B3", True), (False, "B3", False), (True, None, True)],
)
def test_whether_places_count_is_a_switch_of_its_own(use_coords, place, sent):
    """They count by default if there is one; stored ones are sent even when they do not."""
    character = Character(prompt="girl", position=place)
    body = parameters(characters=[character], use_coords=use_coords)
    assert (body["use_coords"], body["v4_prompt"]["use_coords"]) == (sent, sent)
    center = {"x": 0.3, "y": 0.5} if place else {"x": 0.5, "y": 0.5}
    assert body["characterPrompts"][0]["center"] == center
    assert body["v4_prompt"]["caption"]["char_captions"][0]["centers"] == [center]


def test_v5_takes_32_characters():
    """And not one more; V4.5 takes six."""
    many = [Character(prompt=f"girl {n}") for n in range(33)]
    assert len(parameters(V5, characters=many[:32])["characterPrompts"]) == 32
    for model, count in ((V5, 33), (V45, 7)):
        with pytest.raises(ValidationError, match="takes at most"):
            parameters(model, characters=many[:count])


def test_encoded_and_raw_vibes_differ():
    """What is burnt into an encoding is not sent again; V3 gets it beside its picture."""
    encoded = parameters(vibes=[Vibe(encoding=b"e")])
    assert encoded["reference_image_multiple"] == [
        Blob("ref_multiple_0", b"vibe", "application/octet-stream")
    ]
    assert "reference_information_extracted_multiple" not in encoded
    raw = parameters(V3, vibes=[Vibe(image=b"x", info_extracted=0.3)])
    assert raw["reference_image_multiple"] == [Blob("ref_multiple_0", b"vibe", "image/png")]
    assert raw["reference_information_extracted_multiple"] == [0.3]


def test_precise_references():
    """Five arrays of equal length; the second strength is what fidelity leaves."""
    references = [
        CharacterReference(image=b"x", fidelity=0.7, strength=0.9, type="style"),
        CharacterReference(image=b"x"),
    ]
    sent = parameters(character_references=references)
    arrays = {name: value for name, value in sent.items() if name.startswith("director_")}
    assert {len(value) for value in arrays.values()} == {2}
    assert len(arrays) == 5
    assert arrays["director_reference_secondary_strength_values"] == [0.3, 0]
    assert arrays["director_reference_strength_values"] == [0.9, 1]
    assert arrays["director_reference_information_extracted"] == [1, 1]
    first, second = arrays["director_reference_descriptions"]
    assert first["caption"] == {"base_caption": "style", "char_captions": []}
    assert second["caption"]["base_caption"] == "character&style"


PLACED = [Character(prompt="a", position="A1"), Character(prompt="b", negative_prompt="c")]


@pytest.mark.parametrize(
    ("model", "characters", "placed", "centers"),
    [
        (V45, PLACED, True, [(0.1, 0.1), (0.5, 0.5)]),
        (V45, PLACED[:1], True, [(0.1, 0.1)]),
        (V45, [Character(prompt="a", position=(0.123, 0.9))], True, [(0.1, 0.9)]),
        (V45, PLACED[1:] * 2, False, [(0.5, 0.5)] * 2),
        (V5, PLACED[:1], True, [(0.1, 0.1)]),
        (V5, [Character(prompt="a", position=(0.123, 0.9))], True, [(0.123, 0.9)]),
    ],
)
def test_characters_and_their_places(model, characters, placed, centers):
    """Where a character is placed, places count; otherwise the model decides."""
    sent = parameters(model, characters=characters)
    found = [(one["center"]["x"], one["center"]["y"]) for one in sent["characterPrompts"]]
    assert (found, sent["use_coords"]) == (centers, placed)
    assert sent["v4_prompt"]["use_coords"] == placed
    positive = sent["v4_prompt"]["caption"]["char_captions"]
    negative = sent["v4_negative_prompt"]["caption"]["char_captions"]
    assert [one["char_caption"] for one in positive] == [one.prompt for one in characters]
    assert [one["char_caption"] for one in negative] == [one.negative_prompt for one in characters]
    assert [one["centers"] for one in positive] == [one["centers"] for one in negative]


def test_a_character_without_a_prompt_is_not_sent():
    """Disabled characters and such without a prompt are left out everywhere."""
    characters = [
        Character(prompt="", negative_prompt="hat", position="A1"),
        Character(prompt="boy", enabled=False),
        Character(prompt="girl", position="B3"),
    ]
    sent = parameters(characters=characters)
    assert [one["prompt"] for one in sent["characterPrompts"]] == ["girl"]
    for name in STRUCTURED:
        assert len(sent[name]["caption"]["char_captions"]) == 1


def test_inpainting_on_v5_curated_follows_the_model_that_is_sent():
    """Texts, hints, guidance and switches are V4.5 Curated's; what it lacks counts as none."""
    wish = {"inpaint": INPAINT, "transparent_background": True}
    inside = parameters(V5C, **wish)
    assert inside["v4_prompt"]["caption"]["base_caption"].endswith(
        "no text, -0.8::feet::, rating:general"
    )
    assert inside["negative_prompt"].startswith("blurry, lowres, upscaled")
    assert (inside["scale"], inside["skip_cfg_above_sigma"]) == (5, None)
    assert not inside.keys() & {"straight_alpha", "tag_hint_transparent_background"}
    assert "transparent background" not in inside["v4_prompt"]["caption"]["base_caption"]
    lacking = body(V5C, quality="light", uc_preset="furry_focus", negative_prompt="fog", **wish)
    inside = lacking["parameters"]
    names = ("ucPresetId", "tag_hint_uc_preset", "qualityPresetId", "tag_hint_qt")
    assert [inside[name] for name in names] == ["none", 0, "none", 0]
    assert (lacking["input"], inside["negative_prompt"]) == ("cat", "fog")


def test_hints_name_what_was_added():
    """Preset ids and numbers say which texts are in the prompt."""
    names = ("ucPresetId", "tag_hint_uc_preset", "qualityPresetId", "tag_hint_qt")
    plain = parameters()
    assert [plain[name] for name in names] == ["heavy", 2, "standard", 1]
    bare = parameters(V5, quality=False, uc_preset="none")
    assert [bare[name] for name in names] == ["none", 0, "none", 0]


@pytest.mark.filterwarnings("ignore::novelai.UnknownModelWarning")
def test_an_unknown_model_is_sent_what_new_models_take():
    """Its id passes through, with a structured prompt, and no preset is claimed."""
    sent = body("nai-diffusion-9-full")
    inside = sent["parameters"]
    assert (sent["model"], sent["input"]) == ("nai-diffusion-9-full", "cat")
    assert (inside["qualityPresetId"], inside["ucPresetId"]) == ("none", "none")
    assert inside.keys() > STRUCTURED


def test_the_stream_is_named_only_on_the_stream_endpoint():
    """The framing is part of the body there."""
    assert body(stream="sse")["parameters"]["stream"] == "sse"
    assert "stream" not in parameters()


def test_the_prompt_is_the_same_in_both_places():
    """`input` and the structured prompt agree, as do the negative ones."""
    sent = body(negative_prompt="blurry", size="landscape", image_format="webp", n_samples=2)
    inside = sent["parameters"]
    assert inside["v4_prompt"]["caption"]["base_caption"] == sent["input"]
    assert inside["v4_negative_prompt"]["caption"]["base_caption"] == inside["negative_prompt"]
    assert (inside["width"], inside["height"], inside["n_samples"]) == (1216, 832, 2)
    assert (inside["image_format"], inside["params_version"]) == ("webp", 4)
