"""The endpoints of story models, as the service answers them."""

import base64
import json

import pytest

pytestmark = pytest.mark.anyio


def wish(text="The old harbour", model="kayra-v1", **parameters):
    return {
        "input": text,
        "model": model,
        "parameters": {"use_string": True, "max_length": 20, "min_length": 1, **parameters},
    }


def events(content):
    """Return names and documents of a stream's events."""
    found = []
    for block in content.decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_a_text_is_told_at_once_or_in_pieces(client):
    """The stream's tokens are the text, in order, and only the last one is final."""
    whole = (await client.post("/ai/generate", json=wish())).json()["output"]
    answer = await client.post("/ai/generate-stream", json=wish())
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert b"[DONE]" not in answer.content
    told = events(answer.content)
    assert {name for name, _ in told} == {"newToken"}
    assert "".join(document["token"] for _, document in told) == whole
    assert [document["ptr"] for _, document in told] == list(range(20))
    assert [document["final"] for _, document in told] == [False] * 19 + [True]


async def test_characters_are_written_as_they_are(client):
    """Text that is not ASCII goes out as UTF-8, as the service writes it."""
    answer = await client.post("/ai/generate", json=wish(max_length=250))
    assert "\\u" not in answer.text
    assert not answer.text.isascii()


@pytest.mark.parametrize(("model", "width"), [("kayra-v1", 2), ("llama-3-erato-v1", 4)])
async def test_tokens_have_the_models_width(client, model, width):
    """Packed tokens take two bytes with Kayra, four with Erato; a prompt must be whole tokens."""
    packed = base64.b64encode(bytes(3 * width)).decode()
    body = wish(packed, model, use_string=False)
    answer = await client.post("/ai/generate", json=body)
    assert len(base64.b64decode(answer.json()["output"])) == 20 * width
    body["input"] = base64.b64encode(bytes(3 * width + 1)).decode()
    refused = await client.post("/ai/generate", json=body)
    assert refused.status_code == 400
    assert "Invalid packed input size" in refused.text
    del body["parameters"]["use_string"]
    assert (await client.post("/ai/generate", json=body)).status_code == 400


@pytest.mark.parametrize(
    ("tier", "asked", "written"), [(1, 400, 150), (2, 400, 150), (3, 400, 250), (3, 30, 30)]
)
async def test_a_tier_caps_the_length(client, emulator, tier, asked, written):
    """A text is no longer than the tier allows."""
    emulator.account().tier = tier
    answer = await client.post("/ai/generate-stream", json=wish(max_length=asked))
    assert len(events(answer.content)) == written


async def test_a_sentence_is_finished(client):
    """A text goes on to the end of its sentence when told to."""
    body = wish(generate_until_sentence=True)
    text = (await client.post("/ai/generate", json=body)).json()["output"]
    assert text.rstrip("”").endswith(".")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (wish(model="glm-4-6"), 403, "OpenAI-compatible"),
        (wish(model="cassandra"), 403, "model 'cassandra' doesn't exist"),
        (wish(text=""), 400, "input is required"),
        (wish(text="x" * 100_001), 400, "100000"),
        (wish(text="a " * 8_200), 400, "context of 8192"),
        (wish(temperature=0.01), 400, "temperature must be 0.1 to 100"),
        (wish(phrase_rep_pen="huge"), 400, "phrase_rep_pen"),
        (wish(top_k="many"), 500, "cannot unmarshal string"),
    ],
    ids="glm model empty long context range word type".split(),
)
async def test_what_is_refused(client, emulator, body, status, said):
    """Refusals have the service's status, and leave the account free."""
    answer = await client.post("/ai/generate", json=body)
    assert answer.status_code == status
    assert said in answer.text
    assert not emulator.account().generating


async def test_texts_share_the_lock_with_pictures(client, emulator):
    """While anything is generated for an account, a text is refused."""
    emulator.account().generating = True
    for path, body in (
        ("/ai/generate", wish()),
        ("/ai/generate-stream", wish()),
        ("/oa/v1/completions", {"model": "glm-4-6", "prompt": "Hi"}),
        ("/oa/v1/chat/completions", {"model": "glm-4-6", "messages": [chat_turn()]}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 429
        assert answer.json()["message"] == "Concurrent generation is locked"


def chat_turn():
    return {"role": "user", "content": "Hi"}
