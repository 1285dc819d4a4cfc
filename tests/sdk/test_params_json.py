"""Parameters go to JSON and come back, pictures included, and lead to the same request."""

import json
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import TypeAdapter

import novelai
from novelai import NovelAI
from novelai._operations.image import ImageContext, generate
from novelai._operations.tools import augment_request, upscale_request
from novelai._wire import Work
from novelai.types import (
    Character,
    CharacterReference,
    ControlNet,
    ControlNetImage,
    DirectorToolParams,
    EmotionParams,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
    LineArtParams,
    TextParams,
    UpscaleParams,
    Vibe,
    VibeEncoding,
)

V45 = "nai-diffusion-4-5-full"
SIZE = (128, 192)
MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F", "PA", "HSV"]


def pixels(mode="RGB", size=SIZE):
    """A picture with something in it."""
    image = Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 20)
    if mode in ("I;16", "PA", "LA", "HSV", "F", "I"):
        return image.convert({"HSV": "RGB"}.get(mode, "L")).convert(mode)
    return image.convert("RGB").convert(mode)


def file_of(image, kind="PNG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


class Array:
    """What NumPy's arrays have, in OpenCV's order."""

    def __init__(self, image):
        blue_first = Image.merge("RGB", image.convert("RGB").split()[::-1])
        self._data = blue_first.tobytes()
        self._shape = (image.height, image.width, 3)

    @property
    def __array_interface__(self):
        return {
            "shape": self._shape,
            "typestr": "|u1",
            "strides": (3 * self._shape[1], 3, 1),
            "version": 3,
        }

    def tobytes(self):
        return self._data


def request_of(params):
    """The body that would be sent; nothing is."""
    flow = generate(params, ImageContext(draw_seed=lambda: 7))
    step = next(flow)
    while isinstance(step, Work):
        step = flow.send(step.run())
    flow.close()
    assert step.path == "/ai/generate-image", "vibes here are encoded already"
    return step.content.replace(boundary(step), b"-"), step.tariff(True, False)


def boundary(request):
    _, _, mark = request.content_type.partition("boundary=")
    return mark.encode() or b"\0"


def both_ways(params):
    """The parameters read from their JSON, as text and as a document."""
    text = params.model_dump_json()
    document = params.model_dump(mode="json")
    assert json.loads(text) == document
    cls = type(params)
    return cls.model_validate_json(text), cls.model_validate(document)


def check(params):
    for again in both_ways(params):
        assert request_of(again) == request_of(params)
    return again


def sources(tmp_path):
    image = pixels()
    path = tmp_path / "picture.webp"
    path.write_bytes(file_of(image, "WEBP"))
    turned = Image.Exif()
    turned[0x0112] = 6
    return {
        "png": file_of(image),
        "jpeg": file_of(image, "JPEG"),
        "turned": file_of(image, "JPEG", exif=turned),
        "path": path,
        "text": str(path),
        "open file": BytesIO(file_of(image)),
        "pillow": image,
        "array": Array(image),
        "transparent": pixels("RGBA"),
    }


NAMES = ["png", "jpeg", "turned", "path", "text", "open file", "pillow", "array", "transparent"]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_any_kind_leads_to_the_same_request(tmp_path, name):
    """Bytes, paths, open files, Pillow images and arrays, wherever a picture may be."""
    picture = sources(tmp_path)[name]
    check(GenerateImageParams(prompt="a", i2i=I2iParams(image=picture, strength=0.4), seed=3))
    mask = Image.new("L", SIZE, 255)
    if name != "turned":
        inpaint = InpaintParams(image=picture, mask=mask)
        check(GenerateImageParams(prompt="a", inpaint=inpaint, seed=3))
    reference = CharacterReference(image=picture, fidelity=0.3)
    check(GenerateImageParams(prompt="a", model=V45, character_references=[reference]))
    check(GenerateImageParams(prompt="a", model="nai-diffusion-3", vibes=[Vibe(image=picture)]))


@pytest.mark.parametrize("mode", MODES)
def test_pixels_of_every_kind_lead_to_the_same_request(mode):
    """What is in no file becomes one that holds the same pixels."""
    image = pixels(mode)
    check(GenerateImageParams(prompt="a", i2i=I2iParams(image=image)))
    check(GenerateImageParams(prompt="a", model="nai-diffusion-5-full", i2i={"image": image}))
    for again in both_ways(UpscaleParams(image=image)):
        assert upscale_request(again).content == upscale_request(UpscaleParams(image=image)).content


def test_the_bytes_of_a_file_stay_as_they_are(tmp_path):
    """Settings embedded in a picture, and everything else in its file, come along."""
    data = file_of(pixels(), "JPEG", comment=b"mine")
    for source in (data, BytesIO(data), bytearray(data)):
        again, other = both_ways(I2iParams(image=source))
        assert again.image == other.image == data
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    assert both_ways(I2iParams(image=path))[0].image == data
    with_bytes = I2iParams(image=data)
    assert both_ways(with_bytes) == (with_bytes, with_bytes)


def test_a_generated_picture_keeps_its_file(emulator, url):
    """Untouched it travels as it was received; painted over, as it is now."""
    with NovelAI(emulator.token, base_url=url) as client:
        (image,) = client.image.generate(prompt="1girl", size=(64, 64))
    assert both_ways(UpscaleParams(image=image))[0].image == image.data
    image.putpixel((0, 0), (1, 2, 3))
    again, _ = both_ways(UpscaleParams(image=image))
    assert Image.open(BytesIO(again.image)).getpixel((0, 0))[:3] == (1, 2, 3)


@pytest.mark.parametrize("model", [V45, "nai-diffusion-4-full"])
def test_vibes_keep_their_encodings(model):
    """Nothing is encoded, and paid for, a second time on the other machine."""
    blob = bytes(range(256))
    known = VibeEncoding(model=model, encoding=blob[::-1], info_extracted=0.7)
    vibes = [Vibe(encoding=blob), Vibe(image=pixels(), encodings=(known,), strength=-0.5, name="x")]
    params = GenerateImageParams(prompt="a", model=model, vibes=vibes)
    again = check(params)
    assert again.vibes[0].encoding == blob
    assert again.calculate_anlas() == params.calculate_anlas()


def test_what_programs_for_another_package_put_into_a_vibe_comes_along():
    """An encoding in ``_vibe_data`` is one, also in JSON."""
    vibe = ControlNetImage(image=pixels())
    vibe._vibe_data = "AAEC/w=="
    params = GenerateImageParams(prompt="a", model=V45, controlnet=ControlNet(images=[vibe]))
    assert check(params).controlnet.images[0].encoding == b"\x00\x01\x02\xff"


@settings(max_examples=60)
@given(st.data())
def test_all_other_fields_come_back(data):
    """Whatever is set, and whatever is left to its default, the request stays the same."""
    models = ["nai-diffusion-5-full", "nai-diffusion-5-full-medium", V45, "nai-diffusion-3"]
    models += ["nai-diffusion-4-curated-preview", "nai-diffusion-furry-3", "nai-diffusion"]
    model = data.draw(st.sampled_from(models))
    choices = {
        "negative_prompt": st.sampled_from([None, "", "bad <é> \u3042"]),
        "size": st.sampled_from(["square", (256, 320)]),
        "steps": st.integers(1, 28),
        "scale": st.sampled_from([None, 5, 6.25]),
        "seed": st.sampled_from([None, 0, 4_294_967_295]),
        "cfg_rescale": st.just(0.0),
        "n_samples": st.integers(1, 3),
        "quality": st.booleans(),
        "uc_preset": st.just("none"),
        "automatic_text": st.booleans(),
        "image_format": st.sampled_from(["png", "webp"]),
    }
    if model.startswith(("nai-diffusion-4", "nai-diffusion-5")):
        position = st.sampled_from([None, "C3", (0.123, 0.9)])
        one = st.builds(Character, prompt=st.just("girl"), position=position)
        choices["characters"] = st.lists(one, max_size=2)
        choices["use_coords"] = st.sampled_from([None, True, False])
        choices["furry"] = st.booleans()
    chosen = data.draw(st.fixed_dictionaries({}, optional=choices))
    again = check(GenerateImageParams(prompt='a sign "YES", \\ \n', model=model, **chosen))
    assert again.prompt == 'a sign "YES", \\ \n'


def test_the_size_that_follows_from_a_picture_stays():
    """It is that of the picture on the other machine, too."""
    params = GenerateImageParams(prompt="a", i2i=I2iParams(image=pixels(size=(300, 500))))
    assert check(params).size == params.size == (320, 512)


def test_a_preset_that_the_model_lacks_stays_the_default():
    """A default that is written down does not count as asked for."""
    params = GenerateImageParams(prompt="a", model="nai-diffusion")
    assert "heavy" not in params.spec.uc
    check(params)


def test_streams_tools_and_texts(tmp_path):
    """Every kind of parameters goes there and back."""
    watched = GenerateImageStreamParams(prompt="a", stream="sse", i2i=I2iParams(image=pixels()))
    assert both_ways(watched)[0].stream == "sse"
    reader = TypeAdapter(DirectorToolParams)
    for tool in (
        LineArtParams(image=pixels("RGBA"), size=(512, 512)),
        EmotionParams(image=file_of(pixels()), emotion="happy", prompt="é", defry=2),
    ):
        again = reader.validate_json(tool.model_dump_json())
        assert type(again) is type(tool)
        assert augment_request(again, "json").content == augment_request(tool, "json").content
    text = TextParams(temperature=1.1)
    assert both_ways(text) == (text, text)


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"i2i": {"image": "no such file"}}, "i2i.image"),
        ({"inpaint": {"image": pixels(), "mask": "nowhere.png"}}, "inpaint.mask"),
        ({"model": V45, "vibes": [{"encoding": b"x"}, {"image": "nowhere"}]}, "vibes.1.image"),
        (
            {"model": V45, "character_references": [{"image": "nowhere"}]},
            "character_references.0.image",
        ),
    ],
    ids=["i2i", "mask", "vibe", "reference"],
)
def test_a_picture_that_cannot_be_read_is_named(as_text, fields, field):
    """It is an error of this package, with the field."""
    params = GenerateImageParams(prompt="a", **fields)
    with pytest.raises(novelai.InvalidParamsError) as caught:
        params.model_dump_json() if as_text else params.model_dump(mode="json")
    assert caught.value.field == field
    assert caught.value.problems[0][1] == "there is no such file"


def test_what_is_no_base64_is_refused():
    """An encoding as text is base64, or an error; a broken data URL is found when it is sent."""
    with pytest.raises(novelai.InvalidParamsError, match="base64"):
        GenerateImageParams(prompt="a").replace(vibes=[{"encoding": "no base64!"}])
    for broken in ("data:image/png;base64,???", "data:,plain", "data:image/png;base64,"):
        assert I2iParams(image=broken).image == broken


def test_python_documents_stay_as_they_were():
    """Outside of JSON pictures and encodings are the very objects."""
    image = pixels()
    params = GenerateImageParams(prompt="a", i2i=I2iParams(image=image))
    assert params.model_dump()["i2i"]["image"] is image
    assert Vibe(encoding=b"\xff").model_dump()["encoding"] == b"\xff"
