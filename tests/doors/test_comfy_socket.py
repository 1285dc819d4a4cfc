"""ComfyUI's clients listen at ``/ws`` while their prompt is drawn."""

import json
import logging
import re
import struct
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from socket import SHUT_RDWR, create_connection
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from PIL import Image
from tests.doors.test_comfy_workflows import ended, workflow
from websockets import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from novelai.emulator import Fault
from novelai.server.compat.comfyui.prompt_ref import PromptRef, lookup_of

SECONDS = 30
STREAM = "/ai/generate-image-stream"
PAGE = Path(__file__).parents[2] / "docs" / "clients" / "open-webui-comfyui.md"
SEED = 1_125_899_906_842_623
"""As large as Open WebUI draws them."""


class Listener:
    """A client with an id of its own, as Open WebUI is one.

    Attributes:
        pictures: in the making, that were told so far.
    """

    def __init__(self, socket: ClientConnection, url: str, headers: dict[str, str], name: str):
        self.socket = socket
        self.pictures: list[bytes] = []
        self.name = name
        self._url = url
        self._headers = headers

    def queue(self, graph: Any = None, **extra: Any) -> str:
        """Queue a workflow, with what is put beside it; gives its id."""
        body = {"prompt": graph or workflow(), "client_id": self.name, "extra_data": extra}
        answer = httpx2.post(f"{self._url}/prompt", json=body, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["prompt_id"]

    def get(self, path: str, **query: str) -> httpx2.Response:
        return httpx2.get(f"{self._url}{path}", params=query, headers=self._headers)

    def next(self) -> dict[str, Any]:
        """The next message that is text."""
        while isinstance(message := self.socket.recv(SECONDS), bytes):
            self.pictures.append(message)
        return json.loads(message)

    def until_picture(self) -> list[dict[str, Any]]:
        """All messages up to the first picture in the making."""
        found: list[dict[str, Any]] = []
        while isinstance(message := self.socket.recv(SECONDS), str):
            found.append(json.loads(message))
        self.pictures.append(message)
        return found

    def until_over(self, prompt_id: str) -> list[dict[str, Any]]:
        """All messages up to the one that clients wait for."""
        found: list[dict[str, Any]] = []
        while True:
            found.append(self.next())
            data = found[-1]["data"]
            if found[-1]["type"] == "executing" and data["node"] is None:
                assert data["prompt_id"] == prompt_id
                return found


@contextmanager
def listening(
    url: str, *, secret: str = "", name: str = "me", **headers: str
) -> Iterator[Listener]:
    """A client that is connected, and was told how much waits."""
    shown = {"Authorization": f"Bearer {secret}"} if secret else {}
    address = url.replace("http://", "ws://") + f"/ws?clientId={name}"
    with connect(address, additional_headers=shown | headers, max_size=None) as socket:
        listener = Listener(socket, url, shown, name)
        first = listener.next()
        assert first["type"] == "status"
        assert first["data"]["sid"] == name
        yield listener


def kinds(messages: list[dict[str, Any]], prompt_id: str) -> list[str]:
    """What was told of a prompt, without what is told of its steps."""
    about = [one for one in messages if one["data"].get("prompt_id") == prompt_id]
    return [one["type"] for one in about if one["type"] != "progress"]


WHOLE = [
    "execution_start",
    "execution_cached",
    "executing",
    "executed",
    "execution_success",
    "executing",
]


def of_the_page() -> dict[str, Any]:
    """The workflow of the documentation, with what Open WebUI enters into the nodes named there."""
    text = PAGE.read_text("utf-8")
    graph = json.loads(text.partition("```json\n")[2].partition("```")[0])
    given = {
        "Prompt": "a cat", "Model": "nai-diffusion-4-5-curated", "Width": 128, "Height": 192,
        "Steps": 2, "Seed": SEED,
    }  # fmt: skip
    for name, key, node in re.findall(r"^\| (\w+) \| `(\w+)` \| `(\d+)` \|$", text, re.MULTILINE):
        graph[node]["inputs"][key] = given.pop(name)
    assert given == {}
    return graph


def test_open_webui(keyed, seen):
    """Open WebUI connects, queues, waits for the end, and fetches what its SaveImage shows."""
    graph = of_the_page()
    graph["77"] = graph.pop("9")
    with listening(keyed.url, secret=keyed.make_key()) as me:
        prompt_id = me.queue(graph)
        told = me.until_over(prompt_id)
        outputs = me.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"]
        (image,) = outputs["77"]["images"]
        picture = me.get("/view", **image)
    assert Image.open(BytesIO(picture.content)).size == (128, 192)
    assert kinds(told, prompt_id) == WHOLE
    assert [one["data"]["node"] for one in told if one["type"] == "executing"] == ["3", None]
    (shown,) = [one["data"] for one in told if one["type"] == "executed"]
    assert shown["node"] == "77"
    assert shown["output"]["images"] == [image]
    (sent,) = seen.bodies
    assert sent["model"] == "nai-diffusion-4-5-curated"
    assert sent["parameters"]["seed"] == SEED % 2**32


def test_pictures_in_the_making(server, upstream, seen):
    """Steps are told with the newest picture, in ComfyUI's frame."""
    goes_on = threading.Event()
    upstream[0].script(Fault(stall=goes_on, at="after", path=STREAM))
    with listening(server) as me:
        prompt_id = me.queue(workflow(steps=8), preview_method="auto")
        told = me.until_picture()
        waiting = [one["data"]["status"] for one in told if one["type"] == "status"]
        goes_on.set()
        told += me.until_over(prompt_id)
    assert {one["exec_info"]["queue_remaining"] for one in waiting} == {1}
    steps = [one["data"] for one in told if one["type"] == "progress"]
    assert steps
    assert all(one["max"] == 8 and 0 < one["value"] <= 8 for one in steps)
    assert {(one["node"], one["prompt_id"]) for one in steps} == {("3", prompt_id)}
    for data in me.pictures:
        event, form = struct.unpack(">II", data[:8])
        assert event == 1
        assert Image.open(BytesIO(data[8:])).format == {1: "JPEG", 2: "PNG"}[form]
    assert seen.paid == 1


@pytest.mark.parametrize("extra", [{}, {"preview_method": "none"}, {"preview_method": 3}])
def test_pictures_in_the_making_are_for_who_asks(server, upstream, seen, extra):
    """Libraries take every frame for the result: without a method for previews none is sent."""
    goes_on = threading.Event()
    upstream[0].script(Fault(stall=goes_on, at="after", path=STREAM))
    with listening(server) as me:
        prompt_id = me.queue(workflow(steps=8), **extra)
        while me.next()["type"] != "progress":
            pass
        goes_on.set()
        me.until_over(prompt_id)
    assert me.pictures == []
    assert seen.paid == 1


def test_pictures_in_the_making_with_words(server, upstream):
    """A client that takes previews with words about them is told whose they are."""
    goes_on = threading.Event()
    upstream[0].script(Fault(stall=goes_on, at="after", path=STREAM))
    with listening(server) as me:
        flags = {"supports_preview_metadata": True}
        me.socket.send(json.dumps({"type": "feature_flags", "data": flags}))
        assert me.next()["type"] == "feature_flags"
        prompt_id = me.queue(workflow(steps=8), preview_method="latent2rgb")
        me.until_picture()
        goes_on.set()
        me.until_over(prompt_id)
    for frame in me.pictures:
        event, length = struct.unpack(">II", frame[:8])
        about = json.loads(frame[8 : 8 + length])
        assert event == 4
        assert (about["prompt_id"], about["node_id"]) == (prompt_id, "3")
        kind = Image.open(BytesIO(frame[8 + length :])).format
        assert about["image_type"] == f"image/{kind.lower()}"


def test_the_picture_itself_by_socket(server, seen):
    """SaveImageWebsocket hands the finished picture to the socket, and no other frame comes."""
    graph = workflow(steps=8)
    graph["save_image_websocket_node"] = {
        "class_type": "SaveImageWebsocket",
        "inputs": graph.pop("9")["inputs"],
    }
    with listening(server) as me:
        prompt_id = me.queue(graph)
        told = me.until_over(prompt_id)
        entry = me.get(f"/history/{prompt_id}").json()[prompt_id]
    nodes = [one["data"]["node"] for one in told if one["type"] == "executing"]
    assert nodes == ["3", "save_image_websocket_node", None]
    (frame,) = me.pictures
    assert struct.unpack(">II", frame[:8]) == (1, 2)
    assert Image.open(BytesIO(frame[8:])).size == (128, 192)
    assert "images" not in entry["outputs"].get("save_image_websocket_node", {})
    assert entry["status"]["completed"]
    assert seen.paid == 1


def test_a_node_of_our_own(server):
    """A workflow that is one NovelAI node is told by that node's name."""
    inputs = {"prompt": "a dog", "size": "128x128", "steps": 2, "seed": 2**40 + 5}
    with listening(server) as me:
        prompt_id = me.queue({"12:3": {"class_type": "NovelAI", "inputs": inputs}})
        told = me.until_over(prompt_id)
        assert "12:3" in me.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"]
    assert [one["data"]["node"] for one in told if one["type"] == "executing"] == ["12:3", None]


def test_who_connects_late(server, seen):
    """What ended shortly before the client connected is told all the same, and only once."""
    with httpx2.Client(base_url=server, timeout=60) as client:
        body = {"prompt": workflow(), "client_id": "late"}
        prompt_id = client.post("/prompt", json=body).json()["prompt_id"]
        ended(client, prompt_id)
    with listening(server, name="late") as me:
        assert kinds(me.until_over(prompt_id), prompt_id) == WHOLE
    with listening(server, name="late") as me:
        second = me.queue(workflow(seed=6))
        assert prompt_id not in json.dumps(me.until_over(second))
    assert seen.paid == 2


def test_what_fails_is_over_too(server, upstream, seen):
    """A failure is told with its sentence, and ends the waiting."""
    body = json.dumps({"statusCode": 400, "message": "no such thing"})
    upstream[0].script(Fault(status=400, body=body, path=STREAM))
    with listening(server) as me:
        prompt_id = me.queue()
        told = me.until_over(prompt_id)
        history = me.get(f"/history/{prompt_id}").json()[prompt_id]
    (error,) = [one["data"] for one in told if one["type"] == "execution_error"]
    assert history["status"]["messages"][-1] == ["execution_error", error]
    assert history["outputs"] == {}
    assert error["prompt_id"] == prompt_id
    assert "Nothing was charged" in error["exception_message"]
    assert seen.paid == 1


def test_what_is_taken_back_is_over_too(keyed, seen):
    """A prompt that is taken back while it waits ends the waiting, and costs nothing."""
    key, secret = keyed.make()
    keyed.run(keyed.services.queue.pause(key, paused=True))
    try:
        with listening(keyed.url, secret=secret) as me:
            prompt_id = me.queue()
            httpx2.post(f"{keyed.url}/interrupt", headers={"Authorization": f"Bearer {secret}"})
            told = me.until_over(prompt_id)
    finally:
        keyed.run(keyed.services.queue.pause(key, paused=False))
    assert "execution_interrupted" in kinds(told, prompt_id)
    assert seen.paid == 0


def test_each_hears_its_own(keyed, seen):
    """Another client, and another key under the same client's name, hear nothing of a prompt."""
    mine, other = keyed.make_key(), keyed.make_key()
    with (
        listening(keyed.url, secret=mine) as me,
        listening(keyed.url, secret=mine, name="somebody") as somebody,
        listening(keyed.url, secret=other) as stranger,
    ):
        prompt_id = me.queue()
        me.until_over(prompt_id)
        for listener in (somebody, stranger):
            own = listener.queue()
            told = listener.until_over(own)
            assert prompt_id not in json.dumps(told)
            assert kinds(told, own) == WHOLE
    assert seen.paid == 3


def test_a_key_in_the_path(keyed, seen, caplog):
    """A client whose address holds the secret for paths is known by it; no log line shows it."""
    key, _ = keyed.make()
    admin = {"Authorization": f"Bearer {keyed.secret}"}
    path = httpx2.post(f"{keyed.url}/api/keys/{key.id}/path", headers=admin).json()["path"]
    with (
        caplog.at_level(logging.INFO, "uvicorn.error"),
        listening(keyed.url + path, Authorization="Bearer ") as me,
    ):
        prompt_id = me.queue()
        assert kinds(me.until_over(prompt_id), prompt_id) == WHOLE
    lines = [record.getMessage() for record in caplog.records]
    assert any("/ws" in line for line in lines)
    assert path.removeprefix("/k/") not in "\n".join(lines)
    assert seen.paid == 1


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({}, False),
        ({"Authorization": "Bearer nvs_wrong"}, False),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Host": "evil.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
    ],
)
def test_who_may_not_listen(keyed, caplog, headers, known):
    """Without a key, or from another web site, the socket is refused before it opens."""
    # The name that was asked for need not be where it leads to.
    host = headers.get("Host", urlsplit(keyed.url).netloc)
    more = {name: value for name, value in headers.items() if name != "Host"}
    ambient = b64encode(f"me:{keyed.secret}".encode()).decode()
    more |= {"Authorization": f"Basic {ambient}"} if known else {}
    socket = create_connection(("127.0.0.1", urlsplit(keyed.url).port), SECONDS)
    with socket, pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{host}/ws?clientId=me", sock=socket, additional_headers=more)
    assert refused.value.response.status_code == 403
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_a_program_with_a_key_may_listen(keyed):
    """Who shows a valid key as a bearer is let in, whatever web site it says it is."""
    with listening(keyed.url, secret=keyed.make_key(), Origin="https://novelai.net"):
        pass


def test_a_page_of_our_own_may_listen(keyed):
    """A browser on the server's own page, which tells its origin, is let in."""
    with listening(keyed.url, secret=keyed.make_key(), Origin=keyed.url):
        pass


def test_no_other_socket_is_here(keyed):
    """Sockets elsewhere are refused."""
    headers = {"Authorization": f"Bearer {keyed.secret}"}
    for path in ("/", "/api/events", "/v1/realtime"):
        with pytest.raises(InvalidStatus):
            connect(keyed.url.replace("http://", "ws://") + path, additional_headers=headers)


def test_what_is_cut_in_the_middle(server, upstream, seen):
    """A client that is cut off loses nothing: its prompt goes on, and it hears the end later."""
    goes_on = threading.Event()
    upstream[0].script(Fault(stall=goes_on, path=STREAM))
    with listening(server, name="cut") as me:
        prompt_id = me.queue()
        me.socket.socket.shutdown(SHUT_RDWR)
    with listening(server, name="cut") as me:
        goes_on.set()
        assert kinds(me.until_over(prompt_id), prompt_id) == WHOLE
        assert me.get(f"/history/{prompt_id}").json()[prompt_id]["status"]["completed"]
    assert seen.paid == 1


def test_what_clients_say_is_not_heeded(server):
    """Messages of clients, as newer ones send them, change nothing."""
    with listening(server) as me:
        for text in ("", "{", "[1]", '{"type": "feature_flags"}', "x" * 20_000):
            me.socket.send(text)
        me.socket.send(b"\x00" * 100)
        prompt_id = me.queue()
        assert kinds(me.until_over(prompt_id), prompt_id) == WHOLE


def test_names_that_do_not_fit():
    """Node names that are too long or too odd are told as the default workflow's."""
    odd = PromptRef(sampler="x" * 41, output="\ud800|", sends="").client_data("me")
    assert odd == {"lookup": lookup_of("me"), "sampler": "9", "output": "9"}
    longest = PromptRef(sampler="x" * 40, output="y" * 40).client_data("m" * 500)
    assert max(map(len, longest.values())) <= 40
