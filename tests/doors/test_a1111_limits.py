"""What A1111 allows and NovelAI does not is brought inside its limits, ignored or refused: told."""

import json

import httpx2
import pytest
from tests.doors.test_a1111_bad_input import refused
from tests.doors.test_a1111_pictures import half, opened, plain

from novelai.catalogue import MAX_AREA
from novelai.server.compat.a1111.clamps import fit_size, hires_size
from novelai.server.compat.a1111.ignored import ignored_of
from novelai.server.compat.a1111.schemas import ImageRequest

PATH = "/sdapi/v1/txt2img"
SMALL = {"prompt": "a cat", "width": 64, "height": 64, "steps": 1}


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def info_of(answer) -> dict:
    assert answer.status_code == 200, answer.text
    return json.loads(answer.json()["info"])


@pytest.mark.parametrize(
    ("change", "sent", "note"),
    [
        ({"steps": 150}, ("steps", 50), "steps 150 became 50: it is NovelAI's most."),
        ({"cfg_scale": 30}, ("scale", 10), "cfg_scale 30 became 10: it is NovelAI's most."),
        (
            {"width": 100, "height": 64},
            ("width", 128),
            "width and height 100x64 became 128x64: sides are multiples of 64.",
        ),
    ],
)
def test_values_out_of_range(client, seen, change, sent, note):
    """The nearest that NovelAI takes is used; info and a header name the client's own field."""
    answer = client.post(PATH, json=SMALL | change)
    assert info_of(answer)["notes"] == [note]
    assert note.split()[0] in answer.headers["x-novelai-notes"]
    (body,) = seen.bodies
    assert body["parameters"][sent[0]] == sent[1]


def test_strengths(client, seen):
    """A denoising strength that NovelAI does not take becomes the nearest; with a mask 1 is one."""
    body = SMALL | {"init_images": [plain((64, 64))], "denoising_strength": 1}
    info = info_of(client.post("/sdapi/v1/img2img", json=body))
    assert info["notes"] == ["denoising_strength 1 became 0.99: NovelAI takes 0.01 to 0.99."]
    assert info["denoising_strength"] == 0.99
    masked = body | {"mask": half("L", (64, 64)), "denoising_strength": 1}
    assert info_of(client.post("/sdapi/v1/img2img", json=masked))["notes"] == []


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ((1664, 2432), (1472, 2112)),
        ((2432, 1664), (2112, 1472)),
        ((4096, 4096), (1728, 1728)),
        ((16_384, 64), (16_384, 64)),
        ((16_384, 16_384), (1728, 1728)),
        ((512, 512), (512, 512)),
        ((1, 1), (64, 64)),
    ],
)
def test_sizes(asked, taken):
    """A size is on the grid and within NovelAI's area, in nearly its own form."""
    notes: list[str] = []
    found = fit_size("width and height", asked, notes)
    assert found == taken
    assert found[0] * found[1] <= MAX_AREA
    assert bool(notes) == (found != asked)


def test_hires_fix_by_default(client, seen):
    """Twice 832x1216, as clients ask by default, becomes the largest that NovelAI draws."""
    body = {"prompt": "a cat", "width": 832, "height": 1216, "steps": 1, "enable_hr": True}
    answer = client.post(PATH, json=body | {"hr_scale": 2, "hr_upscaler": "Latent"})
    info = info_of(answer)
    assert opened(answer.json()["images"][0]).size == (1472, 2112)
    assert (info["width"], info["height"]) == (1472, 2112)
    assert info["notes"] == [
        "hr_scale 2: 1664x2432 became 1472x2112: NovelAI draws 3,145,728 pixels at most."
    ]
    assert info["ignored"] == []
    assert seen.paid == 2


def test_hires_fix_of_the_largest():
    """A picture that is the largest already is not paid for twice."""
    notes: list[str] = []
    asked = ImageRequest(enable_hr=True)
    assert hires_size(asked, (1536, 2048), notes) is None
    assert notes == ["enable_hr was left out: from 1536x2048 NovelAI cannot go to 3072x4096."]


def test_a_model_with_values_of_its_own(client, seen):
    """What a model sets by itself is told when something else was asked for."""
    body = SMALL | {
        "model": "nai-diffusion-5-full-medium", "steps": 28, "negative_prompt": "hat",
        "sampler_name": "Euler",
    }  # fmt: skip
    info = info_of(client.post(PATH, json=body))
    name = "NAI Diffusion V5 Full (Medium)"
    assert info["notes"] == [
        f"sampler_name Euler became Euler a: {name} has no such sampler.",
        f"steps 28 became 14: {name} sets it by itself.",
        f"negative_prompt was left out: {name} sets it by itself.",
    ]
    assert info["steps"] == 14


def test_what_novelai_lacks_is_listed(client, seen):
    """Fields and tags without a counterpart are listed, and the picture is drawn without them."""
    body = SMALL | {
        "prompt": "a cat <lora:add_detail:0.8>", "styles": ["Anime"], "tiling": True,
        "restore_faces": True, "subseed": 7, "subseed_strength": 0.5,
        "override_settings": {"sd_vae": "x.vae", "eta_noise_seed_delta": 31337},
        "alwayson_scripts": {"ADetailer": {"args": [True, {"ad_model": "face"}]}},
    }  # fmt: skip
    info = info_of(client.post(PATH, json=body))
    assert info["ignored"] == [
        "styles", "tiling", "restore_faces", "subseed", "subseed_strength",
        "override_settings.sd_vae", "override_settings.eta_noise_seed_delta",
        "alwayson_scripts.ADetailer", "prompt: <lora:add_detail:0.8>",
    ]  # fmt: skip
    assert "lora" not in seen.bodies[0]["input"]


def test_defaults_ask_for_nothing():
    """What clients send by default is not listed."""
    webuiapi = {
        "enable_hr": False, "hr_upscaler": "Latent", "hr_prompt": "", "hr_scheduler": None,
        "styles": [], "subseed": -1, "subseed_strength": 0.0, "seed_resize_from_h": 0,
        "seed_resize_from_w": 0, "restore_faces": False, "tiling": False, "eta": 1.0, "s_churn": 0,
        "s_tmax": 0, "s_tmin": 0, "s_noise": 1, "override_settings": {}, "script_args": [],
        "firstphase_width": 0, "firstphase_height": 0, "alwayson_scripts": {},
    }  # fmt: skip
    sillytavern = {
        "restore_faces": False, "enable_hr": False, "hr_upscaler": "Latent", "hr_scale": 2,
        "override_settings": {"CLIP_stop_at_last_layers": 1},
        "override_settings_restore_afterwards": True, "clip_skip": 1, "save_images": True,
    }  # fmt: skip
    off = {"alwayson_scripts": {"ADetailer": {"args": [False]}, "ControlNet": {"args": []}}}
    for body in (webuiapi, sillytavern, off):
        assert ignored_of(body) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"script_name": "x/y/z plot", "script_args": [1]}, "Script 'x/y/z plot' not found"),
        (
            {"alwayson_scripts": {"ControlNet": {"args": [{"image": plain((8, 8))}]}}},
            "Script 'ControlNet' not found",
        ),
        (
            {"alwayson_scripts": {"controlnet": {"args": [{"input_image": "x", "module": "c"}]}}},
            "Script 'controlnet' not found",
        ),
        ({"controlnet_units": [{"image": "x"}]}, "Script 'controlnet' not found"),
    ],
)
def test_scripts_that_are_not_here(client, seen, change, told):
    """ControlNet with a picture, and a script by name, are refused as A1111 would without them."""
    answer = client.post(PATH, json=SMALL | change)
    assert answer.status_code == 422
    found = answer.json()
    assert found["error"] == "HTTPException"
    assert found["detail"].startswith(told)
    assert found["charged"] == "no"
    assert seen.paid == 0


@pytest.mark.parametrize("name", [None, "", "none"])
def test_no_script(client, name):
    """Clients say in several ways that they want no script; a unit that is off needs none."""
    off = {"alwayson_scripts": {"ControlNet": {"args": [{"enabled": False, "image": "x"}]}}}
    assert client.post(PATH, json=SMALL | {"script_name": name} | off).status_code == 200


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"prompt": "a cat", "cfg_scale": NaN}', "cfg_scale"),
        ('{"prompt": "a cat", "cfg_scale": Infinity}', "cfg_scale"),
        ('{"prompt": "a cat", "cfg_scale": -1}', "cfg_scale"),
        ('{"prompt": "a cat", "steps": NaN}', "steps"),
        ('{"prompt": "a cat", "steps": Infinity}', "steps"),
        ('{"prompt": "a cat", "steps": -3}', "steps"),
        ('{"prompt": "a cat", "width": NaN}', "width"),
        ('{"prompt": "a cat", "seed": NaN}', "seed"),
        ('{"prompt": "a cat", "denoising_strength": NaN}', "denoising_strength"),
        ('{"prompt": "a cat", "enable_hr": true, "hr_scale": NaN}', "hr_scale"),
        ('{"prompt": "a cat", "n_iter": 100}', "n_iter"),
        ('{"prompt": "a cat", "batch_size": 100}', "batch_size"),
        ('{"prompt": ["a cat"]}', "prompt"),
        ('{"prompt": "a cat", "steps": "many"}', "steps"),
        ('{"prompt": "a cat", "override_settings": [1]}', "override_settings"),
        ('{"prompt": "a cat", "alwayson_scripts": "x"}', "alwayson_scripts"),
    ],
)
def test_numbers_that_are_none(client, seen, text, told):
    """NaN, infinities, negatives, a hundred pictures and wrong types are refused by their name."""
    answer = client.post(PATH, content=text, headers={"content-type": "application/json"})
    assert refused(answer, 422).startswith(told)
    assert seen.paid == 0
