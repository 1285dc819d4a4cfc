"""The bodies we send against bodies that novelai.net's own page and live requests sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from novelai._codecs.body import Blob
from novelai._operations.payload import Pictures, generation_body
from novelai.types import (
    Character,
    CharacterReference,
    GenerateImageParams,
    I2iParams,
    InpaintParams,
    Vibe,
)

CAPTURES = Path(__file__).parent.parent / "data" / "image-requests"

TRIAL = {".use_new_shared_trial", ".recaptcha_token"}
"""Trial fields: the page sends them always, a persistent token needs neither."""

PICTURES = {
    ".parameters.image",
    ".parameters.mask",
    ".parameters.image_cache_secret_key",
    ".parameters.mask_cache_secret_key",
    ".parameters.reference_image_multiple",
    ".parameters.reference_image_multiple_cached",
    ".parameters.director_reference_images",
    ".parameters.director_reference_images_cached",
}
"""Image bytes, and the keys by which the page saves sending them again; compared by presence."""

FORMAT = {".parameters.image_format"}
"""The page asks for WebP by a personal setting, we ask for PNG unless told otherwise."""

RENAMED_SINCE_JULY = {
    ".parameters.ucPreset",
    ".parameters.ucPresetId",
    ".parameters.qualityToggle",
    ".parameters.qualityPresetId",
    ".parameters.params_version",
    ".parameters.tag_hint_qt",
    ".parameters.tag_hint_uc_preset",
    ".parameters.legacy_uc",
    ".parameters.v4_negative_prompt.legacy_uc",
}
"""Preset fields that the page named differently before September 2026."""

NOT_CAPTURED = {".input", ".parameters.v4_prompt.caption.base_caption"}
"""The source of this capture replaced the text by a placeholder that lacks the preset's part."""

SUBJECT = "1girl, solo, smile, cherry blossoms, outdoors, upper body"
SCENE = (
    "1girl, solo, year 2024, official art, -1::flat color::, sunny, rural background, "
    "pastel mood, dynamic angle"
)
GIRL = "girl, black hair, hair bun, white shirt, long skirt, black eyes, upper body"
OTHER_GIRL = "girl, white hair, brown eyes, upper body"
PLACED = [
    Character(prompt=GIRL, position=(0.1, 0.5)),
    Character(prompt=OTHER_GIRL, position=(0.9, 0.3)),
]
JULY: dict[str, Any] = {
    "prompt": SCENE,
    "size": "landscape",
    "scale": 7,
    "steps": 27,
    "cfg_rescale": 0.5,
    "quality": False,
    "negative_prompt": "blurry, lowres, error, bad hands",
}
JULY_NONE: dict[str, Any] = {**JULY, "uc_preset": "none"}
BLANK = b"picture"

LIVE: dict[str, dict[str, Any]] = {
    "v4.5-full__generate__base": {"prompt": SUBJECT},
    "v4.5-full__generate__stream-msgpack": {"prompt": SUBJECT},
    "v5-full__generate__base": {"prompt": SUBJECT, "model": "nai-diffusion-5-full"},
    "v4.5-full__img2img__base": {"prompt": SUBJECT, "i2i": I2iParams(image=BLANK)},
    "v4.5-full__generate__two-characters-grid": {
        "prompt": "2girls, park, bench, daytime",
        "characters": [
            Character(
                prompt="girl, red hair, long hair, green eyes, white dress, waving",
                negative_prompt="blue hair",
                position="B3",
            ),
            Character(
                prompt="girl, black hair, short hair, glasses, school uniform, reading book",
                position="D3",
            ),
        ],
    },
    "v5-full__infill__base": {
        "prompt": f"{SUBJECT}, hair flower",
        "model": "nai-diffusion-5-full",
        "inpaint": InpaintParams(image=BLANK, mask=BLANK),
    },
}
PAGE_AUTUMN: dict[str, Any] = {
    "prompt": "<PROMPT>",
    "model": "nai-diffusion-5-full",
    "quality": "light",
    "uc_preset": "none",
    "negative_prompt": "monochrome, ",
    "transparent_background": True,
}
PAGE: dict[str, dict[str, Any]] = {
    "v5-full__generate__browser-transparent-bg": PAGE_AUTUMN,
    "v5-full__img2img__browser-cache-key-only": {
        **PAGE_AUTUMN,
        "i2i": I2iParams(image=BLANK),
    },
    "v5-full__infill__browser-multipart": {
        **PAGE_AUTUMN,
        "inpaint": InpaintParams(image=BLANK, mask=BLANK),
    },
    "v5-curated__generate__browser-launch-day": {
        "prompt": "<PROMPT>",
        "model": "nai-diffusion-5-curated",
        "size": "square",
        "steps": 28,
        "quality": "standard",
    },
}
JULY_PAGE: dict[str, dict[str, Any]] = {
    "v4.5-full__generate__browser-one-character": {
        **JULY,
        "characters": [Character(prompt=GIRL)],
    },
    "v4.5-full__generate__browser-two-characters-ai-choice": {
        **JULY,
        "variety_boost": True,
        "characters": [Character(prompt=GIRL), Character(prompt=OTHER_GIRL)],
    },
    "v4.5-full__generate__browser-quality-on": {
        **JULY,
        "quality": True,
        "variety_boost": True,
        "characters": [Character(prompt=GIRL), Character(prompt=OTHER_GIRL)],
    },
    "v4.5-full__generate__browser-uc-human": {
        **JULY,
        "uc_preset": "human_focus",
        "variety_boost": True,
        "characters": [Character(prompt=GIRL), Character(prompt=OTHER_GIRL)],
    },
    "v4.5-full__generate__browser-uc-none": {
        **JULY_NONE,
        "variety_boost": True,
        "characters": PLACED,
    },
    "v4.5-full__generate__browser-variety-1024": {
        **JULY,
        "size": "square",
        "variety_boost": True,
        "characters": [Character(prompt=GIRL), Character(prompt=OTHER_GIRL)],
    },
    "v4.5-full__generate__browser-vibe-cached-upload": {
        **JULY_NONE,
        "variety_boost": True,
        "characters": PLACED,
        "vibes": [Vibe(encoding=BLANK)],
    },
    "v4.5-full__generate__browser-precise-reference-cached": {
        **JULY_NONE,
        "variety_boost": True,
        "characters": PLACED,
        "character_references": [CharacterReference(image=BLANK)],
    },
    "v4.5-full__img2img__browser-cache-key": {
        **JULY_NONE,
        "variety_boost": True,
        "characters": PLACED,
        "i2i": I2iParams(image=BLANK),
    },
}


LADY = Character(
    prompt="girl, blonde hair, long hair, black coat, ",
    negative_prompt="lowres, aliasing, ",
    position="C3",
)
BACKSTREET: dict[str, Any] = {
    "prompt": "1girl, backstreet background,  {{{ }}}, ",
    "quality": False,
    "steps": 27,
}
WINTER: dict[str, dict[str, Any]] = {
    "v4.5-full__generate__browser-precise-reference-json-cached": {
        "prompt": "1girl, backstreet background, 3::low quality::, ",
        "negative_prompt": "lowres, bad hands",
        "characters": [LADY],
        "character_references": [CharacterReference(image=BLANK)],
    },
    "v4.5-full__img2img__browser-vibe-grid": {
        "prompt": "1girl, backstreet background,  {{{ }}}, ",
        "characters": [Character(prompt=" ", position="C3")],
        "i2i": I2iParams(image=BLANK, strength=0.63, seed=1695580956),
        "vibes": [Vibe(encoding=BLANK, strength=0.77)],
    },
    "v4.5-full__generate__browser-two-vibes": {
        "prompt": "Nsfw, 1girl, {{{ simple background}}},",
        "negative_prompt": "lowres, bad hands",
        "scale": 6,
        "steps": 27,
        "characters": [LADY],
        "vibes": [Vibe(encoding=BLANK, strength=0.6)] * 2,
    },
    "v4.5-full__img2img__browser-noise-three-vibes": {
        **BACKSTREET,
        "characters": [LADY, Character(prompt="boy, short hair, blue shirt", position=(0.9, 0.5))],
        "i2i": I2iParams(image=BLANK, strength=0.44, noise=0.68, seed=522211634),
        "vibes": [Vibe(encoding=BLANK, strength=part) for part in (0.29, 0.65, 0.34)],
    },
    "v4.5-full__img2img__browser-enhance-1.5x": {
        **BACKSTREET,
        "size": (1280, 1856),
        "use_coords": False,
        "characters": [LADY, Character(prompt="boy, short hair, blue shirt")],
        "i2i": I2iParams(image=BLANK, strength=0.2, enhance="plain", seed=522211634),
        "vibes": [Vibe(encoding=BLANK, strength=part) for part in (0.29, 0.65, 0.34)],
    },
}
"""Of the page before July 2026."""

PANEL = {".parameters.inpaintImg2ImgStrength"}
"""What stood in a panel that was not in use: the page sent it with any request."""


def capture(name: str) -> dict[str, Any]:
    return json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path; lists of pictures stay one leaf."""
    if isinstance(value, dict) and value and path not in PICTURES:
        found: dict[str, Any] = {}
        for key, item in value.items():
            found |= flat(item, f"{path}.{key}")
        return found
    if isinstance(value, list) and value and path not in PICTURES:
        found = {}
        for index, item in enumerate(value):
            found |= flat(item, f"{path}[{index}]")
        return found
    return {path: value}


def built(recorded: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    parameters = recorded["parameters"]
    params = GenerateImageParams(**fields, seed=parameters["seed"])
    pictures = Pictures(
        base=BLANK if params.i2i or params.inpaint else None,
        mask=BLANK if params.inpaint else None,
        vibes=tuple(BLANK for _ in params.vibes or ()),
        references=tuple(BLANK for _ in params.character_references or ()),
    )
    return generation_body(params, pictures, seed=0, stream=parameters.get("stream"))


def compare(name: str, fields: dict[str, Any], apart: set[str]) -> None:
    recorded = capture(name)["body"]
    ours, theirs = flat(built(recorded, fields)), flat(recorded)
    apart = apart | TRIAL | FORMAT | PICTURES
    assert {key: value for key, value in ours.items() if key not in apart} == {
        key: value for key, value in theirs.items() if key not in apart
    }
    assert any(key in PICTURES for key in ours) == any(key in PICTURES for key in theirs)


@pytest.mark.parametrize("name", LIVE)
def test_body_equals_the_live_request_of_october_2026(name: str) -> None:
    """Every field of a recorded live request is sent as recorded, and no other."""
    compare(name, LIVE[name], set())


@pytest.mark.parametrize("name", PAGE)
def test_body_equals_the_page_since_v5(name: str) -> None:
    """Every field the page has sent since V5's launch is sent as recorded, and no other."""
    apart = set(NOT_CAPTURED)
    if "launch-day" in name:
        # Its undesired content is a placeholder too, and stands for a preset's text.
        apart |= {
            ".parameters.negative_prompt",
            ".parameters.v4_negative_prompt.caption.base_caption",
        }
    compare(name, PAGE[name], apart)


@pytest.mark.parametrize("name", JULY_PAGE)
def test_body_equals_the_page_of_july_2026(name: str) -> None:
    """Every field that the page has not renamed since July 2026 is sent as recorded."""
    compare(name, JULY_PAGE[name], RENAMED_SINCE_JULY)


@pytest.mark.parametrize("name", WINTER)
def test_body_equals_the_page_of_the_winter_before(name: str) -> None:
    """Every field that the page has not renamed since is sent as recorded."""
    compare(name, WINTER[name], RENAMED_SINCE_JULY | PANEL)


def test_every_capture_of_the_present_web_client_is_compared() -> None:
    """No generation captured in December 2025 or later is left out without being listed here."""
    shapes_of_others = {
        "v4.5-full__generate__no-v4-prompt-500",  # a deliberately broken body
        "v4.5-full__generate__over-token-limit-accepted",  # the base body with a long prompt
        "v4.5-full__generate__sillytavern-shape",  # another program's own body
    }
    recent = {
        path.stem
        for path in CAPTURES.glob("*.json")
        if (document := json.loads(path.read_text(encoding="utf-8")))["path"].startswith(
            "/ai/generate-image"
        )
        and document["_meta"]["captured"] >= "2025-12"
    }
    assert recent - shapes_of_others == (
        LIVE.keys() | PAGE.keys() | JULY_PAGE.keys() | WINTER.keys()
    )


def test_pictures_travel_as_blobs_with_the_page_s_part_names() -> None:
    """Binary values carry the part names that the page uses."""
    recorded = capture("v5-full__infill__browser-multipart")["body"]
    parameters = built(recorded, PAGE["v5-full__infill__browser-multipart"])["parameters"]
    assert parameters["image"] == Blob("image", BLANK)
    assert parameters["mask"] == Blob("mask", BLANK)
    assert (recorded["parameters"]["image"], recorded["parameters"]["mask"]) == ("image", "mask")
