"""The control API, the Python switches, and how the emulator is served and documented."""

import dataclasses
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from tests.emulator.bodies import b64, generation, png

import novelai.emulator
from novelai import NovelAI
from novelai.emulator import Emulator, Fault
from novelai.emulator.coverage import PATH, coverage
from novelai.emulator.recorder import FULL_RECORDS, MAX_RECORDS, Recorder

SOURCE = Path(novelai.emulator.__file__).parent.parent.parent
HOST = "127.0.0.1"


@pytest.mark.anyio
async def test_faults_over_http(client: httpx2.AsyncClient) -> None:
    """Faults can be scripted over HTTP, one or several; unknown fields are refused."""
    answer = await client.post("/_emulator/script", json=[{"status": 500, "at": "after"}, None])
    assert answer.json() == {"faults": 2}
    await client.post("/_emulator/script", json={"low_balance": True})
    statuses = [
        (await client.post("/ai/generate-image", json=generation())).status_code for _ in range(3)
    ]
    assert statuses == [500, 200, 402]
    for wrong in ({"explode": True}, 5):
        assert (await client.post("/_emulator/script", json=wrong)).status_code == 422


@pytest.mark.anyio
async def test_records_over_http(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Records can be read and dropped; pictures in them are shown by their length."""
    image = b64(png((512, 512), mode="RGB"))
    body = generation(action="img2img", image=image + "A" * 8000)
    await client.post("/ai/generate-image", json=body)
    (record,) = (await client.get("/_emulator/requests")).json()
    assert record["path"] == "/ai/generate-image"
    assert record["body"]["parameters"]["image"].startswith("<")
    assert set(record) == {field.name for field in dataclasses.fields(emulator.requests[0])}
    assert (await client.delete("/_emulator/requests")).status_code == 204
    assert emulator.requests == []


@pytest.mark.anyio
async def test_account_over_http(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """An account can be read and changed; its token is not shown."""
    path = "/_emulator/account"
    changed = (await client.patch(path, json={"fixed_anlas": 5, "tier": 1})).json()
    assert (changed["fixed_anlas"], changed["tier"]) == (5, 1)
    assert (await client.get(path, params={"token": emulator.token})).json() == changed
    assert emulator.account().anlas == 5
    assert emulator.token not in str(changed)
    assert (await client.patch(path, json={"token": "x"})).status_code == 422
    assert (await client.get(path, params={"token": "nobody"})).status_code == 404


@pytest.mark.anyio
async def test_state_and_reset(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Reset starts from nothing, with the same token."""
    token = emulator.token
    emulator.account().fixed_anlas = 1
    emulator.script(Fault(status=500))
    await client.get("/")
    state = (await client.get("/_emulator/state")).json()
    assert (state["token"], state["accounts"], state["fast"]) == (token, 1, True)
    assert (await client.post("/_emulator/reset")).status_code == 204
    assert emulator.token == token
    assert emulator.account().anlas == 10_000
    assert emulator.requests == []
    assert (await client.get("/user/subscription")).status_code == 200


@pytest.mark.anyio
async def test_the_same_seed_chooses_the_same_seeds() -> None:
    """Requests without a seed get one from the emulator's own seed, again after a reset."""
    seeds: list[int] = []
    emulator = Emulator(seed=3)
    for _ in range(2):
        transport = httpx2.ASGITransport(app=emulator.app)
        headers = {"Authorization": f"Bearer {emulator.token}", "Accept": "application/json"}
        body = generation()
        del body["parameters"]["seed"]
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://emulator", headers=headers
        ) as client:
            answer = await client.post("/ai/generate-image", json=body)
        seeds.append(answer.json()["images"][0]["seed"])
        emulator.reset()
    assert seeds[0] == seeds[1]


@pytest.mark.anyio
async def test_browsers_may_call(client: httpx2.AsyncClient) -> None:
    """Any page may call, as with the service."""
    headers = {"Origin": "https://example.org"}
    answer = await client.get("/user/subscription", headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_records_are_bounded() -> None:
    """Old records lose their pictures, then go."""
    recorder = Recorder()
    for _ in range(MAX_RECORDS + 10):
        record = recorder.begin("POST", "/", {}, 0.0)
        record.body = {"image": "A" * 10_000, "n": [1]}
    assert len(recorder.requests) == MAX_RECORDS
    assert recorder.requests[-1].id == MAX_RECORDS + 10
    assert recorder.requests[0].body == {"image": "<10000 characters>", "n": [1]}
    assert len(recorder.requests[-FULL_RECORDS + 1].body["image"]) == 10_000


def test_coverage_is_current() -> None:
    """COVERAGE.md says what the code does today."""
    assert PATH.read_text(encoding="utf-8") == coverage()


def test_the_fixtures(novelai_emulator: Emulator, novelai_emulator_url: str) -> None:
    """The plugin's fixtures serve a fresh emulator."""
    headers = {"Authorization": f"Bearer {novelai_emulator.token}"}
    answer = httpx2.get(f"{novelai_emulator_url}/user/subscription", headers=headers)
    assert answer.status_code == 200
    assert len(novelai_emulator.requests) == 1


def test_the_environment_points_to_it(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that is made without arguments talks to the emulator, whatever was set before."""
    monkeypatch.setenv("NOVELAI_IMAGE_BASE", "http://127.0.0.1:1")
    monkeypatch.setenv("NOVELAI_API_KEY", "pst-of-somebody")
    emulator = request.getfixturevalue("novelai_emulator_env")
    assert emulator is request.getfixturevalue("novelai_emulator")
    with NovelAI() as client:
        assert client.user.get_anlas() == 10_000
    assert len(emulator.requests) == 1


def test_one_for_the_whole_run(
    novelai_emulator_session: Emulator, novelai_emulator_session_url: str
) -> None:
    """Tests may share an emulator, with an account for each token."""
    novelai_emulator_session.account("pst-one").fixed_anlas = 7
    told = []
    for token in ("pst-one", "pst-two"):
        with NovelAI(token, base_url=novelai_emulator_session_url) as client:
            told.append(client.user.get_anlas())
    assert told == [7, 10_000]


def test_the_plugin_is_light() -> None:
    """Loading the plugin loads neither Pillow nor a web framework."""
    code = (
        "import sys, novelai.emulator.pytest_plugin;"
        "heavy = {'PIL', 'starlette', 'uvicorn', 'cryptography'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    _python("-c", code)


def test_an_unknown_name() -> None:
    """The package has the names it lists and no others."""
    for name in novelai.emulator.__all__:
        assert getattr(novelai.emulator, name)
    with pytest.raises(AttributeError, match="Nothing"):
        _ = novelai.emulator.Nothing


def _python(*arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_program(ending: signal.Signals) -> None:
    """As a program it says where it listens and what to set, and ends cleanly when told."""
    code = "from novelai.emulator.serve import run; run(port=0, fast=True)"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline().strip() for _ in range(4)]
        url = lines[1].removeprefix("export NOVELAI_BASE_URL=")
        token = lines[2].removeprefix("export NOVELAI_API_KEY=")
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx2.get(f"{url}/user/subscription", headers=headers).status_code == 200
        program.send_signal(ending)
        _, complaints = program.communicate(timeout=20)
        assert program.returncode == 0
        assert complaints == ""


def test_a_port_in_use() -> None:
    """An address that is taken is an error at once, not a server that answers nobody."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError), Emulator().serve(HOST, port):
            pass
