"""What programs people already use send to OpenAI, and what they read of the answer."""

import json

import httpx2
import pytest
from tests.doors.openai.drawing import SIZE, data_url, hole, opened, png


@pytest.fixture
def web(keyed):
    """A program with a key, at the server's root."""
    headers = {"Authorization": f"Bearer {keyed.make_key()}"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as web:
        yield web


def events(text):
    """The documents of a chat stream, which ends properly."""
    datas = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert datas[-1] == "[DONE]"
    return [json.loads(data) for data in datas[:-1]]


@pytest.mark.parametrize("extra", [{"response_format": "b64_json"}, {}])
def test_open_webui_generates(web, extra):
    """Open WebUI: base64 of each picture, also where its version adds an api-version."""
    body = {"model": "gpt-image-1", "prompt": "a cat", "n": 1, "size": SIZE} | extra
    headers = {"X-OpenWebUI-User-Name": "Ann", "Content-Type": "application/json"}
    answer = web.post("/v1/images/generations?api-version=1", json=body, headers=headers)
    assert answer.status_code == 200
    assert opened(answer.json()["data"][0]["b64_json"]).size == (512, 512)


@pytest.mark.parametrize("field", ["image", "image[]"])
def test_open_webui_edits(web, seen, field):
    """Open WebUI: a form with the picture under either name."""
    form = {"model": "gpt-image-1", "prompt": "a dog", "n": "1", "size": SIZE}
    form |= {"background": "auto", "response_format": "b64_json"}
    files = [(field, ("image.png", png(), "image/png"))]
    answer = web.post("/v1/images/edits", data=form, files=files).json()
    assert opened(answer["data"][0]["b64_json"]).size == (512, 512)
    assert seen.bodies[0]["action"] == "img2img"


def test_librechat_draws_with_gpt_image_1(web):
    """LibreChat's image tool: `gpt-image-1`, size auto, output fields of its own."""
    body = {
        "model": "gpt-image-1",
        "prompt": "a cat",
        "n": 1,
        "background": "auto",
        "output_format": "png",
        "output_compression": 100,
        "quality": "auto",
        "size": "auto",
    }
    answer = web.post("/v1/images/generations", json=body).json()
    assert opened(answer["data"][0]["b64_json"]).size == (832, 1216)


def test_librechat_edits(web):
    """LibreChat's edit tool: a form with `image[]`."""
    form = {"model": "gpt-image-1", "prompt": "a dog", "n": "1", "quality": "auto", "size": "auto"}
    files = [("image[]", ("a.png", png(size=(640, 512)), "image/png"))]
    answer = web.post("/v1/images/edits", data=form, files=files).json()
    assert opened(answer["data"][0]["b64_json"]).size == (640, 512)


def test_librechats_dall_e_tool_fetches_an_address(web):
    """LibreChat's DALL-E tool says nothing of the form, and fetches an address without a key."""
    body = {"model": "dall-e-3", "prompt": "a cat", "n": 1, "size": "1024x1024"}
    body |= {"quality": "standard", "style": "vivid"}
    url = web.post("/v1/images/generations", json=body).json()["data"][0]["url"]
    fetched = httpx2.get(url)
    assert fetched.status_code == 200
    assert fetched.headers["content-type"] == "image/png"


def test_risuai(web):
    """Risuai: posts to the exact address, with a word for the quality and no model."""
    body = {"prompt": "a cat", "response_format": "b64_json", "size": SIZE, "quality": "standard"}
    answer = web.post("/v1/images/generations", json=body)
    assert opened(answer.json()["data"][0]["b64_json"])


def test_quick_image_gen_and_relays_chat(web, seen):
    """Relays ask in a chat: sizes with a colon, samplers by name; they read images or markdown."""
    body = {
        "model": "nai-diffusion-4-5-full",
        "messages": [
            {"role": "system", "content": "You draw."},
            {"role": "user", "content": "a dragon"},
            {"role": "assistant", "content": f"![image]({data_url(b'old')})"},
            {"role": "user", "content": f"a cat ![image]({data_url(b'old')})"},
        ],
        "size": "512:768",
        "negative_prompt": "hat",
        "sampler": "Euler Ancestral",
        "return_base64": True,
        "modalities": ["image"],
        "response_format": {"type": "b64_json"},
    }
    answer = web.post("/v1/chat/completions", json=body)
    document = answer.json()
    message = document["choices"][0]["message"]
    url = message["images"][0]["image_url"]["url"]
    assert message["content"] == f"![image]({url})"
    assert opened(url).size == (512, 768)
    assert document["choices"][0]["finish_reason"] == "stop"
    assert document["object"] == "chat.completion"
    assert document["usage"]["total_tokens"] == 1
    assert answer.headers["x-job-id"] == document["novelai"]["job_id"]
    sent = seen.bodies[0]
    assert sent["input"].startswith("a cat")
    assert "dragon" not in json.dumps(sent)
    assert "old" not in sent["input"]
    assert "hat" in sent["parameters"]["negative_prompt"]
    assert sent["parameters"]["sampler"] == "k_euler_ancestral"


def test_a_chat_stream_tells_and_then_shows(web):
    """A streamed chat begins with the role, ends with the picture, a stop and `[DONE]`."""
    body = {
        "model": "gpt-image-1",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "a cat"}]}],
        "size": SIZE,
        "stream": True,
    }
    answer = web.post("/v1/chat/completions", json=body)
    found = events(answer.text)
    deltas = [event["choices"][0]["delta"] for event in found]
    assert deltas[0]["role"] == "assistant"
    content = "".join(delta.get("content") or "" for delta in deltas)
    picture = next(delta["images"][0] for delta in deltas if "images" in delta)
    assert content == f"![image]({picture['image_url']['url']})"
    assert opened(picture["image_url"]["url"]).size == (512, 512)
    assert found[-1]["choices"][0]["finish_reason"] == "stop"
    assert found[-1]["novelai"]["anlas"] == 0
    assert any("reasoning_content" in delta for delta in deltas)


def test_a_chat_may_answer_with_an_address(web):
    """`return_base64: false` puts an address into the markdown."""
    body = {"model": "gpt-image-1", "messages": [{"role": "user", "content": "a cat"}]}
    body |= {"size": SIZE, "return_base64": False}
    message = web.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
    url = message["images"][0]["image_url"]["url"]
    assert url.startswith("http://127.0.0.1")
    assert httpx2.get(url).content.startswith(b"\x89PNG")


def test_a_picture_beside_the_text_is_where_it_starts(web, seen):
    """A picture attached to the last turn is edited."""
    parts = [
        {"type": "text", "text": "a dog"},
        {"type": "image_url", "image_url": {"url": data_url(png())}},
    ]
    body = {"model": "gpt-image-1", "messages": [{"role": "user", "content": parts}]}
    answer = web.post("/v1/chat/completions", json=body).json()
    assert opened(answer["choices"][0]["message"]["content"][:-1].partition("(")[2])
    assert seen.bodies[0]["action"] == "img2img"


def test_one_api_in_front(web, seen):
    """new-api and one-api: a quality that is a switch, a format that is an object, and headers."""
    body = {"model": "dall-e-3", "prompt": "a cat", "size": SIZE, "quality": True, "n": 1}
    body |= {"qualityToggle": False, "response_format": {"type": "b64_json"}}
    headers = {"X-Steps": "12", "X-Seed": "3000000000"}
    document = web.post("/v1/images/generations", json=body, headers=headers).json()
    assert document["novelai"]["seed"] == 3_000_000_000
    assert isinstance(document["quality"], str)
    parameters = seen.bodies[0]["parameters"]
    assert parameters["steps"] == 12
    assert document["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    "path",
    ["/v1/v1/images/generations", "//v1//images/generations/", "/v1%0A/images/generations"],
)
def test_crooked_addresses_arrive(web, keyed, path):
    """Base addresses with `/v1` twice, with a line break or slashes too many still work."""
    answer = web.post(keyed.url + path, json={"prompt": "a cat", "size": SIZE})
    assert answer.status_code == 200


def test_an_operation_may_be_named_inside_the_standard_path(web, seen):
    """A relay that knows one path only names the operation in the body; a picture says it, too."""
    image = data_url(png())
    bodies = [
        {"prompt": "a dog", "image": image, "mask": data_url(hole())},
        {"prompt": "a dog", "image": image, "novelai_operation": "img2img"},
        {"prompt": "a dog", "image": image, "extra": {"operation": "variation"}},
    ]
    for body in bodies:
        assert web.post("/v1/images/generations", json=body).status_code == 200
    assert [body["action"] for body in seen.bodies] == ["infill", "img2img", "img2img"]


def test_anlas_are_told_as_tokens(web):
    """A picture that costs Anlas costs as many tokens, and one for the picture."""
    body = {"prompt": "a cat", "size": SIZE, "steps": 40}
    document = web.post("/v1/images/generations", json=body).json()
    anlas = document["novelai"]["anlas"]
    assert anlas > 0
    assert document["usage"]["output_tokens"] == anlas
    assert document["usage"]["total_tokens"] == anlas + 1


def test_what_only_novelai_has(web, seen):
    """The object `novelai` takes any parameter of a generation."""
    body = {"prompt": "two cats", "size": SIZE, "novelai": {"characters": [{"prompt": "a cat"}]}}
    body["novelai"]["uc_preset"] = "light"
    assert web.post("/v1/images/generations", json=body).status_code == 200
    captions = seen.bodies[0]["parameters"]["v4_prompt"]["caption"]["char_captions"]
    assert [caption["char_caption"] for caption in captions] == ["a cat"]


def test_nobody_needs_a_key_on_this_machine(server):
    """Where no key is asked for, whatever a program must put into its key field is fine."""
    body = {"prompt": "a cat", "size": SIZE}
    address = f"{server}/v1/images/generations"
    for headers in ({}, {"Authorization": "Bearer sk-none"}):
        assert httpx2.post(address, json=body, headers=headers).status_code == 200
    wrong = httpx2.post(address, json=body, headers={"Authorization": "Bearer nvs_wrong"})
    assert wrong.status_code == 401


def test_the_probe_of_sillytavern(server):
    """SillyTavern asks with `OPTIONS` whether pictures can be generated here."""
    assert httpx2.options(f"{server}/v1/images/generations").is_success
    assert httpx2.get(f"{server}/v1/models").json()["object"] == "list"


TURNS = [{"role": "user", "content": [{"type": "text", "text": "How do I begin?"}]}]


def test_text_models_write(web, seen):
    """With a text model a chat is answered by NovelAI's; it costs nothing."""
    body = {"model": "glm-4-6", "messages": TURNS, "max_completion_tokens": 30, "temperature": 1}
    document = web.post("/v1/chat/completions", json=body).json()
    (choice,) = document["choices"]
    assert choice["message"]["content"]
    assert choice["finish_reason"] in ("stop", "length")
    assert document["usage"]["completion_tokens"] > 0
    assert seen.paid == 0


def test_text_models_write_in_pieces(web):
    """A streamed chat brings the text in pieces, and the count where it is asked for."""
    body = {"model": "glm-4-6", "messages": TURNS, "max_tokens": 30, "stream": True}
    body["stream_options"] = {"include_usage": True}
    found = events(web.post("/v1/chat/completions", json=body).text)
    pieces = [event["choices"][0]["delta"].get("content") for event in found if event["choices"]]
    assert len([piece for piece in pieces if piece]) > 3
    assert found[-1]["usage"]["completion_tokens"] > 0


def test_a_raw_prompt_is_continued(web):
    """`/v1/completions` goes on from a prompt, at once or as a stream of one piece."""
    body = {"model": "glm-4-6", "prompt": "Once upon a time", "max_tokens": 20}
    document = web.post("/v1/completions", json=body).json()
    assert document["object"] == "text_completion"
    assert document["choices"][0]["text"]
    streamed = events(web.post("/v1/completions", json=body | {"stream": True}).text)
    assert streamed[0]["choices"][0]["text"]
