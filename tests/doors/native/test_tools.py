"""Director tools, upscaling and vibes through NovelAI's own paths."""

import zipfile
from io import BytesIO

import pytest
from PIL import Image
from tests.doors.native.asking import asked, body, pictures_in
from tests.emulator.bodies import b64, png


@pytest.mark.parametrize(
    ("wish", "pictures"),
    [
        ({"req_type": "bg-removal"}, 3),
        ({"req_type": "lineart"}, 1),
        ({"req_type": "declutter-keep-bubbles"}, 1),
        ({"req_type": "colorize", "prompt": "red", "defry": 2}, 1),
        ({"req_type": "emotion", "prompt": "happy;;smile", "defry": 0}, 1),
    ],
)
def test_tools_answer_a_stored_archive(server, seen, wish, pictures):
    """Each tool gives its pictures in an archive that holds them as they are."""
    answer = asked(server, "/ai/augment-image", {**wish, "image": b64(png((1024, 1024)))})
    assert answer.status_code == 200, answer.text
    assert len(pictures_in(answer)) == pictures
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        assert {one.compress_type for one in packed.infolist()} == {zipfile.ZIP_STORED}
    (sent,) = seen.bodies
    assert {name: sent[name] for name in wish} == wish
    assert answer.headers["x-anlas-cost"] == str(seen.requests[0].anlas_spent)


@pytest.mark.parametrize("more", [{"model": "nai-diffusion-5-curated"}, {"width": 128, "scale": 2}])
def test_upscaling(server, seen, more):
    """A picture becomes twice as large, for older clients too, which name no model."""
    answer = asked(server, "/ai/upscale", {"image": b64(png()), **more})
    (picture,) = pictures_in(answer)
    assert Image.open(BytesIO(picture)).size == (256, 384)
    assert answer.headers["x-anlas-cost"] == "1"
    assert seen.paid == 1


def test_a_vibe_is_encoded_and_used(server, seen):
    """An encoding comes as bytes, for 2 Anlas, and a generation takes it for nothing more."""
    wish = {"image": b64(png()), "model": "nai-diffusion-4-5-full", "information_extracted": 0.5}
    answer = asked(server, "/ai/encode-vibe", wish)
    assert answer.headers["content-type"] == "application/binary"
    assert answer.headers["content-disposition"].endswith(".vibe40")
    assert answer.headers["x-anlas-cost"] == "2"
    used = body(reference_image_multiple=[b64(answer.content)], reference_strength_multiple=[0.4])
    made = asked(server, "/ai/generate-image", used)
    assert made.headers["x-anlas-cost"] == "0"
    assert seen.bodies[-1]["parameters"]["reference_strength_multiple"] == [0.4]
    assert seen.requests[-1].parts == {"ref_multiple_0": len(answer.content)}
