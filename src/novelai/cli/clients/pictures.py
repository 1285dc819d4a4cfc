"""How programs ask for a picture when nothing is changed in them, and where they find it."""

import io
import json
import time
import zipfile
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["NoPictureError", "Picture", "comfyui", "mcp", "native", "openai", "webui"]

PROMPT = "a cat"
UNWANTED = "lowres"
CAPTIONS: Mapping[str, Any] = {
    "v4_prompt": {"caption": {"base_caption": PROMPT, "char_captions": []}},
    "v4_negative_prompt": {"caption": {"base_caption": UNWANTED, "char_captions": []}},
}
SECONDS = 120.0
PAUSE = 0.5


class NoPictureError(Exception):
    """What came is not what the program reads; the text says what is missing."""


class Answer(Protocol):
    """What the server answered; `httpx2.Response` is one."""

    @property
    def content(self) -> bytes:
        """Its body."""
        ...

    @property
    def text(self) -> str:
        """The body as text."""
        ...

    def json(self) -> Any:
        """Decode the body."""
        ...


Ask = Callable[..., Answer]
"""Sends a request: method, path or address, body, accepted type; raises what is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How a program asks for a picture.

    Attributes:
        priced: the same as ``GET /api/cost`` takes it.
        draw: asks for it, and returns its bytes as the program finds them.
    """

    priced: Mapping[str, Any]
    draw: Callable[[Ask], bytes]


def webui(body: Mapping[str, Any]) -> Picture:
    """Return a picture of A1111's API."""

    def draw(ask: Ask) -> bytes:
        document = ask("POST", "/sdapi/v1/txt2img", {"prompt": PROMPT, **body}).json()
        return b64decode(_first(document, "images"))

    size = f"{body['width']}x{body['height']}"
    return Picture(priced={"size": size, "steps": body["steps"]}, draw=draw)


def openai(body: Mapping[str, Any]) -> Picture:
    """Return a picture of OpenAI's API, as base64 or at an address."""

    def draw(ask: Ask) -> bytes:
        answer = ask("POST", "/v1/images/generations", {"prompt": PROMPT, **body})
        found: Any = _first(answer.json(), "data")
        if found.get("b64_json"):
            return b64decode(found["b64_json"])
        if not found.get("url"):
            raise NoPictureError("data[0].b64_json and data[0].url")
        return ask("GET", found["url"], shows_key=False).content

    size = body.get("size", "auto")
    return Picture(priced={} if size == "auto" else {"size": size}, draw=draw)


def native(model: str = "nai-diffusion-4-5-full", **parameters: Any) -> Picture:
    """Return a picture of NovelAI's own API; V3 takes no captions."""
    given = {"width": 832, "height": 1216, "steps": 28, "scale": 5.0, **parameters}
    given |= {} if model == "nai-diffusion-3" else CAPTIONS
    body = {
        "input": PROMPT,
        "model": model,
        "action": "generate",
        "parameters": {
            "params_version": 3,
            "sampler": "k_euler_ancestral",
            "n_samples": 1,
            "negative_prompt": UNWANTED,
            "seed": 1,
            **given,
        },
    }

    def draw(ask: Ask) -> bytes:
        answer = ask("POST", "/ai/generate-image", body, accept="*/*")
        try:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
                return packed.read(packed.namelist()[0])
        except (zipfile.BadZipFile, IndexError):
            raise NoPictureError("an archive with a picture") from None

    size = f"{given['width']}x{given['height']}"
    return Picture(priced={"size": size, "steps": given["steps"], "model": model}, draw=draw)


def comfyui(workflow: Mapping[str, Any], *, size: str, steps: int) -> Picture:
    """Return a picture of a ComfyUI workflow, asked for until it is there, and fetched."""

    def draw(ask: Ask) -> bytes:
        body = {"prompt": workflow, "client_id": "novelai-doctor"}
        prompt_id = ask("POST", "/prompt", body).json().get("prompt_id")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = ask("GET", f"/history/{prompt_id}").json().get(prompt_id)
            if found is not None:
                outputs: list[Any] = list(found["outputs"].values())
                if not outputs or not outputs[0].get("images"):
                    raise NoPictureError("outputs with an image")
                image: Mapping[str, str] = outputs[0]["images"][0]
                return ask(
                    "GET", f"/view?filename={image['filename']}&subfolder=&type=output"
                ).content
            time.sleep(PAUSE)
        raise NoPictureError(f"an end within {SECONDS:.0f} seconds")

    return Picture(priced={"size": size, "steps": steps}, draw=draw)


def mcp() -> Picture:
    """Return a picture of the tool of an MCP server."""
    call = {"name": "generate_image", "arguments": {"prompt": PROMPT}}
    body = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}

    def draw(ask: Ask) -> bytes:
        accept = "application/json, text/event-stream"
        document = _message(ask("POST", "/mcp", body, accept=accept).text)
        result: Any = document.get("result") or {}
        content: list[Any] = result.get("content") or []
        for one in content:
            if one.get("type") == "image":
                return b64decode(one["data"])
        said = next((one.get("text") for one in content if one.get("type") == "text"), None)
        raise NoPictureError(f"an image: {said}" if said else "an image")

    return Picture(priced={}, draw=draw)


def _first(document: Any, name: str) -> Any:
    found: list[Any] = document[name]
    if not found:
        raise NoPictureError(name)
    return found[0]


def _message(text: str) -> Mapping[str, Any]:
    """Return the last message of an answer, which may be a stream of events."""
    lines = [line.removeprefix("data:") for line in text.splitlines() if line.startswith("data:")]
    found: Any = json.loads(lines[-1] if lines else text)
    return found
