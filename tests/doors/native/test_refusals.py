"""What is refused, in NovelAI's own shape, with nothing spent."""

import json
import socket
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy.exc import DBAPIError
from tests.doors.native.asking import asked, bearer, body, told
from tests.emulator.bodies import b64, mask, png

from novelai.emulator import Fault
from novelai.server.compat.novelai.errors import render_error, wire_error

IMAGE = "/ai/generate-image"


def without_a_picture(answer: httpx2.Response, status: int, seen) -> str:
    """The message of a refusal."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"statusCode", "message"}
    assert answer.json()["statusCode"] == status
    assert answer.text.endswith("\n")
    assert answer.headers["x-request-id"]
    assert seen.paid == 0
    return answer.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"n_samples": 1000},
        {"n_samples": True},
        {"steps": 51},
        {"steps": 3.5},
        {"width": 100},
        {"width": 100_000, "height": 100_000},
        {"width": "auto"},
        {"sampler": "k_nothing"},
        {"sampler": 7},
        {"image_format": "gif"},
        {"negative_prompt": ["x"]},
        {"seed": 2**32},
        {"action": "img2img"},
        {"action": "infill", "image": b64(png())},
        {"action": "fly"},
        {"image": b64(png())},
        {"action": "img2img", "image": "data:image/png;base64"},
        {"action": "img2img", "image": "data:image/png;base64,"},
        {"action": "img2img", "image": "http://127.0.0.1:1/a.png"},
        {"action": "img2img", "image": "http://169.254.169.254/latest"},
        {"action": "img2img", "image": "§§§"},
        {"action": "img2img", "image": b64(b"no picture")},
        {"action": "img2img", "image": b64(png()), "strength": 0},
        {"action": "infill", "image": b64(png()), "mask": b64(mask((64, 64)))},
        {"reference_image_multiple": "x"},
        {"reference_image_multiple": [b64(b"x"), "%%"]},
        {"model": "nai-diffusion-5-full", "reference_image_multiple": [b64(b"x" * 64)]},
        {"model": 5},
    ],
)
def test_bad_values_cost_nothing(server, seen, changes):
    """Each of these is a 400 of NovelAI's shape, before anything is sent."""
    wish = body()
    for name in ("action", "model"):
        if name in changes:
            wish[name] = changes[name]
    wish["parameters"] |= {n: v for n, v in changes.items() if n not in ("action", "model")}
    answer = asked(server, IMAGE, wish)
    if answer.status_code == 200:  # found when the job ran: the mask is not as large as its picture
        pytest.fail(answer.text)
    without_a_picture(answer, 400, seen)


@pytest.mark.parametrize(
    "said",
    ['"new": 1e999', '"seed": 1e999', '"scale": -1e999', '"new": "\\ud800"', '"uc": "\\ud800"',
     '"new": ' + "[" * 60 + "]" * 60, '"characterPrompts": [{"prompt": 5}]',
     '"v4_prompt": {"caption": {"char_captions": [{"char_caption": []}]}}'],
)  # fmt: skip
def test_what_no_request_can_carry(server, seen, said):
    """Numbers without end, halves of characters and deep nests are found before a job is made."""
    text = f'{{"input": "1girl", "parameters": {{"width": 128, "height": 192, {said}}}}}'
    headers = {"Content-Type": "application/json"}
    without_a_picture(asked(server, IMAGE, content=text, headers=headers), 400, seen)


@pytest.mark.parametrize(
    "said",
    ['"characterPrompts": 5', '"v4_prompt": {"caption": 7}', '"v4_prompt": "1girl"',
     '"legacy": "no"', '"reference_strength_multiple": ["x"]', '"ucPreset": "heavy"',
     '"director_reference_descriptions": ["x"]', '"scale": "7"'],
)  # fmt: skip
def test_values_of_another_kind(server, seen, said):
    """NovelAI would fail on them with 500, and hold up the queue: they are refused before."""
    text = f'{{"input": "1girl", "parameters": {{"width": 128, "height": 192, {said}}}}}'
    headers = {"Content-Type": "application/json"}
    without_a_picture(asked(server, IMAGE, content=text, headers=headers), 400, seen)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe{}", b"{" * 100_000, b'{"parameters": NaN}',
     b'{"input": "x", "parameters": []}', b'{"input": 5}'],
)  # fmt: skip
def test_bodies_that_are_none(server, seen, content):
    """Broken JSON, invalid UTF-8 and other values than objects are refused."""
    headers = {"Content-Type": "application/json"}
    answer = asked(server, IMAGE, content=content, headers=headers)
    without_a_picture(answer, 400, seen)


def test_chunked_bodies_without_a_length_are_read(server, seen):
    """A body that comes in pieces is as good as one that is announced."""
    whole = json.dumps(body("in pieces")).encode()
    pieces = (whole[i : i + 100] for i in range(0, len(whole), 100))
    answer = asked(server, IMAGE, content=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert seen.paid == 1


def test_giant_bodies_are_too_large(server, seen):
    """A body that is announced as larger than the limit is answered 413 before it is read."""
    address = urlsplit(server)
    head = f"POST {IMAGE} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {2**30}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"image": ("blob", b"x")}, "missing request form part"),
        ({"request": ("blob", b"{")}, "JSON"),
        (
            {"request": ("blob", json.dumps(body(action="img2img", image="gone")).encode())},
            'image field references unknown form part "gone"',
        ),
    ],
)
def test_forms_that_are_none(server, seen, files, said):
    """A form without its request, or with a name that leads nowhere, is refused."""
    assert said in without_a_picture(asked(server, IMAGE, files=files), 400, seen)


@pytest.mark.filterwarnings("ignore::novelai.errors.UnknownModelWarning")
def test_an_unknown_model_is_novelai_s_own_refusal(server, seen):
    """A model that nobody has heard of is NovelAI's to refuse: 400, nothing charged."""
    answer = asked(server, IMAGE, body(model="nai-diffusion-99"))
    assert answer.status_code == 400
    assert "nai-diffusion-99 doesn't exist" in answer.json()["message"]
    assert [one.anlas_spent for one in seen.requests] == [0]


@pytest.mark.parametrize(
    ("limits", "changes", "status"),
    [
        ({"free_only": True}, {"width": 1024, "height": 1536}, 402),
        ({"budget_day": 5}, {"width": 1024, "height": 1536}, 402),
        ({"budget_job": 5}, {"width": 1024, "height": 1536}, 402),
        ({"models": ["nai-diffusion-3"]}, {}, 403),
        ({"scopes": ("read",)}, {}, 403),
        ({"max_queued": 0}, {}, 429),
        ({"rate_minute": 0}, {}, 429),
    ],
)
def test_what_a_key_may_not(keyed, seen, limits, changes, status):
    """A budget, a policy and a full queue are refused with NovelAI's status and a sentence."""
    secret = keyed.make_key(**limits)
    answer = asked(keyed.url, IMAGE, body(**changes), secret=secret)
    message = without_a_picture(answer, status, seen)
    assert "Nothing was sent or charged." in message
    assert ("Not enough Anlas" in message) is (status == 402)
    assert ("retry-after" in answer.headers) is (status == 429)


def test_samples_beyond_the_budget_are_taken_back(keyed, seen):
    """When the third sample is refused, the two before it do not run either."""
    secret = keyed.make_key(max_queued=2)
    key = keyed.run(keyed.services.authentication.key_of(secret))
    keyed.run(keyed.services.queue.pause(key, paused=True))
    answer = asked(keyed.url, IMAGE, body(n_samples=3), secret=secret)
    keyed.run(keyed.services.queue.pause(key, paused=False))
    without_a_picture(answer, 429, seen)


def test_a_failure_before_the_stream_is_an_ordinary_answer(server, seen, upstream):
    """What NovelAI refuses before the first frame comes with its status, as from NovelAI."""
    emulator, _ = upstream
    emulator.script(Fault(low_balance=True))
    answer = asked(server, "/ai/generate-image-stream", body("poor", stream="msgpack"))
    assert answer.status_code == 402
    assert answer.json()["statusCode"] == 402
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/ai/nothing", "/user/nothing", "/oa/v1/nothing", "/native/ai/x"])
def test_paths_that_novelai_does_not_have(server, path):
    """Any other path is a 404 of NovelAI's shape."""
    answer = told(server, path)
    assert answer.json() == {"statusCode": 404, "message": "Not Found"}


@pytest.mark.parametrize(
    ("path", "wish", "said"),
    [
        ("/ai/augment-image", {"req_type": "fly", "image": b64(png())}, "doesn't support action"),
        ("/ai/augment-image", {"req_type": "sketch"}, "image must be base64"),
        ("/ai/augment-image", {"req_type": "emotion", "prompt": "grim;;", "image": b64(png())}, ""),
        ("/ai/upscale", {"image": b64(png()), "scale": 4}, "twice"),
        (
            "/ai/upscale",
            {"image": b64(png()), "model": "nai-diffusion-3"},
            "doesn't support standalone upscaling",
        ),
        ("/ai/encode-vibe", {"model": "nai-diffusion-4-full"}, "image is required"),
        (
            "/ai/encode-vibe",
            {"model": "nai-diffusion-3", "image": b64(png())},
            "does not support vibe transfer",
        ),
        (
            "/ai/encode-vibe",
            {"model": "nai-diffusion-4-full", "image": b64(png()), "mask": "x"},
            "mask",
        ),
    ],
)
def test_tools_are_refused_alike(server, seen, path, wish, said):
    """Tools, upscaling and encoding refuse what they cannot do, before anything is sent."""
    assert said in without_a_picture(asked(server, path, wish), 400, seen)


def test_a_browser_of_another_site_is_kept_out(server, seen):
    """A page on the web cannot spend through the browser of somebody who may."""
    headers = {"Origin": "https://evil.example"}
    assert asked(server, IMAGE, body(), headers=headers).status_code == 403
    assert seen.paid == 0


def test_logging_in_with_a_password_says_what_to_do(server):
    """There are no passwords here; a client that tries is told of keys."""
    answer = asked(server, "/user/login", {"key": "x" * 64})
    assert answer.status_code == 401
    assert "key" in answer.json()["message"]


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer "])
def test_other_forms_of_the_credential(keyed, scheme):
    """The key may come in any of the forms that the server knows."""
    secret = keyed.make_key()
    for headers in ({"Authorization": f"{scheme}{secret}"}, {"x-api-key": secret}):
        assert told(keyed.url, "/user/priority", headers=headers).status_code == 200
    assert bearer(secret)


class ValueNotKeptError(Exception):
    sqlstate = "22P05"


@pytest.mark.parametrize(("cause", "status"), [(ValueNotKeptError(), 400), (OSError("gone"), 503)])
def test_trouble_of_the_database_has_the_same_shape(cause, status):
    """A database that is away is a 503; a value that it does not keep is the caller's to mend."""
    answer = render_error(wire_error(DBAPIError("INSERT", {}, cause)))
    assert answer.status_code == status
    assert json.loads(answer.body)["statusCode"] == status
    assert b"INSERT" not in answer.body
