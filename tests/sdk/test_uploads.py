"""Pictures on their way out: forms, fitted pictures, vibes that are encoded once."""

import json
from base64 import b64decode
from email import message_from_bytes, policy
from io import BytesIO

import pytest
from PIL import Image
from tests.sdk.making import archive, png
from tests.sdk.services import COLOURS, Service, reply, use
from tests.sdk.test_sources import sideways

from novelai import InvalidParamsError, InvalidResponseError, NovelAIError
from novelai.types import CharacterReference, I2iParams, InpaintParams, Vibe

ENCODING = b"H\x9b\xea\t encoded"
ZIP = archive(png())


def answer(request):
    """Answer as the service does, by address."""
    content = ENCODING if request.url.path == "/ai/encode-vibe" else ZIP
    return reply(200, content)(request)


def parts(request):
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.content, policy=policy.HTTP)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in message.iter_parts()
    }


def sent_parts(**fields):
    service = Service(answer)
    use("sync", service, lambda client: client.image.generate(prompt="a", **fields))
    return parts(service.requests[-1])


def size_of(data):
    return Image.open(BytesIO(data)).size


def test_a_base_picture_is_sent_at_the_size_asked_for():
    """The picture is scaled to the size of the new one, and flattened."""
    found = sent_parts(size="small_square", i2i=I2iParams(image=png((100, 50))))
    assert found.keys() == {"image", "request"}
    picture = Image.open(BytesIO(found["image"]))
    assert (picture.size, picture.mode) == ((640, 640), "RGB")
    assert json.loads(found["request"])["parameters"]["image"] == "image"


def test_v5_keeps_transparency():
    """V5 is sent the alpha channel."""
    found = sent_parts(model="nai-diffusion-5-full", i2i=I2iParams(image=png()))
    assert Image.open(BytesIO(found["image"])).mode == "RGBA"


def test_a_mask_fits_the_picture_as_it_is_seen():
    """A photo stored sideways is turned before its mask is compared with it."""
    mask = Image.new("L", (24, 16), 255)
    found = sent_parts(size=(128, 64), inpaint=InpaintParams(image=sideways(), mask=mask))
    assert [size_of(found[name]) for name in ("image", "mask")] == [(128, 64)] * 2


def test_references_are_sent_on_their_canvas():
    """Each reference is a part of its own."""
    references = [CharacterReference(image=png((20, 30))), CharacterReference(image=png((30, 30)))]
    found = sent_parts(character_references=references)
    sizes = [size_of(found[f"director_ref_{index}"]) for index in range(2)]
    assert sizes == [(1024, 1536), (1472, 1472)]


def test_json_is_sent_to_servers_that_know_no_forms():
    """`upload="json"` puts the pictures into the body."""
    service = Service(answer)
    use(
        "sync",
        service,
        lambda client: client.image.generate(prompt="a", size=(64, 64), i2i={"image": png()}),
        upload="json",
    )
    body = json.loads(service.requests[0].content)
    assert size_of(b64decode(body["parameters"]["image"])) == (64, 64)


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


def twice(action):
    """Do something two times with one client."""

    def both(client):
        first = action(client)
        if not hasattr(first, "__await__"):
            return [first, action(client)]

        async def awaited():
            return [await first, await action(client)]

        return awaited()

    return both


def paths(service):
    return [request.url.path.removeprefix("/ai/") for request in service.requests]


def test_a_vibe_is_encoded_once(colour):
    """The same picture, model and extraction are paid for once per client."""
    service = Service(answer)
    vibes = [Vibe(image=png(), info_extracted=0.4), Vibe(encoding=b"mine")]
    use(colour, service, twice(lambda client: client.image.generate(prompt="a", vibes=vibes)))
    assert paths(service) == ["encode-vibe", "generate-image", "generate-image"]
    body = json.loads(service.requests[0].content)
    assert (body["model"], body["information_extracted"]) == ("nai-diffusion-4-5-full", 0.4)
    for request in service.requests[1:]:
        found = parts(request)
        assert (found["ref_multiple_0"], found["ref_multiple_1"]) == (ENCODING, b"mine")


def test_another_extraction_is_another_encoding():
    """Nothing is taken from the store that was encoded differently."""
    service = Service(answer)
    vibes = [
        Vibe(image=png(), info_extracted=0.4),
        Vibe(image=png(), info_extracted=0.5),
        Vibe(image=png(colour=(0, 0, 0, 255)), info_extracted=0.4),
    ]
    use("sync", service, lambda client: client.image.generate(prompt="a", vibes=vibes))
    assert paths(service) == ["encode-vibe"] * 3 + ["generate-image"]


def test_encoding_by_hand(colour):
    """`encode_vibe` returns the bytes, and pays once."""
    service = Service(answer)
    action = twice(lambda client: client.image.encode_vibe(png()))
    assert use(colour, service, action) == [ENCODING] * 2
    assert paths(service) == ["encode-vibe"]


def test_v3_vibes_are_sent_as_pictures():
    """V3 encodes nothing and gets a square picture."""
    service = Service(answer)
    use(
        "sync",
        service,
        lambda client: client.image.generate(
            prompt="a", model="nai-diffusion-3", vibes=[Vibe(image=png())]
        ),
    )
    assert paths(service) == ["generate-image"]
    assert size_of(parts(service.requests[0])["ref_multiple_0"]) == (448, 448)


@pytest.mark.parametrize("body", [b"", b'{"statusCode":200}', b"<html>"])
def test_an_answer_that_is_no_encoding(body):
    """It is refused, not stored, and may have cost 2 Anlas."""
    service = Service(reply(200, body), reply(200, ENCODING))

    def action(client):
        with pytest.raises(InvalidResponseError) as caught:
            client.image.encode_vibe(png())
        assert caught.value.charged == "unknown"
        return client.image.encode_vibe(png())

    assert use("sync", service, action) == ENCODING


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"image": png(), "info_extracted": 0}, "info_extracted"),
        ({"image": png(), "info_extracted": 1.5}, "info_extracted"),
        ({"image": None}, "image"),
        ({"image": 5}, "image"),
        ({"image": b"no picture"}, "image"),
        ({"image": png(), "model": "nai-diffusion-5-full"}, "model"),
        ({"image": png(), "model": "nai-diffusion-3"}, "model"),
    ],
)
def test_what_cannot_be_encoded_is_not_sent(colour, arguments, field):
    """Arguments are checked before anything is paid."""
    service = Service(answer)
    with pytest.raises(InvalidParamsError) as caught:
        use(colour, service, lambda client: client.image.encode_vibe(**arguments))
    assert (caught.value.field, service.calls) == (field, 0)


UNREADABLE = {"image": b"no picture"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"i2i": UNREADABLE}, "i2i.image"),
        ({"inpaint": {**UNREADABLE, "mask": png()}}, "inpaint.image"),
        ({"inpaint": {"image": png(), "mask": b"no picture"}}, "inpaint.mask"),
        ({"inpaint": {"image": png(), "mask": png((8, 8))}}, "inpaint.mask"),
        ({"vibes": [{"encoding": b"e"}, UNREADABLE]}, "vibes.1.image"),
        ({"character_references": [{"image": png()}, UNREADABLE]}, "character_references.1.image"),
    ],
)
def test_an_unreadable_picture_is_named_and_nothing_is_sent(colour, fields, field):
    """The error says which picture of the call it is."""
    service = Service(answer)
    with pytest.raises(NovelAIError) as caught:
        use(colour, service, lambda client: client.image.generate(prompt="a", **fields))
    assert isinstance(caught.value, InvalidParamsError)
    assert (caught.value.field, service.calls) == (field, 0)
