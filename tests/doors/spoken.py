"""The dialects of the doors: where each asks for a picture, and how each tells a refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx2
from tests.doors.openai.drawing import SIZE
from tests.doors.test_comfy_workflows import workflow
from tests.emulator.bodies import generation

__all__ = ["BY_NAME", "SPOKEN", "Spoken"]

SMALL = {"width": 128, "height": 128, "steps": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A dialect.

    Attributes:
        name: of it.
        path: takes orders, by POST.
        wish: an order that is free.
        costly: the same, for Anlas; empty where a limit is told in an answer that is no refusal.
        nowhere: a path below its own that is not there.
        sentence: takes what a refusal says out of its body, and fails where the shape is another.
        invalid: the status for a wrong value.
    """

    name: str
    path: str
    wish: Mapping[str, Any]
    costly: Mapping[str, Any]
    nowhere: str
    sentence: Callable[[int, Mapping[str, Any]], str]
    invalid: int

    def told(self, answer: httpx2.Response, status: int) -> str:
        """The sentence of a refusal with this status, in this dialect's shape."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].partition(";")[0] == "application/json"
        assert len(answer.content) == int(answer.headers["content-length"])
        assert answer.headers["x-request-id"]
        sentence = self.sentence(status, answer.json())
        assert isinstance(sentence, str)
        assert sentence
        return sentence


def _a1111(status: int, body: Mapping[str, Any]) -> str:
    assert set(body) == {"error", "detail", "body", "errors", "code", "charged"}
    assert isinstance(body["detail"], list) is (status == 422)
    return body["errors"]


def _native(status: int, body: Mapping[str, Any]) -> str:
    assert set(body) == {"statusCode", "message"}
    assert body["statusCode"] == status
    return body["message"]


def _nai2api(_status: int, body: Mapping[str, Any]) -> str:
    assert body["success"] is False
    assert body["message"] == body["error"]
    return body["error"]


def _comfy(_status: int, body: Mapping[str, Any]) -> str:
    assert set(body) == {"error", "node_errors"}
    assert set(body["error"]) == {"type", "message", "details", "extra_info"}
    return body["error"]["message"]


def _mcp(_status: int, body: Mapping[str, Any]) -> str:
    assert (body["jsonrpc"], body["id"]) == ("2.0", None)
    assert isinstance(body["error"]["code"], int)
    return body["error"]["message"]


def _openai(_status: int, body: Mapping[str, Any]) -> str:
    assert set(body) == {"error"}
    assert {"message", "type", "param", "code"} <= set(body["error"])
    return body["error"]["message"]


NATIVE = Spoken(
    name="native",
    path="/ai/generate-image",
    wish=generation("a cat"),
    costly=generation("a cat", steps=40),
    nowhere="/user/nothing",
    sentence=_native,
    invalid=400,
)

SPOKEN = (
    Spoken(
        name="a1111",
        path="/sdapi/v1/txt2img",
        wish={"prompt": "a cat", **SMALL},
        costly={"prompt": "a cat", **SMALL, "steps": 40},
        nowhere="/sdapi/v1/nothing",
        sentence=_a1111,
        invalid=422,
    ),
    Spoken(
        name="naifu",
        path="/generate-stream",
        wish={"prompt": "a cat", **SMALL},
        costly={"prompt": "a cat", **SMALL, "steps": 40},
        nowhere="/generate-stream/nothing",
        sentence=_a1111,
        invalid=422,
    ),
    NATIVE,
    replace(
        NATIVE,
        name="native below a prefix",
        path="/native/ai/generate-image",
        nowhere="/native/nothing",
    ),
    Spoken(
        name="nai2api",
        path="/nai2api/api/jobs",
        wish={"tag": "a cat", "size": "128x128", "steps": 2},
        costly={"tag": "a cat", "size": "128x128", "steps": 40},
        nowhere="/nai2api/api/nothing",
        sentence=_nai2api,
        invalid=422,
    ),
    Spoken(
        name="comfy",
        path="/prompt",
        wish={"prompt": workflow()},
        costly={"prompt": workflow(steps=40)},
        nowhere="/upload/nothing",
        sentence=_comfy,
        invalid=400,
    ),
    Spoken(
        name="mcp",
        path="/mcp",
        wish={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        costly={},
        nowhere="/mcp/nothing",
        sentence=_mcp,
        invalid=400,
    ),
    Spoken(
        name="openai",
        path="/v1/images/generations",
        wish={"prompt": "a cat", "size": SIZE},
        costly={"prompt": "a cat", "size": SIZE, "steps": 40},
        nowhere="/v1/embeddings",
        sentence=_openai,
        invalid=400,
    ),
)
BY_NAME = {one.name: one for one in SPOKEN}
