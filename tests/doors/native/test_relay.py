"""Text, voice and tags, which cost no Anlas, are NovelAI's own answers."""

import json
import threading

import httpx2
import pytest
from tests.doors.native.asking import SECONDS, asked, bearer, body, told

from novelai.emulator import Fault

STORY = {
    "input": "Once upon a time",
    "model": "kayra-v1",
    "parameters": {"use_string": True, "max_length": 10, "min_length": 1},
}
CHAT = {
    "model": "glm-4-6",
    "messages": [{"role": "user", "content": "Hello"}],
    "stream": True,
    "max_tokens": 20,
}


@pytest.mark.parametrize("prefix", ["", "/native"])
def test_a_story_goes_on(keyed, prefix):
    """Native text is answered as NovelAI answers it."""
    answer = asked(keyed.url, f"{prefix}/ai/generate", STORY, secret=keyed.make_key())
    assert answer.status_code == 200
    assert answer.json()["output"]


def test_a_story_is_streamed(keyed):
    """Tokens come as server-sent events, the last one marked."""
    answer = asked(keyed.url, "/ai/generate-stream", STORY, secret=keyed.make_key())
    assert answer.headers["content-type"].startswith("text/event-stream")
    tokens = [json.loads(line[5:]) for line in answer.text.splitlines() if line[:5] == "data:"]
    assert tokens[-1]["final"] is True


def test_a_chat_is_streamed_as_openai_does(keyed):
    """`/oa/v1` is NovelAI's: its models, its chunks, its end."""
    secret = keyed.make_key()
    models = told(keyed.url, "/oa/v1/models", secret=secret).json()
    assert "glm-4-6" in {one["id"] for one in models["data"]}
    answer = asked(keyed.url, "/oa/v1/chat/completions", CHAT, secret=secret)
    assert answer.text.strip().endswith("data: [DONE]")
    counted = asked(
        keyed.url,
        "/oa/v1/internal/token-count",
        {"model": "glm-4-6", "prompt": "Hello"},
        secret=secret,
    )
    assert counted.status_code == 200


def test_a_text_is_read_aloud(keyed):
    """Voices come as sound, by GET and by POST."""
    secret = keyed.make_key()
    wish = {"text": "Hello", "seed": "Aini", "voice": -1, "opus": False, "version": "v2"}
    for answer in (
        asked(keyed.url, "/ai/generate-voice", wish, secret=secret),
        told(
            keyed.url,
            "/ai/generate-voice",
            secret=secret,
            params={n: str(v).lower() for n, v in wish.items()},
        ),
    ):
        assert answer.is_success
        assert answer.headers["content-type"].startswith("audio/")


def test_tags_in_two_languages(keyed):
    """English and Japanese names are completed in NovelAI's two shapes."""
    secret = keyed.make_key()
    query = {"model": "nai-diffusion-4-5-full", "prompt": "cherry"}
    path = "/ai/generate-image/suggest-tags"
    english = told(keyed.url, path, secret=secret, params=query).json()
    assert {"tag", "count", "confidence"} == set(english["tags"][0])
    japanese = told(
        keyed.url, path, secret=secret, params=query | {"prompt": "桜", "lang": "jp"}
    ).json()
    assert {"jp_tag", "en_tag", "power"} == set(japanese[0])


def test_novelai_s_refusal_is_passed_on(keyed):
    """What NovelAI says of a body is what the client reads."""
    answer = asked(keyed.url, "/ai/generate", STORY | {"model": "no-v1"}, secret=keyed.make_key())
    assert answer.status_code >= 400
    assert "no-v1" in answer.json()["message"]


def test_text_needs_the_scope_to_generate(keyed, upstream):
    """A key that may only look is refused before anything leaves."""
    emulator, _ = upstream
    secret = keyed.make_key(scopes=("read",))
    answer = asked(keyed.url, "/ai/generate", STORY, secret=secret)
    assert answer.status_code == 403
    assert answer.json()["statusCode"] == 403
    assert not [one for one in emulator.requests if one.path == "/ai/generate"]


def test_a_refused_token_is_the_server_s_trouble(keyed, upstream):
    """When NovelAI refuses the account, the client is not told that its own key is wrong."""
    emulator, _ = upstream
    emulator.script(Fault(status=401, body='{"statusCode":401,"message":"Unauthorized"}'))
    answer = asked(keyed.url, "/ai/generate", STORY, secret=keyed.make_key())
    assert answer.status_code == 502
    assert "account" in answer.json()["message"]


def test_pictures_and_texts_at_once_are_all_served(keyed):
    """One account: texts and pictures take turns, and nobody is told 429."""
    secret = keyed.make_key()
    wishes = [("/ai/generate", STORY)] * 3 + [
        ("/ai/generate-image", body(f"picture {index}", seed=index)) for index in range(3)
    ]
    statuses: list[int] = []

    def ask(path: str, document: object) -> None:
        statuses.append(
            httpx2.post(
                f"{keyed.url}{path}", json=document, headers=bearer(secret), timeout=SECONDS
            ).status_code
        )

    threads = [threading.Thread(target=ask, args=wish) for wish in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 6
