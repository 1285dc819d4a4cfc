"""Names that other packages use for the same things."""

import json

import pytest
from pydantic import ValidationError
from tests.sdk.making import archive, event_text, final, frames, png
from tests.sdk.services import Service, gather, reply, use

from novelai._operations.payload import Pictures, generation_body
from novelai.types import (
    ControlNet,
    ControlNetImage,
    GenerateImageParams,
    GenerateImageStreamParams,
    Vibe,
)

V5, V45, V4, V3 = (
    "nai-diffusion-5-full",
    "nai-diffusion-4-5-full",
    "nai-diffusion-4-full",
    "nai-diffusion-3",
)


def body(params, **pictures):
    return generation_body(params, Pictures(**pictures), seed=1)["parameters"]


def test_a_controlnet_is_vibes():
    """A controlnet gives vibes, behind those that are named so, and its own strength."""
    net = ControlNet(
        images=[ControlNetImage(image=b"x", info_extracted=0.5, strength=0.3)], strength=0.8
    )
    params = GenerateImageParams(
        prompt="a", vibes=[Vibe(encoding=b"v", strength=0.2)], controlnet=net
    )
    assert [vibe.strength for vibe in params.effective_vibes] == [0.2, 0.3]
    sent = body(params, vibes=(b"v", b"e"))
    assert sent["reference_strength_multiple"] == [0.2, 0.3]
    assert sent["controlnet_strength"] == 0.8
    assert params.calculate_anlas().vibe_encoding_anlas == 2
    assert body(GenerateImageParams(prompt="a"))["controlnet_strength"] == 1


def test_a_controlnet_follows_the_rules_of_vibes():
    """What a model does not take as vibes it does not take as a controlnet."""
    net = ControlNet(images=[ControlNetImage(image=b"x", controlnet_model=V45)])
    with pytest.raises(ValidationError, match="does not take vibes"):
        GenerateImageParams(prompt="a", model=V5, controlnet=net)
    with pytest.raises(ValidationError, match=r"controlnet\.images"):
        GenerateImageParams(prompt="a", controlnet={"images": []})


def test_a_picture_of_a_controlnet_is_named_in_its_error():
    """An unreadable picture is named by its place."""
    service = Service(reply(content=archive(png())))
    net = ControlNet(images=[ControlNetImage(image=b"x")])
    with pytest.raises(ValueError, match=r"controlnet\.images\.0\.image"):
        use("sync", service, lambda client: client.image.generate(prompt="a", controlnet=net))
    assert service.calls == 0


def test_a_transparent_background_by_its_other_name():
    """`tag_hint_transparent_background` is `transparent_background`."""
    params = GenerateImageParams(prompt="a", model=V5, tag_hint_transparent_background=True)
    assert params.transparent_background
    assert params.tag_hint_transparent_background
    assert params == GenerateImageParams(prompt="a", model=V5, transparent_background=True)
    assert body(params)["tag_hint_transparent_background"] is True


def test_straight_alpha():
    """V5 gets straight alpha unless it is declined; other models do not know it."""
    assert body(GenerateImageParams(prompt="a", model=V5))["straight_alpha"] is True
    for value in (True, False):
        params = GenerateImageParams(prompt="a", model=V5, straight_alpha=value)
        assert body(params)["straight_alpha"] is value
    with pytest.raises(ValidationError, match="straight_alpha"):
        GenerateImageParams(prompt="a", straight_alpha=True)


@pytest.mark.parametrize("model", [V5, V45, V4])
def test_ddim_is_replaced_since_v4(model):
    """On V4 and later `ddim` becomes the usual sampler, as on the page; V3 keeps it."""
    assert GenerateImageParams(prompt="a", model=model, sampler="ddim").sampler == (
        "k_euler_ancestral"
    )
    assert GenerateImageParams(prompt="a", model=V3, sampler="ddim_v3").sampler == "ddim_v3"


def test_generations_of_models():
    """A model's generation can be asked for."""
    asked = {
        model: (
            GenerateImageParams.is_v4(model),
            GenerateImageParams.is_v4_5(model),
            GenerateImageParams.is_v5(model),
        )
        for model in (V5, V45, V4, V3, "unheard-of")
    }
    assert asked == {
        V5: (True, False, True),
        V45: (True, True, False),
        V4: (True, False, False),
        V3: (False, False, False),
        "unheard-of": (False, False, False),
    }


@pytest.mark.parametrize(
    ("stream", "framing", "used"),
    [("msgpack", None, "msgpack"), ("sse", None, "sse"), ("sse", "msgpack", "msgpack")],
)
def test_stream_params_name_the_framing(stream, framing, used):
    """Parameters for a stream say how the events are packed; a keyword goes before them."""
    params = GenerateImageStreamParams(prompt="a", stream=stream)
    pack = {"msgpack": frames, "sse": event_text}[used]
    service = Service(reply(content=pack(final(png()))))
    seen = use(
        "sync",
        service,
        lambda client: gather(client.image.generate_stream(params, framing=framing), []),
    )
    assert [event.event_type for event in seen] == ["final"]
    assert json.loads(service.requests[0].content)["parameters"]["stream"] == used


def test_stream_params_serve_for_a_plain_generation():
    """Without watching, the framing is not sent."""
    service = Service(reply(content=archive(png())))
    params = GenerateImageStreamParams(prompt="a", stream="sse")
    use("sync", service, lambda client: client.image.generate(params))
    assert "stream" not in json.loads(service.requests[0].content)["parameters"]
    with pytest.raises(ValidationError, match="msgpack or sse"):
        GenerateImageStreamParams(prompt="a", stream="morse")
