"""Director tools and upscaling: what is sent, what is refused, what comes back."""

import json
from base64 import b64decode
from email import message_from_bytes
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from tests.sdk.making import archive, novelai_exif, png, webp
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import InvalidParamsError, InvalidResponseError
from novelai.metadata import extract_metadata
from novelai.types import (
    BackgroundRemovalParams,
    ColorizeParams,
    DeclutterParams,
    EmotionParams,
    LineArtParams,
    SketchParams,
    UpscaleParams,
)
from novelai.types.base import construct

CAPTURES = Path(__file__).parent.parent / "data" / "image-requests"
NORMAL = (832, 1216)

TRIAL = {"use_new_shared_trial"}
"""The page sends it always; a persistent token needs it not."""

CALLS = {
    "director__bg-removal": lambda tools, image: tools.remove_background(image),
    "director__colorize": lambda tools, image: tools.colorize(image),
    "director__declutter": lambda tools, image: tools.declutter(image),
    "director__emotion__browser-2024": lambda tools, image: tools.emotion(image, "neutral"),
    "director__lineart": lambda tools, image: tools.line_art(image),
    "director__sketch": lambda tools, image: tools.sketch(image),
    "director__sketch__browser-multipart": lambda tools, image: tools.sketch(image),
    "upscale__v5-curated": lambda tools, image: tools.upscale(image),
}
ONE = reply(content=archive(png()))
THREE = reply(content=archive(png(), png(), png()))


def capture(name):
    return json.loads((CAPTURES / f"{name}.json").read_text())


def pictured(item):
    """Return the picture a capture was sent with."""
    parts = [part for part in item["multipart_parts"] if part["name"] == "image"]
    return b64decode(parts[0]["placeholder_base64"] if parts else item["body"]["image"])


def sent(service):
    """Return the body of the only request, and its picture."""
    (request,) = service.requests
    kind = request.headers["content-type"]
    if kind == "application/json":
        body = json.loads(request.content)
        return body, b64decode(body["image"])
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.content)
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.get_payload()
    }
    return json.loads(parts["request"]), parts["image"]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", CALLS)
def test_the_body_is_the_captured_one(name, colour):
    """Every captured request is sent field by field as it was seen, in the same order."""
    item = capture(name)
    service = Service(THREE if "bg-removal" in name else ONE)
    form = bool(item["multipart_parts"])
    upload = "multipart" if form else "json"
    use(colour, service, lambda client: CALLS[name](client.tools, pictured(item)), upload=upload)
    body, picture = sent(service)
    assert service.requests[0].url.path == item["path"]
    expected = {key: value for key, value in item["body"].items() if key not in TRIAL}
    assert list(body) == list(expected)
    if not form:
        body["image"] = expected["image"] = None
    assert body == expected
    assert Image.open(BytesIO(picture)).size == Image.open(BytesIO(pictured(item))).size


def test_encoding_a_vibe_sends_the_captured_body():
    """The captured encode-vibe request is sent field by field as it was seen."""
    item = capture("encode-vibe__v4.5-full")
    service = Service(reply(content=b"\x48encoding"))
    use(
        "sync",
        service,
        lambda client: client.image.encode_vibe(
            pictured(item), model="nai-diffusion-4-5-full", info_extracted=1
        ),
    )
    body, _ = sent(service)
    body["image"] = item["body"]["image"]
    assert body == item["body"]
    assert list(body) == list(item["body"])


@pytest.mark.parametrize(
    ("shape", "sent_as"),
    [
        (NORMAL, NORMAL),
        ((1024, 1024), (1024, 1024)),
        ((1088, 1024), (1088, 1024)),
        ((512, 512), (1024, 1024)),
        ((512, 768), (836, 1254)),
        ((64, 3000), (149, 7010)),
        ((2048, 1536), (2047, 1535)),
        ((3000, 4000), (1535, 2047)),
    ],
)
def test_a_picture_is_brought_to_the_size_of_the_page(shape, sent_as):
    """Small pictures are enlarged towards one megapixel, large ones reduced to three."""
    service = Service(ONE)
    image = Image.new("RGB", shape, "teal")
    use("sync", service, lambda client: client.tools.line_art(image), upload="json")
    body, picture = sent(service)
    assert (body["width"], body["height"]) == sent_as
    assert Image.open(BytesIO(picture)).size == sent_as
    assert LineArtParams(image=image).calculate_anlas().billed_size == sent_as


def test_transparency_becomes_white():
    """A director tool gets colours only: what is transparent is white."""
    service = Service(ONE)
    image = Image.new("RGBA", NORMAL, (10, 20, 30, 0))
    use("sync", service, lambda client: client.tools.sketch(image))
    _, picture = sent(service)
    shown = Image.open(BytesIO(picture))
    assert (shown.mode, shown.getpixel((0, 0))) == ("RGB", (255, 255, 255))


def test_settings_do_not_travel_to_a_tool():
    """What is embedded in a picture is not sent to a director tool."""
    service = Service(ONE)
    use("sync", service, lambda client: client.tools.sketch(png(NORMAL)))
    assert extract_metadata(sent(service)[1]).settings is None


@pytest.mark.parametrize(
    ("params", "extras"),
    [
        (LineArtParams(image=b"x"), ("lineart", {})),
        (SketchParams(image=b"x"), ("sketch", {})),
        (BackgroundRemovalParams(image=b"x"), ("bg-removal", {})),
        (DeclutterParams(image=b"x"), ("declutter", {})),
        (DeclutterParams(image=b"x", keep_bubbles=True), ("declutter-keep-bubbles", {})),
        (ColorizeParams(image=b"x", prompt="red"), ("colorize", {"prompt": "red", "defry": 0})),
        (
            EmotionParams(image=b"x", emotion="happy", prompt="smile", defry=3),
            ("emotion", {"prompt": "happy;;smile", "defry": 3}),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_each_tool_has_its_own_fields(params, extras):
    """Only colorize and emotion say more than the tool's name."""
    assert (params.req_type, params.extras) == extras


WRONG_PICTURES = [
    (lambda: b"no picture", "image", "is not a picture that can be read"),
    (lambda: b"", "image", "not empty"),
    (lambda: png(NORMAL)[:60], "image", "read"),
    (lambda: "/nowhere/at-all.png", "image", "there is no such file"),
    (lambda: "https://example.org/a.png", "image", "is a URL"),
    (lambda: Image.new("L", (5000, 4000)), "image", "at most 12582912 pixels, got 5000x4000"),
    (lambda: png((10_000, 9_000), 1, texts={}, mode="1"), "image", "at most 64000000 pixels"),
]


@pytest.mark.parametrize(("make", "field", "sentence"), WRONG_PICTURES, ids=range(7))
@pytest.mark.parametrize("tool", ["line_art", "remove_background", "upscale"])
@pytest.mark.parametrize("colour", ["sync", "asyncio"])
def test_a_picture_that_cannot_be_used_is_refused_before_sending(
    tool, make, field, sentence, colour
):
    """Unreadable, empty and far too large pictures never reach the service."""
    service = Service(ONE)
    with pytest.raises(InvalidParamsError, match=field) as caught:
        use(colour, service, lambda client: getattr(client.tools, tool)(make()))
    assert tool == "upscale" or sentence in str(caught.value)
    assert service.calls == 0


@pytest.mark.parametrize(
    ("call", "field", "sentence"),
    [
        (lambda tools: tools.emotion(png(), "furious"), "emotion", "must be one of neutral, happy"),
        (lambda tools: tools.emotion(png(), "happy", defry=6), "defry", "must be 0 to 5, got 6"),
        (lambda tools: tools.colorize(png(), defry=-1), "defry", "must be 0 to 5, got -1"),
        (lambda tools: tools.colorize(png(), prompt="\ud800"), "prompt", "lone surrogate"),
        (
            lambda tools: tools.augment(
                construct(LineArtParams, {"image": png((8, 8)), "size": (2048, 1600)})
            ),
            "size",
            "at most 3145728 pixels, got 2048x1600",
        ),
        (
            lambda tools: tools.upscale(Image.new("L", (2048, 1600))),
            "image",
            "at most 3145728 pixels, got 2048x1600",
        ),
    ],
    ids=["emotion", "defry", "negative", "prompt", "size", "upscale"],
)
def test_a_wrong_value_is_refused_before_sending(call, field, sentence):
    """A tool's error names field, value and limit, and nothing is sent."""
    service = Service(ONE)
    with pytest.raises(InvalidParamsError) as caught:
        use("sync", service, lambda client: call(client.tools))
    assert caught.value.field == field
    assert sentence in str(caught.value)
    assert service.calls == 0


@pytest.mark.parametrize("colour", COLOURS)
def test_a_background_removal_gives_three_named_layers(colour):
    """The layers have names and are a list as well."""
    pictures = [png(colour=(shade, 0, 0, 255)) for shade in (1, 2, 3)]
    service = Service(reply(content=archive(*pictures)))
    layers = use(colour, service, lambda client: client.tools.remove_background(png()))
    assert [layers.masked, layers.generated, layers.blend] == list(layers)
    assert [layer.data for layer in layers] == pictures
    service = Service(reply(content=archive(*pictures)))
    params = BackgroundRemovalParams(image=png())
    again = use(colour, service, lambda client: client.tools.augment(params))
    assert again.blend.data == pictures[2]


def test_missing_layers_are_an_error():
    """An answer without all three layers says that the charge is unknown."""
    with pytest.raises(InvalidResponseError, match="1 layers instead of 3") as caught:
        use("sync", Service(ONE), lambda client: client.tools.remove_background(png()))
    assert caught.value.charged == "unknown"


def test_an_upscaled_png_is_sent_as_it_is(tmp_path):
    """What is embedded in a PNG reaches the upscaler, which keeps it."""
    data = png(NORMAL)
    file = tmp_path / "a.png"
    file.write_bytes(data)
    for source in (data, file, BytesIO(data)):
        service = Service(ONE)
        use("sync", service, lambda client, source=source: client.tools.upscale(source))
        assert sent(service)[1] == data


def test_an_upscaled_webp_keeps_its_settings():
    """From WebP a PNG is made, with the settings in text chunks."""
    service = Service(ONE)
    use("sync", service, lambda client: client.tools.upscale(webp(block=novelai_exif())))
    settings = extract_metadata(sent(service)[1]).settings
    assert settings is not None
    assert (settings.origin, settings.seed) == ("png", 7)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_every_mode_are_upscaled(mode):
    """Whatever Pillow holds becomes a PNG."""
    service = Service(ONE)
    use("sync", service, lambda client: client.tools.upscale(Image.new(mode, (64, 64))))
    assert Image.open(BytesIO(sent(service)[1])).mode in {"RGB", "RGBA"}


def test_upscaling_names_a_model():
    """The model may be chosen, as a keyword or in the parameters."""
    full = "nai-diffusion-5-full"
    for call in (
        lambda tools: tools.upscale(png(), model=full),
        lambda tools: tools.upscale(UpscaleParams(image=png(), model=full)),
    ):
        service = Service(ONE)
        use("sync", service, lambda client, call=call: call(client.tools))
        assert sent(service)[0]["model"] == full
