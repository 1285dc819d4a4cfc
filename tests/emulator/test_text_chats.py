"""The OpenAI-compatible endpoints, with the service's oddities."""

import json

import httpx2
import pytest

from novelai.emulator import Emulator

pytestmark = pytest.mark.anyio

CHAT = "/oa/v1/chat/completions"
TURNS = [{"role": "user", "content": "How do I begin?"}]


def wish(**fields):
    return {"model": "glm-4-6", "messages": TURNS, "max_tokens": 100, **fields}


def chunks(content):
    """Return the documents of a stream that ends properly."""
    *lines, end = content.decode().split("\n\n")[:-1]
    assert end == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


async def test_a_chat_stream_is_shaped_as_captured(client):
    """Role first with no text, then a newline, pieces with their tokens, the end with the count."""
    answer = await client.post(CHAT, json=wish(stream=True))
    first, newline, *pieces, last = chunks(answer.content)
    assert first["object"] == "chat.completion.chunk"
    assert first["choices"] == [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": ""},
            "finish_reason": None,
            "token_ids": [],
        }
    ]
    assert newline["choices"][0]["delta"] == {"content": "\n"}
    assert newline["choices"][0]["token_ids"] == [198]
    assert all(len(piece["choices"][0]["token_ids"]) == 1 for piece in pieces)
    assert last["choices"][0]["delta"] == {}
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["choices"][0]["token_ids"] == [151336]
    assert last["usage"]["completion_tokens"] == len(pieces) + 1
    assert len({chunk["id"] for chunk in (first, newline, *pieces, last)}) == 1


async def test_a_chat_at_once_holds_no_text(client):
    """Asked for without a stream, chat is broken as at the service: tokens, and no message."""
    document = (await client.post(CHAT, json=wish())).json()
    assert document["object"] == "chat.completion.chunk"
    (choice,) = document["choices"]
    assert choice["text"] == ""
    assert choice["token_ids"]
    assert "message" not in choice


async def test_a_chat_at_once_can_be_repaired():
    """With the switch, chat that is asked for at once holds its text."""
    emulator = Emulator(repaired_chat=True)
    headers = {"Authorization": f"Bearer {emulator.token}"}
    transport = httpx2.ASGITransport(app=emulator.app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://emulator", headers=headers
    ) as client:
        document = (await client.post(CHAT, json=wish())).json()
        told = chunks((await client.post(CHAT, json=wish(stream=True))).content)
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in told)
    assert document["object"] == "chat.completion"
    assert document["choices"][0]["message"] == {"role": "assistant", "content": text}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (
            wish(messages=[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]),
            400,
            "cannot unmarshal array into Go struct field",
        ),
        (wish(messages=[]), 400, "messages is required"),
        (wish(model="kayra-v1"), 403, "doesn't exist"),
        (wish(messages=[{"role": "user", "content": "a " * 30_000}]), 400, "context of 28672"),
    ],
    ids="parts nothing model context".split(),
)
async def test_mistakes_come_in_openais_shape(client, body, status, said):
    """What is wrong with a request is told as OpenAI does."""
    answer = await client.post(CHAT, json=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["code"] == status


async def test_no_logprobs_are_a_failure(client):
    """Asking for zero likelihoods makes the service fail."""
    assert (await client.post(CHAT, json=wish(logprobs=0))).status_code == 500


@pytest.mark.parametrize("prompt", ["Once", ["Once", "Twice"], [1, 2], [[1, 2], [3]]], ids=range(4))
async def test_completions_work_both_ways(client, prompt):
    """A completion is the same at once and in pieces, for any form of prompt."""
    body = {"model": "glm-4-6", "prompt": prompt, "max_tokens": 12, "echo": True}
    whole = (await client.post("/oa/v1/completions", json=body)).json()
    told = chunks((await client.post("/oa/v1/completions", json={**body, "stream": True})).content)
    texts = ["" for _ in whole["choices"]]
    for chunk in told:
        choice = chunk["choices"][0]
        texts[choice["index"]] += choice["text"]
    assert texts == [choice["text"] for choice in whole["choices"]]
    assert [choice["finish_reason"] for choice in whole["choices"]] == ["length"] * len(texts)
    assert whole["object"] == "text_completion"


async def test_a_stop_text_of_several_tokens_stays(client):
    """A stop text inside one token is left out, one that spans tokens stays, as at the service."""
    body = {"model": "glm-4-6", "prompt": "Once", "max_tokens": 40}
    plain = (await client.post("/oa/v1/completions", json=body)).json()["choices"][0]["text"]
    one, several = plain.split()[4], " ".join(plain.split()[4:6])
    for stop, left in ((one, False), ([several], True)):
        answer = await client.post("/oa/v1/completions", json={**body, "stop": stop})
        (choice,) = answer.json()["choices"]
        assert choice["finish_reason"] == "stop"
        assert choice["text"].endswith(several) is left
        assert plain.startswith(choice["text"])


async def test_the_list_of_models_needs_a_token(client):
    """Without a token there is no list."""
    answer = await client.get("/oa/v1/models", headers={"Authorization": ""})
    assert answer.status_code == 401
    assert (await client.get("/oa/v1/models")).json()["object"] == "list"


async def test_tokens_are_counted_and_shown(client):
    """A count comes with the tokens that were counted."""
    answer = await client.post(
        "/oa/v1/internal/token-count", json={"model": "glm-4-6", "prompt": "A fox, a cat."}
    )
    document = answer.json()
    assert document["length"] == len(document["encoded"]) == 6
