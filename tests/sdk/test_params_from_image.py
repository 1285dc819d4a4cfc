"""A picture gives back the parameters it was made with."""

import json
from base64 import b64encode
from io import BytesIO

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.sdk.making import png

from novelai import InvalidParamsError, NovelAI
from novelai._operations.payload import Pictures, generation_body
from novelai.catalogue import image_models, model_spec, sampler_takes_schedule
from novelai.emulator import Emulator
from novelai.metadata import erase_metadata, params_from_image, recover_params, write_metadata
from novelai.types import (
    Character,
    CharacterReference,
    GenerateImageParams,
    I2iParams,
    InpaintParams,
    Vibe,
)

V5, V45, V3 = "nai-diffusion-5-full", "nai-diffusion-4-5-full", "nai-diffusion-3"
MODELS = list(image_models())
SIZES = [(256, 320), (320, 256), (384, 384)]
WORDS = [
    "1girl",
    "cat ears",
    "{{tea}}",
    "[rain]",
    "1.3::smile::",
    "caf\u00e9",
    "\u732b",
    "nsfw",
    "no text",
]


def plain(colour="teal", size=SIZES[0], mode="RGB"):
    file = BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


SOURCE_V5 = "NovelAI Diffusion V5 0ADF9AB7"
SOURCE, MASK = plain(), plain("white", mode="L")


@pytest.fixture(scope="module")
def client():
    emulator = Emulator(fast=True)
    with (
        emulator.serve() as url,
        NovelAI(
            emulator.token, base_url=url, transport=httpx2.HTTPTransport(verify=False)
        ) as client,
    ):
        yield client


tags = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(", ".join)


@st.composite
def prompts(draw):
    """Return tags, in a mix of prompts or with text to be written, too."""
    shape = draw(st.sampled_from(["{0}", "{0}", "{0} | {1}", "||{0}|{1}||, {0}", "{0}, Text: hi"]))
    return shape.format(draw(tags), draw(tags))


seeds = st.integers(0, 2**32 - 1)
tenths = st.integers(1, 99).map(lambda number: number / 100)


@st.composite
def wishes(draw, model):
    """Return parameters of any action, in the form in which a picture gives them back."""
    spec = model_spec(model)
    action = draw(st.sampled_from(actions(spec)))
    seed = draw(seeds)
    fixed = spec.fixed
    fields = {
        "prompt": draw(prompts()),
        "model": model,
        "size": draw(st.sampled_from(SIZES)),
        "negative_prompt": draw(st.none() | tags),
        "quality": draw(st.sampled_from([False, True, *(set(spec.quality) - {"standard"})])),
        "steps": draw(st.integers(1, 50)),
        "seed": seed,
        "n_samples": draw(st.integers(1, 2)),
        "characters": draw(characters(spec)),
        "image_format": draw(st.sampled_from(["png", "webp"])),
        **draw(sampling(spec)),
        **draw(switches(spec, action)),
        **{name: value for name, value in fixed.items() if name != "cfg_rescale"},
    }
    uc_preset = draw(st.sampled_from(list(spec.uc)))
    if uc_preset != spec.default_uc_preset and not fixed:
        fields["uc_preset"] = uc_preset
    noise_seed = st.none() | seeds.filter(lambda other: other != (seed - 1) % 2**32)
    if action == "img2img":
        fields["i2i"] = I2iParams(
            image=SOURCE, strength=draw(tenths), noise=draw(tenths), seed=draw(noise_seed)
        )
    elif action == "infill":
        fields["inpaint"] = InpaintParams(image=SOURCE, mask=MASK, seed=draw(noise_seed))
    return GenerateImageParams(**fields)


def actions(spec):
    # V5 Curated inpaints on V4.5 Curated, and the picture says so; the emulator has no furry V1.
    inpaints = spec.inpainting and spec.id not in {"nai-diffusion-5-curated", "nai-diffusion-furry"}
    return ["generate", "img2img", *(["infill"] if inpaints else [])]


@st.composite
def sampling(draw, spec):
    sampler = draw(st.sampled_from(spec.samplers))
    other = [name for name in spec.noise_schedules if name != spec.noise_schedule]
    schedules = [None, *other] if sampler_takes_schedule(sampler) else [None]
    scales = tenths.map(lambda number: round(number * 10, 2)).filter(lambda n: n != spec.scale)
    rescale = {"cfg_rescale": st.sampled_from([0.0, 0.02, 1.0])} if spec.cfg_rescale else {}
    return draw(
        st.fixed_dictionaries(
            {
                "sampler": st.just(sampler),
                "noise_schedule": st.sampled_from(schedules),
                "scale": st.none() | scales,
                **rescale,
            }
        )
    )


@st.composite
def switches(draw, spec, action):
    offered = {
        "variety_boost": spec.variety_sigma is not None,
        "smea": spec.smea and action == "generate",
        "decrisp": spec.decrisp,
        "transparent_background": spec.transparency,
    }
    fields = {name: draw(st.booleans()) for name, there in offered.items() if there}
    fields["smea_dyn"] = fields.get("smea", False) and draw(st.booleans())
    fields["straight_alpha"] = draw(st.sampled_from([None, False] if spec.transparency else [None]))
    return fields


@st.composite
def characters(draw, spec):
    count = draw(st.integers(0, min(spec.characters, 3)))
    if count == 0:
        return None
    placed = draw(st.booleans())
    free = st.integers(0, 1000).map(lambda number: number / 1000)
    place = st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]) if spec.positions == "grid" else free
    return tuple(
        Character(
            prompt=draw(tags),
            negative_prompt=draw(st.just("") if spec.fixed else st.just("") | tags),
            position=(draw(place), draw(place)) if placed else None,
        )
        for _ in range(count)
    )


def given_back(picture, params):
    return params_from_image(
        picture,
        source=SOURCE if params.action != "generate" else None,
        mask=MASK if params.action == "infill" else None,
    )


def stripped(picture):
    """Return the file without text chunks or EXIF; the alpha channel is as it was."""
    bare = erase_metadata(picture.data, "png_info")
    file = BytesIO()
    options = {"lossless": True, "exact": True} if picture.format == "WEBP" else {}
    bare.save(file, picture.format, **options)
    return file.getvalue()


@pytest.mark.parametrize("model", MODELS)
def test_a_picture_gives_back_its_parameters(client, model):
    """For every model and action, also when only the alpha channel still holds the settings."""

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(wishes(model))
    def check(params):
        picture = client.image.generate(params)[0]
        single = params.replace(n_samples=1)
        assert given_back(picture, params) == single
        assert given_back(picture.data, params) == single
        if not params.transparent_background:
            assert given_back(stripped(picture), params) == single

    check()


@st.composite
def any_text(draw):
    pieces = [*WORDS, ", ", " ", "|", "||", ":1.5", "Text:", "text: ", ",", "\n", "very aesthetic"]
    return "".join(draw(st.lists(st.sampled_from(pieces), min_size=1, max_size=8)))


def written(params):
    """Return a picture that says what a service would say of these parameters."""
    body = generation_body(params, Pictures(), seed=params.seed)
    sent = body["parameters"]
    sources = {V45: "NovelAI Diffusion V4.5 4BDE2A90", V3: "Stable Diffusion XL 7BCCAA2C"}
    source = sources.get(params.model, SOURCE_V5)
    comment = {**sent, "prompt": body["input"], "uc": sent["negative_prompt"]}
    return write_metadata(
        Image.new("RGB", (8, 8)),
        {"Comment": json.dumps(comment), "Source": source},
        target="png_info",
    )


@pytest.mark.parametrize("model", [V5, V45, V3])
def test_whatever_was_typed_is_sent_again(model):
    """Any prompt, however odd its commas, bars and colons, leads to the same request."""

    @settings(max_examples=300)
    @given(
        prompt=any_text().filter(str.strip),
        negative_prompt=st.none() | any_text(),
        quality=st.booleans(),
        uc_preset=st.sampled_from(["heavy", "light", "human_focus", "none"]),
    )
    def check(**fields):
        params = GenerateImageParams(model=model, seed=5, **fields)
        recovered = params_from_image(written(params))
        hints = {"ucPresetId", "qualityPresetId", "tag_hint_qt", "tag_hint_uc_preset"}
        bodies = [
            generation_body(each, Pictures(), seed=5)["parameters"] for each in (params, recovered)
        ]
        for body in bodies:
            for hint in hints:
                del body[hint]  # a preset typed by hand is taken for the preset
        assert bodies[0] == bodies[1]

    check()


def test_one_picture_of_a_batch_leads_to_itself(client):
    """The second of three has its own seed, and asks for one picture, at the price of one."""
    params = GenerateImageParams(prompt="a", size=SIZES[0], seed=50, n_samples=3)
    found = [params_from_image(picture) for picture in client.image.generate(params)]
    assert found == [params.replace(seed=seed, n_samples=1) for seed in (50, 51, 52)]


FIRST = {"steps": 28, "sampler": "k_euler_ancestral", "seed": 1, "scale": 11.0, "uc": "lowres"}


@pytest.mark.parametrize(
    ("digest", "model"),
    [
        ("81274D13", "nai-diffusion"),
        ("3B3287AF", "nai-diffusion"),
        ("1D44365E", "safe-diffusion"),
        ("F4D50568", "safe-diffusion"),
        ("4CC42576", "nai-diffusion-furry"),
        ("1D09C008", "nai-diffusion-furry"),
        ("1D09D794", "nai-diffusion-furry"),
        ("F64BA557", "nai-diffusion-furry"),
    ],
)
@pytest.mark.parametrize("size", [(512, 768), (640, 640), (384, 1024)])
def test_a_picture_of_the_first_models(digest, model, size):
    """Their settings hold neither prompt nor size: the description and the file do."""
    texts = {
        "Title": "AI generated image",
        "Description": "girl",
        "Software": "NovelAI",
        "Source": f"Stable Diffusion {digest}",
        "Comment": json.dumps({**FIRST, "strength": 0.69, "noise": 0.667}),
    }
    recovered = recover_params(png(size, texts=texts))
    params = recovered.params
    assert (params.model, params.dimensions, params.prompt) == (model, size, "girl")
    assert (params.seed, params.steps, recovered.missing) == (1, 28, ())


@pytest.mark.parametrize("size", [(500, 768), (64, 65), (2048, 2048)])
def test_a_size_that_nothing_draws_is_not_guessed(size):
    """A picture that was cut or enlarged since has a size that no model drew."""
    texts = {"Comment": json.dumps(FIRST), "Source": "Stable Diffusion 81274D13"}
    with pytest.raises(InvalidParamsError, match="does not state its width and height"):
        recover_params(png(size, texts=texts))


def test_vibes_come_back_where_their_encodings_are_embedded():
    """With an encoding for each strength nothing is missing; with fewer, the vibes are."""
    encodings = [b64encode(data).decode() for data in (b"first", b"second")]
    settings = {"prompt": "a", "width": 512, "height": 512, "reference_strength_multiple": [0.4, 1]}
    for held, missing in ((encodings, ()), (encodings[:1], ("vibes",)), (["#", "#"], ("vibes",))):
        comment = {**settings, "reference_image_multiple": held}
        recovered = recover_params(png(texts={"Comment": json.dumps(comment)}), model=V45)
        assert recovered.missing == missing
        assert recovered.reproducible is (not missing)
    whole = {**settings, "reference_image_multiple": encodings}
    vibes = params_from_image(png(texts={"Comment": json.dumps(whole)}), model=V45).vibes
    assert [(vibe.encoding, vibe.strength) for vibe in vibes] == [(b"first", 0.4), (b"second", 1)]


def test_what_is_missing_is_named(client):
    """Pictures that a picture was made from are named; the rest is given back."""
    size = SIZES[0]
    (varied,) = client.image.generate(prompt="a", size=size, i2i=I2iParams(image=SOURCE))
    (inpainted,) = client.image.generate(
        prompt="a", size=size, inpaint=InpaintParams(image=SOURCE, mask=MASK)
    )
    (vibed,) = client.image.generate(prompt="a", size=size, vibes=[Vibe(image=SOURCE)])
    (referenced,) = client.image.generate(
        prompt="a", size=size, character_references=[CharacterReference(image=SOURCE)]
    )
    assert recover_params(varied).missing == ("i2i.image",)
    assert not recover_params(varied).reproducible
    assert recover_params(varied).params.action == "generate"
    assert recover_params(inpainted).missing == ("inpaint.image", "inpaint.mask")
    assert recover_params(vibed).missing == ("vibes",)
    assert recover_params(referenced).missing == ("character_references",)
    assert recover_params(varied, source=SOURCE).missing == ()
    assert recover_params(varied, source=SOURCE).reproducible


def test_vibes_and_references_can_be_handed_in_again(client):
    """With what a picture holds no copy of, the parameters are complete."""
    for fields in (
        {"vibes": (Vibe(image=SOURCE, strength=0.4),)},
        {"character_references": (CharacterReference(image=SOURCE, fidelity=0.5),)},
    ):
        params = GenerateImageParams(prompt="a", size=SIZES[0], seed=1, **fields)
        (picture,) = client.image.generate(params)
        assert params_from_image(picture, **fields) == params


def test_sizes_come_back_as_pairs(client):
    """A size that has a name, too."""
    (picture,) = client.image.generate(prompt="a", size="small_square", seed=1)
    assert params_from_image(picture).size == (640, 640)


@pytest.mark.parametrize(
    ("source", "model"),
    [
        ("NovelAI Diffusion V4.5 1229B44F", V45),
        ("NovelAI Diffusion V4.5 5AB81C7C", "nai-diffusion-4-5-curated"),
        ("NovelAI Diffusion V4 79F47848", "nai-diffusion-4-full"),
        ("NovelAI Diffusion V4 770A9E12", "nai-diffusion-4-curated-preview"),
        ("Stable Diffusion XL C1E1DE52", V3),
        ("Stable Diffusion XL 9CC2F394", "nai-diffusion-furry-3"),
        ("Stable Diffusion 49BFAF6A", "nai-diffusion-2"),
        ("NovelAI Diffusion V5 657484A5", V5),
        ("NovelAI Diffusion V5 0ADF9AB7", V5),
        ("NovelAI Diffusion V5 93F4BD30", "nai-diffusion-5-full-medium"),
        ("NovelAI Diffusion V5 70AB5786", "nai-diffusion-5-full-medium"),
        ("NovelAI Diffusion V5 DB276663", "nai-diffusion-5-curated"),
        ("NovelAI Diffusion V5 00000000", "nai-diffusion-5-curated"),
    ],
)
def test_the_source_tells_the_model(source, model):
    """The hash in a picture's source names the model, also of older versions."""
    picture = png(
        texts={"Comment": '{"prompt": "a", "width": 512, "height": 512}', "Source": source}
    )
    assert params_from_image(picture).model == model


def test_an_unknown_source_asks_for_the_model():
    """A picture that does not say its model can be read when the caller does."""
    picture = png(texts={"Comment": '{"prompt": "a"}', "Source": "Stable Diffusion XL 00000000"})
    with pytest.raises(InvalidParamsError, match="model: is not named"):
        params_from_image(picture)
    sized = png(texts={"Comment": '{"prompt": "a", "width": 512, "height": 512}'})
    assert params_from_image(sized, model=V3).model == V3


def test_undesired_content_no_preset_leads_to():
    """V3 is never sent an empty text; a picture that has one is read as far as that goes."""
    comment = {"prompt": "a", "uc": "", "width": 512, "height": 512}
    source = "Stable Diffusion XL 7BCCAA2C"
    recovered = recover_params(png(texts={"Comment": json.dumps(comment), "Source": source}))
    assert recovered.missing == ("negative_prompt",)
    assert (recovered.params.uc_preset, recovered.params.negative_prompt) == ("none", "")
    comment["uc"] = "blurry"
    recovered = recover_params(png(texts={"Comment": json.dumps(comment), "Source": source}))
    assert recovered.missing == ()
    assert (recovered.params.uc_preset, recovered.params.negative_prompt) == ("none", "blurry")


def test_an_empty_prompt_comes_back_where_characters_suffice(client):
    """A picture of characters alone gives back an empty prompt and its quality text's switch."""
    params = GenerateImageParams(
        prompt="", size=SIZES[0], seed=1, characters=(Character(prompt="cat"),)
    )
    (picture,) = client.image.generate(params)
    assert params_from_image(picture) == params


def test_a_picture_inpainted_with_another_model_can_be_read_as_the_one_asked_for(client):
    """V5 Curated's inpainting holds V4.5 Curated's texts, and gives back V5 Curated's wish."""
    params = GenerateImageParams(
        prompt="a",
        model="nai-diffusion-5-curated",
        size=SIZES[0],
        seed=1,
        negative_prompt="fog",
        inpaint=InpaintParams(image=SOURCE, mask=MASK),
    )
    (picture,) = client.image.generate(params)
    found = params_from_image(picture, model=params.model, source=SOURCE, mask=MASK)
    assert found == params
    assert params_from_image(picture).model == "nai-diffusion-4-5-curated"


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({}, "holds no settings"),
        ({"Comment": "not json"}, "holds no settings"),
        ({"Comment": '{"req_type": "lineart"}'}, "was made by a director tool"),
        ({"Comment": '{"prompt": "a"}', "Source": SOURCE_V5}, "does not state its width"),
        ({"Comment": '{"width": 64, "height": 64}', "Source": SOURCE_V5}, "prompt: must not be"),
        ({"Comment": '{"steps": 99, "width": 64, "height": 64}', "Source": SOURCE_V5}, "steps"),
    ],
)
def test_what_cannot_be_recovered(texts, sentence):
    """A picture without usable settings is refused with the reason."""
    with pytest.raises(InvalidParamsError, match=sentence):
        params_from_image(png(texts=texts))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["caption", "base_caption", "char_captions", "centers", "x", "y"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
NAMES = (
    "prompt uc steps scale seed n_samples width height sampler noise_schedule cfg_rescale sm "
    "sm_dyn v4_prompt v4_negative_prompt request_type strength noise extra_noise_seed "
    "skip_cfg_above_sigma tag_hint_qt tag_hint_uc_preset reference_strength_multiple "
    "director_reference_strengths straight_alpha model_name model_hash"
).split()


@settings(max_examples=300)
@given(
    comment=st.dictionaries(st.sampled_from(NAMES), json_values),
    model=st.sampled_from([None, V5, V45, V3]),
)
def test_settings_of_any_kind_are_our_error_or_parameters(comment, model):
    """A comment that lies about types is refused with our error, and never with another."""
    size = {"width": 64, "height": 64}
    picture = png(texts={"Comment": json.dumps({"prompt": "a", **size, **comment})})
    try:
        params = params_from_image(picture, model=model, source=SOURCE, mask=MASK)
    except InvalidParamsError:
        return
    assert isinstance(params, GenerateImageParams)
