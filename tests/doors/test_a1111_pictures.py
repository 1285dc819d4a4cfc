"""Pictures from pictures through A1111's door: img2img, masks, the hires fix, extras, png-info."""

import base64
import json
from io import BytesIO

import httpx2
import pytest
from PIL import Image, ImageDraw

SMALL = {"prompt": "a cat", "width": 128, "height": 128, "steps": 2}


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def encoded(image: Image.Image) -> str:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def opened(text: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(text)))


def plain(size=(128, 128), colour="teal") -> str:
    return encoded(Image.new("RGB", size, colour))


def half(mode: str, size=(128, 128)) -> str:
    """A mask whose left half is to be repainted, told by brightness or by alpha."""
    if mode == "L":
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=255)
    else:
        mask = Image.new("RGBA", size, (0, 0, 0, 0))
        ImageDraw.Draw(mask).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=(9, 9, 9, 255))
    return encoded(mask)


def handed_on(local_server, answer, *names: str) -> Image.Image:
    """A picture as it is in the job that the answer names."""
    job = local_server.run(local_server.services.keys.local())
    found = local_server.run(local_server.services.jobs.read(job, answer.headers["x-job-id"]))
    value = found.params
    for name in names:
        value = value[name]
    data = local_server.run(local_server.services.context.blobs.image(value["sha256"]))
    return Image.open(BytesIO(data))


def repaints_left(mask: Image.Image) -> bool:
    quarter, height = mask.width // 4, mask.height // 2
    return mask.getpixel((quarter, height)) > 128 > mask.getpixel((3 * quarter, height))


def test_img2img(client, seen):
    """A picture with or without the front of a data URL is the start; the strength is passed on."""
    for front in ("", "data:image/png;base64,"):
        body = SMALL | {"init_images": [front + plain()], "denoising_strength": 0.4}
        answer = client.post("/sdapi/v1/img2img", json=body)
        assert answer.status_code == 200
        assert opened(answer.json()["images"][0]).size == (128, 128)
        assert "init_images" not in answer.json()["parameters"]
        assert json.loads(answer.json()["info"])["denoising_strength"] == 0.4
        sent = seen.bodies[-1]
        assert sent["action"] == "img2img"
        assert sent["parameters"]["strength"] == 0.4


def test_img2img_takes_the_pictures_own_size(client):
    """Without a width and a height the picture's own size is used."""
    body = {"prompt": "a cat", "steps": 2, "init_images": [plain((192, 128))]}
    found = client.post("/sdapi/v1/img2img", json=body).json()
    made = opened(found["images"][0]).size
    info = json.loads(found["info"])
    assert made == (info["width"], info["height"])
    assert made[0] > made[1]


@pytest.mark.parametrize("mode", ["L", "RGBA"])
@pytest.mark.parametrize("size", [(128, 128), (64, 64)])
def test_white_is_repainted(client, local_server, seen, mode, size):
    """A mask of any size, in black and white or with alpha, repaints what A1111 repaints."""
    body = SMALL | {"init_images": [plain()], "mask": half(mode, size)}
    answer = client.post("/sdapi/v1/img2img", json=body)
    assert seen.bodies[-1]["action"] == "infill"
    assert repaints_left(handed_on(local_server, answer, "inpaint", "mask"))


def test_the_rest_of_the_picture_stays(client):
    """Beside the mask and its soft edge the answer has the pixels that were sent."""
    size = (192, 128)
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, 16, 16))
    body = SMALL | {"width": 192, "init_images": [plain(size)], "mask": encoded(mask)}
    answer = client.post("/sdapi/v1/img2img", json=body).json()
    made = opened(answer["images"][0]).convert("RGB")
    assert made.crop((96, 0, *size)).getcolors() == [(96 * 128, (0, 128, 128))]
    assert made.getpixel((8, 8)) != (0, 128, 128)
    assert "a cat" in json.loads(answer["info"])["prompt"]


def test_a_mask_can_be_turned_round(client, local_server):
    """``inpainting_mask_invert`` repaints what is black."""
    body = SMALL | {"init_images": [plain()], "mask": half("L"), "inpainting_mask_invert": 1}
    answer = client.post("/sdapi/v1/img2img", json=body)
    assert not repaints_left(handed_on(local_server, answer, "inpaint", "mask"))


def test_an_opaque_alpha_says_nothing(client, local_server):
    """A mask whose alpha is opaque everywhere is read by its brightness."""
    mask = opened(half("L")).convert("RGBA")
    body = SMALL | {"init_images": [plain()], "mask": encoded(mask)}
    answer = client.post("/sdapi/v1/img2img", json=body)
    assert repaints_left(handed_on(local_server, answer, "inpaint", "mask"))


@pytest.mark.parametrize("mode", [1, 2])
def test_a_picture_of_another_form_is_fitted(client, local_server, mode):
    """Crop, and fill, bring the picture into the form asked for before it is sent."""
    body = SMALL | {"init_images": [plain((256, 128))], "resize_mode": mode}
    answer = client.post("/sdapi/v1/img2img", json=body)
    assert handed_on(local_server, answer, "i2i", "image").size == (128, 128)


def test_sizes_are_snapped_and_told(client, seen):
    """Sides become multiples of 64; info tells so."""
    body = SMALL | {"width": 500, "height": 130}
    found = client.post("/sdapi/v1/txt2img", json=body).json()
    assert opened(found["images"][0]).size == (512, 128)
    info = json.loads(found["info"])
    assert (info["width"], info["height"]) == (512, 128)
    assert "500x130 became 512x128" in info["extra_generation_params"]["Notes"][0]
    assert seen.paid == 1


def test_hires_fix(client, seen):
    """The hires fix makes the picture, then enlarges it by img2img with the same seed."""
    body = SMALL | {"enable_hr": True, "hr_scale": 2, "denoising_strength": 0.4, "seed": 11}
    body |= {"hr_second_pass_steps": 3}
    answer = client.post("/sdapi/v1/txt2img", json=body)
    assert opened(answer.json()["images"][0]).size == (256, 256)
    first, second = seen.bodies
    assert (first["action"], second["action"]) == ("generate", "img2img")
    assert second["parameters"]["strength"] == 0.4
    assert second["parameters"]["steps"] == 3
    assert first["parameters"]["seed"] == second["parameters"]["seed"] == 11
    info = json.loads(answer.json()["info"])
    assert (info["width"], info["seed"]) == (256, 11)
    assert len(answer.headers["x-job-id"].split(", ")) == 2


def test_novelais_own_parameters(client, seen):
    """What A1111 has no field for comes through the script ``novelai``."""
    args = {"characters": [{"prompt": "girl, red hair"}], "variety_boost": True, "quality": False}
    body = SMALL | {"alwayson_scripts": {"novelai": {"args": [args]}}}
    assert client.post("/sdapi/v1/txt2img", json=body).status_code == 200
    sent = seen.bodies[0]
    captions = sent["parameters"]["v4_prompt"]["caption"]["char_captions"]
    assert captions[0]["char_caption"] == "girl, red hair"
    assert sent["input"] == "a cat"


def test_other_scripts_are_ignored(client, seen):
    """Scripts that NovelAI does not have, or that have nothing to do, change nothing."""
    body = SMALL | {"alwayson_scripts": {"ADetailer": {"args": [True]}, "controlnet": {}}}
    assert client.post("/sdapi/v1/txt2img", json=body).status_code == 200
    assert seen.paid == 1


def test_extra_single_image(client, seen):
    """An upscaler enlarges to twice the size; ``None`` costs nothing and changes nothing."""
    body = {"image": plain(), "upscaler_1": "None", "upscaling_resize": 2}
    assert client.post("/sdapi/v1/extra-single-image", json=body).json()["image"] == plain()
    assert seen.paid == 0
    answer = client.post("/sdapi/v1/extra-single-image", json=body | {"upscaler_1": "NovelAI"})
    assert opened(answer.json()["image"]).size == (256, 256)
    assert int(answer.headers["x-anlas-cost"]) >= 1
    assert answer.json()["html_info"] == ""
    several = {"imageList": [{"data": plain(), "name": "a.png"}], "upscaler_1": "NovelAI"}
    found = client.post("/sdapi/v1/extra-batch-images", json=several).json()
    assert opened(found["images"][0]).size == (256, 256)
    assert seen.paid == 2


def test_extras_that_novelai_lacks(client, seen):
    """A factor of 1 costs nothing; other upscalers, factors and face restorers are told."""
    once = {"image": plain(), "upscaler_1": "R-ESRGAN 4x+", "upscaling_resize": 1}
    assert client.post("/sdapi/v1/extra-single-image", json=once).json()["image"] == plain()
    assert seen.paid == 0
    body = once | {"upscaling_resize": 4, "gfpgan_visibility": 0.5, "codeformer_visibility": 0}
    answer = client.post("/sdapi/v1/extra-single-image", json=body)
    assert opened(answer.json()["image"]).size == (256, 256)
    assert answer.json()["html_info"] == (
        "upscaler_1 R-ESRGAN 4x+ became NovelAI: there is no other. "
        "upscaling_resize 4 became 2: NovelAI enlarges to twice the size. "
        "Ignored, as NovelAI has no such thing: gfpgan_visibility."
    )
    assert "upscaler_1" in answer.headers["x-novelai-notes"]
    assert seen.paid == 1


def test_png_info(client):
    """The settings of a picture are read, also when only the hidden ones are left."""
    body = SMALL | {"prompt": "a cat, (hat:1.3)", "negative_prompt": "rain", "seed": 99}
    text = client.post("/sdapi/v1/txt2img", json=body).json()["images"][0]
    hidden = BytesIO()
    opened(text).save(hidden, "PNG")  # Pillow leaves the open texts out
    for form in (text, base64.b64encode(hidden.getvalue()).decode()):
        found = client.post("/sdapi/v1/png-info", json={"image": form}).json()
        assert set(found) == {"info", "items", "parameters"}
        assert found["info"].startswith("a cat, (hat:1.3)\nNegative prompt: rain\nSteps: 2,")
        assert "Seed: 99, Size: 128x128, Model: nai-diffusion-4-5-full" in found["info"]
        assert found["parameters"]["Seed"] == 99
        assert "Comment" in found["items"]
    found = client.post("/sdapi/v1/png-info", json={"image": plain()}).json()
    assert found == {"info": "", "items": {}, "parameters": {}}


def test_interrogate_says_that_it_cannot(client):
    """NovelAI describes no pictures: 501 in A1111's shape."""
    answer = client.post("/sdapi/v1/interrogate", json={"image": plain(), "model": "clip"})
    assert answer.status_code == 501
    assert {"error", "detail", "body", "errors"} <= set(answer.json())


def lying(size) -> str:
    """A camera's picture; its EXIF says that its left side, which is red, belongs on top."""
    image = Image.new("RGB", size, "teal")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize("mode", [1, 2])
def test_a_picture_that_lies_is_fitted_upright(client, local_server, mode):
    """Crop, and fill, turn a camera's picture as its EXIF says."""
    body = SMALL | {"init_images": [lying((256, 128))], "resize_mode": mode}
    answer = client.post("/sdapi/v1/img2img", json=body)
    fitted = handed_on(local_server, answer, "i2i", "image").convert("RGB")
    for left in (4, 123):
        assert fitted.getpixel((left, 4))[0] > 200 > 50 > fitted.getpixel((left, 123))[0]


def test_a_mask_of_a_picture_that_lies(client, local_server, seen):
    """A mask belongs to the picture as it is seen."""
    body = {"prompt": "a cat", "steps": 2, "init_images": [lying((192, 128))]}
    body |= {"mask": half("L", (128, 192))}
    answer = client.post("/sdapi/v1/img2img", json=body)
    assert answer.status_code == 200, answer.text
    assert seen.bodies[-1]["action"] == "infill"
    assert handed_on(local_server, answer, "inpaint", "mask").size == (128, 192)


@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("field", ["init_images", "mask"])
def test_what_cannot_be_read_to_its_end(client, seen, mode, field):
    """A picture whose end is missing is refused, and nothing is spent."""
    buffer = BytesIO()
    Image.effect_noise((128, 128), 100).save(buffer, "PNG")
    part = base64.b64encode(buffer.getvalue()[: buffer.tell() // 2]).decode()
    body = SMALL | {"init_images": [plain()], "mask": plain(), "resize_mode": mode}
    body |= {"init_images": [part]} if field == "init_images" else {"mask": part}
    answer = client.post("/sdapi/v1/img2img", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["charged"] == "no"
    assert seen.paid == 0
