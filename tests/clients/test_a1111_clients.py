"""What programs for A1111's API can do beside one picture."""

from tests.clients.installed import BY_PACKAGE

SMALL = "PNG 512x512"


def test_webuiapi(use, seen):
    """Image to image, masks, upscaling, settings inside a picture, batches and lists."""
    found = use(BY_PACKAGE["webuiapi"], "extras", "several", "lists")
    assert found["extras"] == {
        "first": [SMALL],
        "seed": 1003,
        "again": [SMALL],
        "inside": [SMALL],
        "larger": ["PNG 1024x1024"],
        "read": True,
    }
    assert found["several"] == [SMALL] * 4
    lists = found["lists"]
    assert all(lists.values()), lists
    assert seen.paid == 4 + 4


def test_webuiapi_s_progress(use, seen):
    """Progress moves while a picture is made, and tells how long it will take."""
    assert use(BY_PACKAGE["webuiapi"], "progress")["progress"] == {"between": True, "eta": True}
    assert seen.paid == 1


def test_webuiapi_s_hires_fix(use, seen):
    """Twice 832x1216 is more than NovelAI makes: the largest possible comes, and once."""
    (picture,) = use(BY_PACKAGE["webuiapi"], "hires")["hires"]
    width, height = map(int, picture.removeprefix("PNG ").split("x"))
    assert 832 < width < 1664
    assert width * height <= 3_145_728
    assert seen.paid == 2


def test_webuiapi_s_samplers(use, seen):
    """Names that NovelAI does not have draw with the nearest, and the answer says which."""
    found = use(BY_PACKAGE["webuiapi"], "odd")["odd"]
    for name, drawn in found.items():
        assert drawn["pictures"] == [SMALL], name
        assert name in str(drawn["info"]["extra_generation_params"]), name
    assert seen.paid == len(found) == 7


def test_webuiapi_s_control_net(use, seen):
    """A ControlNet unit with a picture is refused, not left out without a word."""
    found = use(BY_PACKAGE["webuiapi"], "control")["control"]
    assert "ControlNet" in found["said"]
    assert seen.paid == 1


def test_sd_backend_client(use, seen):
    """It finds out what it talks to; image to image, masks and lists work."""
    found = use(BY_PACKAGE["sd-backend-client"], "extras", "progress")
    assert found["extras"]["kind"] == "A1111Webservice"
    assert found["extras"]["again"] == found["extras"]["inside"] == [SMALL]
    assert found["extras"]["models"] > 0
    assert found["extras"]["samplers"] > 0
    assert found["progress"]["pictures"] == found["progress"]["seeds"] == 2
    assert seen.paid == 4


def test_sd_backend_client_on_an_open_server(use_openly, seen):
    """There it takes the server for ComfyUI; image to image and masks work all the same."""
    found = use_openly(BY_PACKAGE["sd-backend-client"], "extras")["extras"]
    assert found["kind"] == "ComfyUiWebservice"
    assert found["again"] == found["inside"] == [SMALL]
    assert found["models"] > 0
    assert found["samplers"] > 0
    assert [body["action"] for body in seen.bodies] == ["img2img", "infill"]
