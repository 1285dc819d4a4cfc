"""The official client of OpenAI, as it is, against a live server."""

import base64
import io
from urllib.parse import urlsplit

import httpx2
import openai
import pytest
from PIL import Image
from tests.doors.openai.drawing import SIZE, data_url, hole, opened, png


@pytest.fixture
def client(keyed):
    with openai.OpenAI(base_url=f"{keyed.url}/v1", api_key=keyed.make_key()) as client:
        yield client


def test_it_generates(client, seen):
    """A picture of the size asked for comes as base64, with its cost, seed and job."""
    answer = client.images.generate(
        model="gpt-image-1", prompt="a cat", size=SIZE, quality="high", extra_body={"seed": 7}
    )
    picture = opened(answer.data[0].b64_json)
    assert picture.size == (512, 512)
    assert picture.format == "PNG"
    assert picture.info["Software"] == "NovelAI"
    assert (answer.size, answer.output_format, answer.quality) == (SIZE, "png", "high")
    assert answer.background == "opaque"
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    vendor = answer.model_extra["novelai"]
    assert (vendor["seed"], vendor["anlas"]) == (7, 0)
    assert vendor["model"] == "nai-diffusion-4-5-full"
    assert vendor["job_id"].startswith("job_")
    assert seen.paid == 1


def test_headers_tell_job_cost_and_seed(client):
    """Who reads headers finds the job, its cost and the seed there."""
    raw = client.images.with_raw_response.generate(
        prompt="a cat", size=SIZE, extra_body={"seed": 5}
    )
    assert raw.headers["x-anlas-cost"] == "0"
    assert raw.headers["x-seed"] == "5"
    assert raw.headers["x-job-id"] == raw.parse().model_extra["novelai"]["job_id"]


def test_several_pictures_are_several_jobs(client, seen):
    """`n` pictures come from as many jobs of one picture, with seeds that follow each other."""
    answer = client.images.generate(prompt="a cat", n=3, size=SIZE, extra_body={"seed": 10})
    assert len(answer.data) == 3
    vendors = [datum.model_extra["novelai"] for datum in answer.data]
    assert [vendor["seed"] for vendor in vendors] == [10, 11, 12]
    assert len({vendor["job_id"] for vendor in vendors}) == 3
    assert [body["parameters"]["n_samples"] for body in seen.bodies] == [1, 1, 1]


def test_sizes_are_snapped_and_told(client):
    """A size off the grid of 64 pixels is moved to it, and the answer tells the real one."""
    answer = client.images.generate(prompt="a cat", size="500x700")
    assert answer.size == "512x704"
    assert opened(answer.data[0].b64_json).size == (512, 704)


def test_the_size_auto_is_portrait(client):
    """`auto` is NovelAI's portrait."""
    assert client.images.generate(prompt="a cat", size="auto").size == "832x1216"


@pytest.mark.parametrize(("form", "kind"), [("webp", "WEBP"), ("jpeg", "JPEG")])
def test_other_formats(client, form, kind):
    """WebP comes from NovelAI; a JPEG is made here."""
    answer = client.images.generate(prompt="a cat", size=SIZE, output_format=form)
    assert opened(answer.data[0].b64_json).format == kind
    assert answer.output_format == form


def test_a_transparent_background_is_v5s(client, seen):
    """`background: transparent` asks V5 for transparency; a model without it says so."""
    answer = client.images.generate(
        model="nai-diffusion-5-full", prompt="a cat", size=SIZE, background="transparent"
    )
    assert answer.background == "transparent"
    assert "transparent" in str(seen.bodies[0])
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="a cat", size=SIZE, background="transparent")
    assert caught.value.param == "background"
    assert seen.paid == 1


def test_an_address_instead_of_bytes(client, seen):
    """`response_format: url` gives a link that anybody may fetch for an hour, as an image."""
    answer = client.images.generate(prompt="a cat", size=SIZE, response_format="url")
    fetched = httpx2.get(answer.data[0].url)
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.content.startswith(b"\x89PNG")
    changed = httpx2.get(answer.data[0].url[:-2] + "xx")
    assert changed.status_code == 403


@pytest.mark.parametrize("model", ["dall-e-3", "dall-e-2"])
def test_dall_es_default_is_an_address(client, model):
    """Who asks as for DALL·E and names no form gets a link, open to all, that ends in `.png`."""
    answer = client.images.generate(model=model, prompt="a cat", size="1024x1024")
    (one,) = answer.data
    assert one.b64_json is None
    assert urlsplit(one.url).path.endswith(".png")
    assert one.url.startswith(str(client.base_url).removesuffix("/v1/"))
    fetched = httpx2.get(one.url)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/png")
    assert fetched.content.startswith(b"\x89PNG")
    bare = one.url.replace(".png?", "?")
    assert httpx2.get(bare).content == fetched.content, "links of earlier versions hold"
    assert httpx2.get(one.url[:-2] + "xx").status_code == 403


def test_an_edit_as_for_dall_e_is_an_address_too(client):
    """DALL·E's edits and variations have the same default."""
    image = png()
    answer = client.images.edit(model="dall-e-2", image=image, prompt="a dog", size=SIZE)
    assert answer.data[0].url
    with pytest.warns(DeprecationWarning, match="deprecated"):
        varied = client.images.create_variation(model="dall-e-2", image=image, size=SIZE)
    assert varied.data[0].url


@pytest.mark.parametrize(
    ("model", "form", "field"),
    [
        ("dall-e-3", "b64_json", "b64_json"),
        ("gpt-image-1", "url", "url"),
        ("gpt-image-1", None, "b64_json"),
        ("nai-diffusion-4-5-full", None, "b64_json"),
        (None, None, "b64_json"),
    ],
)
def test_the_form_that_is_asked_for_wins(client, model, form, field):
    """`response_format` decides; without it each model has OpenAI's default, ours base64."""
    wanted = {name: value for name, value in (("model", model), ("response_format", form)) if value}
    (one,) = client.images.generate(prompt="a cat", size=SIZE, **wanted).data
    assert {name for name in ("url", "b64_json") if getattr(one, name)} == {field}


def test_a_chat_with_dall_e_holds_the_picture(client):
    """In a chat the picture is inside the answer, whatever the model is called."""
    turns = [{"role": "user", "content": "a cat"}]
    answer = client.chat.completions.create(model="dall-e-3", messages=turns)
    assert "data:image/png;base64," in answer.choices[0].message.content


@pytest.mark.parametrize("form", ["alpha", "opaque", "grey"])
def test_it_edits_inside_a_mask(client, seen, form):
    """What the mask leaves is kept; what is transparent in it, or white, is painted anew."""
    answer = client.images.edit(
        model="gpt-image-1",
        image=("base.png", png("navy"), "image/png"),
        mask=("mask.png", hole(form=form), "image/png"),
        prompt="a cat",
        extra_body={"seed": 3},
    )
    picture = opened(answer.data[0].b64_json).convert("RGB")
    assert picture.size == (512, 512)
    assert picture.getpixel((500, 256)) == (0, 0, 128)
    left = picture.crop((0, 0, 240, 512))
    assert left.getcolors(maxcolors=1) is None
    assert seen.bodies[0]["action"] == "infill"


def test_a_cameras_picture_is_edited_upright(client, seen):
    """Its file lies on its side and says so; the mask is as it is seen."""
    buffer = io.BytesIO()
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (512, 768), "navy").save(buffer, "JPEG", exif=turned)
    mask = hole((768, 512))
    answer = client.images.edit(
        image=("a.jpg", buffer.getvalue()), mask=("m.png", mask), prompt="x"
    )
    assert opened(answer.data[0].b64_json).size == (768, 512)
    assert seen.paid <= 1


def test_it_edits_a_whole_picture(client, seen):
    """Without a mask the picture is where the drawing starts from."""
    answer = client.images.edit(
        image=[io.BytesIO(png("navy"))], prompt="a cat", input_fidelity="high"
    )
    assert answer.size == "512x512"
    body = seen.bodies[0]
    assert (body["action"], body["parameters"]["strength"]) == ("img2img", 0.4)


def test_it_varies(client, seen):
    """A variation starts from the picture, and from the prompt that is embedded in it."""
    drawn = client.images.generate(prompt="a purple heron", size=SIZE)
    for image in (base64.b64decode(drawn.data[0].b64_json), png("teal")):
        with pytest.warns(DeprecationWarning, match="deprecated"):
            answer = client.images.create_variation(image=io.BytesIO(image))
        assert answer.size == SIZE
    assert [body["action"] for body in seen.bodies] == ["generate", "img2img", "img2img"]
    assert seen.bodies[1]["input"].startswith("a purple heron")
    assert seen.bodies[2]["input"].startswith("illustration")


def test_pictures_may_come_in_json(client, keyed, seen):
    """The JSON form of an edit takes data URLs and pictures of the gallery."""
    first = client.images.generate(prompt="a cat", size=SIZE)
    job = first.model_extra["novelai"]["job_id"]
    image_id = keyed.run(keyed.services.images.of_job(job))[0].id
    for image in ({"file_id": image_id}, {"image_url": data_url(png("navy"))}):
        answer = client.post(
            "/images/edits",
            body={
                "prompt": "a dog",
                "images": [image],
                "mask": {"image_url": data_url(hole())},
            },
            cast_to=openai.types.ImagesResponse,
        )
        assert opened(answer.data[0].b64_json).size == (512, 512)
    assert [body["action"] for body in seen.bodies] == ["generate", "infill", "infill"]


def test_models_are_listed(client):
    """The list holds NovelAI's picture and text models and OpenAI's names; each can be read."""
    ids = [model.id for model in client.models.list()]
    assert {
        "nai-diffusion-4-5-full",
        "nai-diffusion-5-full-medium",
        "gpt-image-1",
        "gpt-image-2",
        "dall-e-3",
        "dall-e-2",
    } <= {*ids}
    assert "glm-4-6" in ids
    assert client.models.retrieve("dall-e-3").object == "model"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-4o")
    assert caught.value.code == "model_not_found"
