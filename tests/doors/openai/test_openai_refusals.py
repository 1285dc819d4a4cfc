"""What is refused: in OpenAI's shape, and with nothing spent."""

import json
import time

import httpx2
import pytest
from tests.doors.openai.drawing import SIZE, animated, data_url, giant, hole, png

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
CHAT = "/v1/chat/completions"
WISH = {"prompt": "a cat", "size": SIZE}


@pytest.fixture
def web(keyed):
    headers = {"Authorization": f"Bearer {keyed.make_key()}"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as web:
        yield web


def error_of(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert {"message", "type", "param", "code"} <= set(error)
    assert error["message"]
    return error


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"n": 1000}, "n"),
        ({"n": 0}, "n"),
        ({"n": "many"}, "n"),
        ({"n": -1}, "n"),
        ({"n": True}, "n"),
        ({"n": [1]}, "n"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": ["a cat"]}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "a" * 32_001}, "prompt"),
        ({"size": "huge"}, "size"),
        ({"size": "99999x99999"}, "size"),
        ({"size": "-5x512"}, "size"),
        ({"size": "0x512"}, "size"),
        ({"size": 512}, "size"),
        ({"width": -5, "height": 512, "size": None}, "width"),
        ({"output_compression": -1}, "output_compression"),
        ({"output_compression": 101}, "output_compression"),
        ({"scale": -1}, "scale"),
        ({"scale": "nan"}, "scale"),
        ({"steps": -1}, "steps"),
        ({"image": data_url(png()), "strength": -1}, "strength"),
        ({"image": data_url(png())[:-900]}, "image"),
        ({"image": data_url(png(size=(1024, 1024))[:2000])}, "image"),
        ({"image": data_url(animated())}, "image"),
        ({"image": data_url(giant())}, "image"),
        ({"image": data_url(png()), "mask": data_url(hole()[:300])}, "mask"),
        ({"steps": 99}, "steps"),
        ({"steps": "Infinity"}, "steps"),
        ({"seed": 2**40}, "seed"),
        ({"partial_images": 9}, "partial_images"),
        ({"response_format": "gif"}, "response_format"),
        ({"output_format": "gif"}, "output_format"),
        ({"vibes": [{"image": "x"}]}, "vibes"),
        ({"n_samples": 4}, "n_samples"),
        ({"novelai": {"n_samples": 4}}, "novelai.n_samples"),
        ({"novelai": {"unheard_of": 4}}, "unheard_of"),
        ({"novelai": []}, "novelai"),
        ({"image": "http://127.0.0.1:1/a.png"}, "image"),
        ({"image": {"image_url": "https://10.0.0.1/a.png"}}, "image"),
        ({"image": "not a picture"}, "image"),
        ({"image": "aGVsbG8="}, "image"),
        ({"image": data_url(png()), "mask": data_url(hole(size=(64, 64)))}, "mask"),
        ({"image": data_url(png()), "mask": data_url(png("black"))}, "mask"),
        ({"image": [data_url(png()), data_url(png())]}, "image"),
        ({"novelai_operation": "fly"}, "novelai_operation"),
        ({"model": "nai-diffusion-3", "background": "transparent"}, "background"),
    ],
)
def test_a_wrong_value_is_named(web, seen, change, param):
    """A value that cannot be is refused with the name of its field; nothing is fetched or sent."""
    error = error_of(web.post(GENERATIONS, json=WISH | change), 400)
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert error["charged"] == "no"
    assert seen.paid == 0


@pytest.mark.parametrize("model", ["sdxl", "gpt-4o", "../../etc", "x" * 150])
def test_an_unknown_model_is_not_found(web, seen, model):
    """A model that is not here is said to be unknown, in pictures and in chats."""
    assert error_of(web.post(GENERATIONS, json=WISH | {"model": model}), 404)["param"] == "model"
    assert seen.paid == 0


def test_a_chat_with_another_s_model_is_not_found(web):
    """A chat with OpenAI's text models names those that are here."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}
    assert error_of(web.post(CHAT, json=body), 404)["code"] == "model_not_found"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe{}",
        b'{"prompt": "\xff"}',
        b'{"n": NaN, "prompt": "a"}',
        b"[" * 100_000,
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "a", "user": "\\uDC00"}',
    ],
)
def test_what_is_no_json_is_refused(web, seen, body):
    """Broken JSON, other JSON and invalid UTF-8 are refused."""
    answer = web.post(GENERATIONS, content=body, headers={"Content-Type": "application/json"})
    error_of(answer, 400)
    assert seen.paid == 0


def test_broken_forms_are_refused(web, seen):
    """A form that ends in the middle is refused."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    content = b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na'
    error_of(web.post(EDITS, content=content, headers=headers), 400)
    assert seen.paid == 0


@pytest.mark.parametrize("announced", [True, False])
def test_a_giant_body_is_too_large(web, seen, announced):
    """More bytes than the limit are refused, whether their number was announced or not."""
    size = 65 * 1024 * 1024
    pieces = (b" " * 2**20 for _ in range(65))
    headers = {"Content-Length": str(size)} if announced else {}
    try:
        answer = web.post(GENERATIONS, content=pieces, headers=headers)
    except (httpx2.WriteError, httpx2.RemoteProtocolError):  # it did not wait for all of it
        return
    assert error_of(answer, 413)["code"] == "too_large"
    assert seen.paid == 0


@pytest.mark.parametrize("messages", [None, [], "hello", [{"role": "assistant"}], [7]])
def test_a_chat_without_a_wish_is_refused(web, seen, messages):
    """A chat for a picture must end with what to draw."""
    body = {"model": "gpt-image-1", "messages": messages}
    assert error_of(web.post(CHAT, json=body), 400)["param"] == "messages"
    assert seen.paid == 0


def test_nothing_else_is_here(web):
    """Other addresses under `/v1`, and other methods, are refused in the same shape."""
    assert error_of(web.post("/v1/embeddings", json={}), 404)["code"] == "unknown_url"
    answer = web.get(GENERATIONS)
    assert error_of(answer, 405)["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "POST"


def test_without_a_key(keyed, seen):
    """Nobody, a wrong key, and a foreign site are refused as OpenAI refuses them."""
    address = keyed.url + GENERATIONS
    assert error_of(httpx2.post(address, json=WISH), 401)["code"] == "invalid_api_key"
    wrong = {"Authorization": "Bearer sk-wrong"}
    assert error_of(httpx2.post(address, json=WISH, headers=wrong), 401)
    foreign, ambient = {"Origin": "https://evil.example"}, ("me", keyed.secret)
    assert error_of(httpx2.post(address, json=WISH, headers=foreign, auth=ambient), 403)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("limits", "change", "status", "code"),
    [
        ({"free_only": True}, {"steps": 40}, 402, "free_only"),
        ({"budget_job": 1}, {"steps": 50, "size": "1024x1024"}, 402, "job_budget"),
        ({"budget_day": 1}, {"steps": 50, "size": "1024x1024"}, 402, "budget"),
        ({"models": ["nai-diffusion-3"]}, {"model": "nai-diffusion-4-full"}, 403, "model"),
        ({"scopes": ("read",)}, {}, 403, "scope"),
        ({"max_queued": 0}, {}, 429, "too_many_queued"),
        ({"rate_minute": 0}, {}, 429, "rate_limit_exceeded"),
    ],
)
def test_limits_of_a_key_read_well(keyed, seen, limits, change, status, code):
    """A budget, a policy and a full queue are refused with their code and a sentence."""
    headers = {"Authorization": f"Bearer {keyed.make_key(**limits)}"}
    answer = httpx2.post(keyed.url + GENERATIONS, json=WISH | change, headers=headers)
    error = error_of(answer, status)
    assert error["code"] == code
    assert "Nothing was sent or charged" in error["message"]
    assert seen.paid == 0
    if status == 429:
        assert answer.headers["retry-after"]
    else:
        assert answer.headers["x-should-retry"] == "false"


def test_several_pictures_are_taken_or_refused_together(keyed, seen):
    """When one of several is refused, those that wait are taken back."""
    keyed.run(keyed.services.queue.pause(keyed.run(keyed.services.keys.local()), paused=True))
    try:
        headers = {"Authorization": f"Bearer {keyed.make_key(max_queued=2)}"}
        answer = httpx2.post(keyed.url + GENERATIONS, json=WISH | {"n": 3}, headers=headers)
        assert error_of(answer, 429)["code"] == "too_many_queued"
    finally:
        keyed.run(keyed.services.queue.pause(keyed.run(keyed.services.keys.local()), paused=False))
    state = httpx2.get(f"{keyed.url}/api/state", headers=headers).json()
    assert state["queue"] == []
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("named", "state"), [({}, "cancelled"), ({"Idempotency-Key": "mine"}, "succeeded")]
)
def test_a_chat_that_is_stopped_takes_its_order_back(keyed, seen, named, state):
    """What waits is not drawn; who gave it a name of its own can fetch it under that."""
    local = keyed.run(keyed.services.keys.local())
    keyed.run(keyed.services.queue.pause(local, paused=True))
    headers = named | {"Authorization": f"Bearer {keyed.make_key()}"}
    chat = {"model": "gpt-image-1", "messages": [{"role": "user", "content": "a cat"}]}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=30) as client:

        def wait_for(*states):
            while (jobs := client.get("/api/jobs").json()["jobs"])[0]["state"] not in states:
                time.sleep(0.02)
            return [job["state"] for job in jobs]

        try:
            body = chat | {"size": SIZE, "stream": True}
            with client.stream("POST", "/v1/chat/completions", json=body) as answer:
                next(answer.iter_bytes())
            if not named:
                wait_for("cancelled")
        finally:
            keyed.run(keyed.services.queue.pause(local, paused=False))
        assert wait_for("cancelled", "succeeded") == [state]
    assert seen.paid == len(named)


def test_errors_hold_no_prompt(web):
    """What was typed is not repeated in a refusal."""
    answer = web.post(GENERATIONS, json={"prompt": "a secret wish", "steps": 99, "size": "odd"})
    assert "secret" not in json.dumps(answer.json())
