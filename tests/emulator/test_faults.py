"""Scripted faults: what the client sees, what was run, and what was charged."""

import threading
import zipfile
from io import BytesIO

import httpx2
import pytest
from tests.emulator.bodies import frames, generation
from tests.emulator.waiting import until
from tests.leaving import ask_and_leave

from novelai.emulator import Emulator, Fault

PATH = "/ai/generate-image"
STREAM = "/ai/generate-image-stream"
PAID = generation(n_samples=2)
"""On Opus the second picture costs 2 Anlas."""


def test_faults_happen_in_order(emulator: Emulator, served: httpx2.Client) -> None:
    """Each fault meets one request; None lets one pass; then all is well."""
    emulator.script(Fault(status=503), None, Fault(status=500, times=2))
    statuses = [served.post(PATH, json=generation()).status_code for _ in range(5)]
    assert statuses == [503, 200, 500, 500, 200]


def test_a_fault_before_costs_nothing(emulator: Emulator, served: httpx2.Client) -> None:
    """By default the request is never run."""
    emulator.script(Fault(status=500))
    answer = served.post(PATH, json=PAID)
    assert answer.json() == {"statusCode": 500, "message": "Internal Server Error"}
    assert emulator.account().anlas == 10_000
    assert not emulator.requests[0].completed


@pytest.mark.parametrize("path", [PATH, STREAM])
def test_a_fault_after_is_charged(emulator: Emulator, served: httpx2.Client, path: str) -> None:
    """Afterwards the generation has run and is paid, though the client sees a failure."""
    emulator.script(Fault(status=502, body="<html>Bad gateway</html>", at="after"))
    answer = served.post(path, json=PAID)
    assert (answer.status_code, answer.text) == (502, "<html>Bad gateway</html>")
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert emulator.requests[0].completed
    assert emulator.account().anlas == 10_000 - emulator.requests[0].anlas_spent < 10_000


def test_headers_of_a_fault(emulator: Emulator, served: httpx2.Client) -> None:
    """A fault may add headers and name its own content type."""
    fault = Fault(status=429, body="slow", content_type="text/plain", headers={"Retry-After": "7"})
    emulator.script(fault)
    answer = served.post(PATH, json=generation())
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(("at", "charged"), [("before", False), ("after", True)])
def test_a_dropped_connection(
    emulator: Emulator, served: httpx2.Client, at: str, *, charged: bool
) -> None:
    """Dropping closes the connection without a byte; `at` decides whether it was run."""
    emulator.script(Fault(drop=True, at=at))
    # A reset comes where the system had bytes of the request that nobody read.
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        served.post(PATH, json=PAID)
    assert emulator.requests[0].completed is charged
    assert emulator.requests[0].status is None
    assert (emulator.account().anlas < 10_000) is charged


@pytest.mark.anyio
async def test_a_drop_inside_the_process(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Without a connection to close, the client in the process sees a connection error."""
    emulator.script(Fault(drop=True))
    with pytest.raises(ConnectionResetError):
        await client.post(PATH, json=generation())


@pytest.mark.parametrize("path", [PATH, STREAM])
def test_a_cut_body(emulator: Emulator, served: httpx2.Client, path: str) -> None:
    """After n bytes the connection ends in the middle of the body."""
    emulator.script(Fault(cut_after=1000))
    received = b""
    with served.stream("POST", path, json=generation(stream="msgpack")) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx2.RemoteProtocolError):  # noqa: PT012 - it is the loop that ends so
            for chunk in answer.iter_raw():
                received += chunk
    assert len(received) == 1000
    until(lambda: emulator.requests[0].completed)


@pytest.mark.parametrize("path", [PATH, STREAM])
def test_a_clean_cut(emulator: Emulator, served: httpx2.Client, path: str) -> None:
    """A clean cut ends the body early, and HTTP sees nothing wrong."""
    emulator.script(Fault(cut_after=1000, clean_cut=True))
    answer = served.post(path, json=generation(stream="msgpack"))
    assert answer.status_code == 200
    assert len(answer.content) == 1000
    if path == PATH:
        with pytest.raises(zipfile.BadZipFile):
            zipfile.ZipFile(BytesIO(answer.content))


def test_a_clean_cut_of_a_short_answer(emulator: Emulator, served: httpx2.Client) -> None:
    """An answer whose length is announced is cut cleanly too."""
    emulator.script(Fault(cut_after=5, clean_cut=True))
    assert served.get("/user/subscription").content == b'{"tie'


def test_low_balance(emulator: Emulator, served: httpx2.Client) -> None:
    """The account looks empty once."""
    emulator.script(Fault(low_balance=True))
    answer = served.post(PATH, json=generation())
    assert answer.status_code == 402
    assert answer.json()["message"] == "Not enough Anlas. Required: 20, Available: 0"
    assert served.post(PATH, json=generation()).status_code == 200


def test_a_fault_waits_for_its_path(emulator: Emulator, served: httpx2.Client) -> None:
    """A fault for one path lets other paths pass."""
    emulator.script(Fault(status=500, path=STREAM))
    assert served.get("/user/subscription").status_code == 200
    assert served.post(PATH, json=generation()).status_code == 200
    assert served.post(STREAM, json=generation()).status_code == 500


def test_a_stall_before_ends_with_the_client(emulator: Emulator, served: httpx2.Client) -> None:
    """A client that gives up during a stall ends it; the request is never run."""
    emulator.script(Fault(stall=60.0))
    ask_and_leave(
        f"{served.base_url}{PATH}",
        generation(),
        lambda: until(lambda: emulator.requests),
        {"Authorization": served.headers["authorization"]},
    )
    until(lambda: emulator.requests[0].finished_at is not None)
    assert not emulator.requests[0].completed


def test_a_stall_until_an_event(emulator: Emulator, served: httpx2.Client) -> None:
    """An event ends a stall; the answer is then whole."""
    released = threading.Event()
    emulator.script(Fault(stall=released))
    statuses: list[int] = []
    thread = threading.Thread(
        target=lambda: statuses.append(served.post(PATH, json=generation()).status_code)
    )
    thread.start()
    until(lambda: emulator.requests)
    assert statuses == []
    released.set()
    thread.join(20)
    assert statuses == [200]


def test_a_stall_between_frames(emulator: Emulator, served: httpx2.Client) -> None:
    """In a stream, a stall afterwards holds everything back behind the first frame."""
    released = threading.Event()
    emulator.script(Fault(stall=released, at="after"))
    with served.stream("POST", STREAM, json=generation(stream="msgpack")) as answer:
        chunks = answer.iter_raw()
        content = next(chunks)
        until(lambda: emulator.requests[0].completed)
        assert len(frames(content)) == 1
        released.set()
        content += b"".join(chunks)
    assert frames(content)[-1]["event_type"] == "final"


def test_delay_comes_first(emulator: Emulator, served: httpx2.Client) -> None:
    """A delayed request is answered as usual, only later."""
    emulator.script(Fault(delay=0.05))
    assert served.post(PATH, json=generation()).status_code == 200
