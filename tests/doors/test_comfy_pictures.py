"""Workflows that start from a picture: handed in, named by its node, and drawn over."""

import json
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.doors.test_comfy_workflows import ended, workflow

SIZE = (128, 192)
HALF = (0, 0, 64, 192)


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def png(colour="teal", mode="RGB", inside=None):
    image = Image.new(mode, SIZE, colour)
    if inside is not None:
        image.paste(inside, HALF)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def hand_in(client, data, path="/upload/image", **fields):
    answer = client.post(path, files={"image": ("a.png", data, "image/png")}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["name"]


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def starting_from(name, more=None, latent="21", **sampler):
    """The default workflow, from a picture."""
    wish = {"latent_image": [latent, 0], "denoise": 0.6, "scheduler": "karras"}
    graph = workflow(**wish | sampler)
    del graph["5"]
    graph["20"] = node("LoadImage", image=name)
    graph["21"] = node("VAEEncode", pixels=["20", 0], vae=["4", 2])
    return graph | (more or {})


def drawn(client, seen, graph):
    """What NovelAI was asked, the notes, and the first picture."""
    answer = client.post("/prompt", json={"prompt": graph})
    assert answer.status_code == 200, answer.text
    entry = ended(client, answer.json()["prompt_id"])
    assert entry["status"]["status_str"] == "success"
    (asked,) = seen.bodies
    shown = client.get("/view", params=entry["outputs"]["9"]["images"][0]).content
    picture = Image.open(BytesIO(shown)).convert("RGB")
    assert picture.size == (asked["parameters"]["width"], asked["parameters"]["height"])
    return asked, answer.json().get("notes", []), picture


TEAL = (0, 128, 128)


def assert_left_half_is_painted(picture):
    assert picture.getpixel((10, 10)) != TEAL
    assert picture.getpixel((120, 10)) == picture.getpixel((120, 180)) == TEAL


def test_a_picture_is_drawn_over(client, seen):
    """It is handed in, shown again, and drawn anew as far as denoise says, in its own size."""
    name = hand_in(client, png())
    shown = client.get("/view", params={"filename": name, "type": "input"})
    assert shown.content == png()
    asked, notes, _ = drawn(client, seen, starting_from(name))
    assert asked["action"] == "img2img"
    assert asked["parameters"]["strength"] == 0.6
    assert (asked["parameters"]["width"], asked["parameters"]["height"]) == SIZE
    assert notes == []


def test_a_picture_is_brought_to_a_size(client, seen):
    """ImageScale is the size of the result; a batch repeats it; all of it drawn anew is noted."""
    more = {
        "22": node("ImageScale", image=["20", 0], width=192, height=192, crop="center"),
        "21": node("VAEEncode", pixels=["22", 0], vae=["4", 2]),
        "23": node("RepeatLatentBatch", samples=["21", 0], amount=2),
    }
    graph = starting_from(hand_in(client, png()), more, latent="23")
    graph["3"]["inputs"]["denoise"] = 1
    asked, notes, _ = drawn(client, seen, graph)
    parameters = asked["parameters"]
    assert (parameters["width"], parameters["height"]) == (192, 192)
    assert (parameters["n_samples"], parameters["strength"]) == (2, 0.99)
    assert [note.partition(" ")[0] for note in notes] == ["denoise"]


@pytest.mark.parametrize(
    ("mask", "loader"),
    [
        (png((0, 0, 0, 255), "RGBA", inside=(0, 0, 0, 0)), {"channel": "alpha"}),
        (png("black", inside="red"), {"channel": "red"}),
    ],
    ids=["transparent", "red"],
)
def test_a_part_is_repainted(client, seen, mask, loader):
    """Transparency, or a channel's brightness, says where."""
    more = {
        "24": node("LoadImageMask", image=hand_in(client, mask), **loader),
        "25": node("SetLatentNoiseMask", samples=["21", 0], mask=["24", 0]),
    }
    graph = starting_from(hand_in(client, png()), more, latent="25")
    asked, _, picture = drawn(client, seen, graph)
    assert asked["action"] == "infill"
    assert_left_half_is_painted(picture)


def test_the_mask_of_the_picture_itself(client, seen):
    """A mask that is handed in for a picture is its transparency; nodes for inpainting read it."""
    name = hand_in(client, png())
    mask = png((0, 0, 0, 255), "RGBA", inside=(0, 0, 0, 0))
    joined = hand_in(client, mask, "/upload/mask", original_ref=json.dumps({"filename": name}))
    more = {
        "26": node(
            "InpaintModelConditioning",
            positive=["6", 0], negative=["7", 0], pixels=["20", 0], mask=["20", 1], vae=["4", 2],
        ),
    }  # fmt: skip
    texts = {"positive": ["26", 0], "negative": ["26", 1], "latent_image": ["26", 2]}
    asked, _, picture = drawn(client, seen, starting_from(joined, more, **texts))
    assert "rain" in asked["parameters"]["negative_prompt"]
    assert_left_half_is_painted(picture)


NAME = "0" * 64 + ".png"
HAS = {"24": node("LoadImageMask", image="{name}", channel="alpha")}


@pytest.mark.parametrize(
    ("graph", "at"),
    [
        (starting_from(NAME), "20"),
        (starting_from("../secret.key"), "20"),
        (starting_from(["7"]), "20"),
        (starting_from(7), "20"),
        (starting_from("{name}", HAS | {
            "25": node("SetLatentNoiseMask", samples=["21", 0], mask=["24", 0])}, "25"), "24"),
        (starting_from("{name}", HAS | {
            "25": node("SetLatentNoiseMask", samples=["5", 0], mask=["24", 0]),
            "5": node("EmptyLatentImage", width=128, height=128)}, "25"), "25"),
        (starting_from("{name}", {
            "25": node("SetLatentNoiseMask", samples=["21", 0], mask=["6", 0])}, "25"), "25"),
        (starting_from("{name}", {
            "23": node("RepeatLatentBatch", samples=["21", 0], amount=9)}, "23"), "23"),
        (starting_from("{name}", {"23": node("SaveImage", images=["27", 0]),
            "27": node("ControlNetApply", image=["20", 0])}), "27"),
        (starting_from("{name}", {"5": node("EmptyLatentImage", width=128, height=128)}, "5")
            | {"23": node("SaveImage", images=["20", 0])}, "20"),
    ],
    ids=["unknown", "path", "list", "number", "nothing marked", "no picture", "no mask", "batch",
         "ControlNet", "saved as it is"],
)  # fmt: skip
def test_what_cannot_be_drawn_over(client, seen, graph, at):
    """It is refused at the node that says so, and nothing is spent."""
    name = hand_in(client, png())
    text = json.dumps({"prompt": graph}).replace("{name}", name)
    answer = client.post("/prompt", content=text)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()["node_errors"]) == [at]
    assert "Nothing was sent or charged" in answer.json()["error"]["message"]
    assert seen.paid == 0


def test_pictures_of_another_key(keyed, seen):
    """What one key handed in, no other one finds."""
    keys = [{"Authorization": f"Bearer {keyed.make_key()}"} for _ in "ab"]
    with httpx2.Client(base_url=keyed.url) as client:
        client.headers.update(keys[0])
        name = hand_in(client, png())
        client.headers.update(keys[1])
        assert client.post("/prompt", json={"prompt": starting_from(name)}).status_code == 400
        assert client.get("/view", params={"filename": name}).status_code == 404
        mask = {"original_ref": json.dumps({"filename": name})}
        files = {"image": ("a.png", png(mode="RGBA", colour=(0, 0, 0, 0)), "image/png")}
        assert client.post("/upload/mask", files=files, data=mask).status_code == 400
    assert seen.paid == 0


def cut(mode="RGB"):
    """A picture whose end is missing."""
    buffer = BytesIO()
    Image.effect_noise(SIZE, 100).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()[: buffer.tell() // 2]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_cannot_be_read_to_its_end(client, seen, mode):
    """It is refused at the node that loads it, as picture and as mask, and nothing is spent."""
    whole, part = hand_in(client, png()), hand_in(client, cut(mode))
    more = {
        "24": node("LoadImageMask", image=part, channel="red"),
        "25": node("SetLatentNoiseMask", samples=["21", 0], mask=["24", 0]),
    }
    for graph, at in ((starting_from(part), "20"), (starting_from(whole, more, "25"), "24")):
        answer = client.post("/prompt", json={"prompt": graph})
        assert answer.status_code == 400, answer.text
        assert list(answer.json()["node_errors"]) == [at]
        assert "cannot be read" in answer.json()["error"]["message"]
    files = {"image": ("a.png", cut(mode), "image/png")}
    joined = {"original_ref": json.dumps({"filename": whole})}
    answer = client.post("/upload/mask", files=files, data=joined)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["extra_info"]["charged"] == "no"
    assert seen.paid == 0


def test_a_picture_that_lies(client, seen):
    """A camera's picture is taken upright, as its EXIF says: also its size."""
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    Image.new("RGB", SIZE[::-1], "teal").save(buffer, "JPEG", exif=exif)
    name = hand_in(client, buffer.getvalue())
    assert client.get("/view", params={"filename": name}).headers["content-type"] == "image/jpeg"
    asked, _, _ = drawn(client, seen, starting_from(name))
    assert (asked["parameters"]["width"], asked["parameters"]["height"]) == SIZE
