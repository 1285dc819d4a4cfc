"""Accounts: one generation at a time, Anlas, the V5 allowance, and who may call."""

import threading
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pytest
from tests.emulator.bodies import MEDIUM, V5, b64, generation, png
from tests.emulator.waiting import until
from tests.leaving import ask_and_leave

from novelai.emulator import Emulator

PATH = "/ai/generate-image"
STREAM = "/ai/generate-image-stream"


def _slow() -> Emulator:
    return Emulator(fast=True, step_seconds=0.05)


def _client(url: str, token: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


@pytest.mark.parametrize(("first", "second"), [(PATH, STREAM), (STREAM, PATH)])
def test_one_generation_at_a_time(first: str, second: str) -> None:
    """While one runs, streamed or not, another is refused at once and without Retry-After."""
    emulator = _slow()
    answers: list[int] = []
    with emulator.serve() as url, _client(url, emulator.token) as client:
        body = generation(steps=20)
        thread = threading.Thread(
            target=lambda: answers.append(client.post(first, json=body).status_code)
        )
        thread.start()
        until(lambda: emulator.account().generating)
        refused = client.post(second, json=generation())
        assert refused.status_code == 429
        assert refused.content == (
            b'{"statusCode":429,"message":"Concurrent generation is locked"}\n'
        )
        assert "retry-after" not in refused.headers
        thread.join(20)
        assert answers == [200]
        assert client.post(second, json=generation(steps=1)).status_code == 200


def test_accounts_do_not_wait_for_each_other() -> None:
    """Another token is another account, and generates at the same time."""
    emulator = _slow()
    with emulator.serve() as url, _client(url, emulator.token) as one:
        body = generation(steps=20)
        thread = threading.Thread(target=lambda: one.post(PATH, json=body))
        thread.start()
        until(lambda: emulator.account().generating)
        with _client(url, "pst-somebody-else") as other:
            assert other.post(PATH, json=generation(steps=1)).status_code == 200
        assert emulator.account().generating
        thread.join(20)


def _leave(client: httpx2.Client, path: str, emulator: Emulator) -> None:
    """Ask for two pictures, and go away before they come."""
    body = generation(steps=20, n_samples=2, stream="msgpack")
    if path == STREAM:
        with client.stream("POST", path, json=body) as answer:
            next(answer.iter_raw())
        return
    ask_and_leave(
        f"{client.base_url}{path}",
        body,
        lambda: until(lambda: emulator.account().generating),
        {"Authorization": client.headers["authorization"]},
    )
    assert emulator.requests[0].status is None


@pytest.mark.parametrize("path", [PATH, STREAM])
def test_a_client_that_leaves_still_pays(path: str) -> None:
    """The generation runs to its end without its client, is charged, then frees the account."""
    emulator = _slow()
    with emulator.serve() as url, _client(url, emulator.token) as client:
        _leave(client, path, emulator)
        assert emulator.account().generating
        assert client.post(path, json=generation()).status_code == 429
        until(lambda: not emulator.account().generating)
        assert emulator.requests[0].completed
        assert emulator.account().anlas == 10_000 - emulator.requests[0].anlas_spent < 10_000
        assert client.post(path, json=generation(steps=1)).status_code == 200


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.anyio
async def test_a_cancelled_call_inside_the_process_still_pays() -> None:
    """On asyncio and on trio, cancelling the caller does not stop the generation."""
    emulator = _slow()
    transport = httpx2.ASGITransport(app=emulator.app)
    headers = {"Authorization": f"Bearer {emulator.token}"}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://emulator", headers=headers
    ) as client:
        with anyio.move_on_after(0.1) as scope:
            await client.post(PATH, json=generation(steps=12, n_samples=2))
        assert scope.cancelled_caught
        assert emulator.account().generating
        await anyio.to_thread.run_sync(until, lambda: not emulator.account().generating)
        assert emulator.account().anlas < 10_000
        assert (await client.post(PATH, json=generation(steps=1))).status_code == 200


@pytest.mark.anyio
async def test_fixed_anlas_are_spent_first(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """A charge empties the fixed Anlas before it touches the bought ones; the account says so."""
    account = emulator.account()
    account.tier, account.fixed_anlas, account.purchased_anlas = 1, 1, 50
    answer = await client.post(PATH, json=generation())
    assert answer.status_code == 200
    assert emulator.requests[-1].anlas_spent == 2
    assert (account.fixed_anlas, account.purchased_anlas) == (0, 49)
    shown = (await client.get("/user/subscription")).json()
    assert shown["trainingStepsLeft"] == {
        "fixedTrainingStepsLeft": 0,
        "purchasedTrainingSteps": 49,
    }
    assert "usage" not in shown


@pytest.mark.anyio
async def test_an_ended_subscription_has_no_free_pictures(
    emulator: Emulator, client: httpx2.AsyncClient
) -> None:
    """Opus that ran out pays like everybody."""
    emulator.account().expires_at = 0
    await client.post(PATH, json=generation())
    assert emulator.requests[-1].anlas_spent == 2
    assert (await client.get("/user/subscription")).json()["active"] is False


@pytest.mark.anyio
async def test_the_v5_allowance(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Free V5 pictures use up the allowance; when it is negative they cost Anlas."""
    account = emulator.account()
    account.usage_percent = 0.05
    await client.post(PATH, json=generation())
    assert account.usage_percent == 0.05
    await client.post(PATH, json=generation(model=V5))
    assert emulator.requests[-1].anlas_spent == 0
    assert account.usage_percent < 0
    usage = (await client.get("/user/subscription")).json()["usage"]
    assert usage["isNegative"] is True
    await client.post(PATH, json=generation(model=V5))
    assert emulator.requests[-1].anlas_spent == 2


@pytest.mark.anyio
async def test_medium_drains_less(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """A free picture of Medium takes 58 percent of what one of High takes."""
    account = emulator.account()
    drained: list[float] = []
    for model in (V5, MEDIUM):
        before = account.usage_percent
        await client.post(PATH, json=generation(model=model))
        drained.append(before - account.usage_percent)
    assert drained[1] == pytest.approx(drained[0] * 0.58)


@pytest.mark.anyio
@pytest.mark.parametrize(("path", "required"), [(PATH, 8), ("/ai/encode-vibe", 2)])
async def test_what_is_missing_is_told(
    emulator: Emulator, client: httpx2.AsyncClient, path: str, required: int
) -> None:
    """402 tells what was required and what is available, and charges nothing."""
    account = emulator.account()
    account.tier, account.fixed_anlas, account.purchased_anlas = 1, 0, 1
    bodies = {
        PATH: generation(width=512, height=768, steps=28, model="nai-diffusion-3"),
        "/ai/encode-vibe": {"image": b64(png()), "model": "nai-diffusion-4-5-full"},
    }
    answer = await client.post(path, json=bodies[path])
    assert (answer.status_code, answer.json()["message"]) == (
        402,
        f"Not enough Anlas. Required: {required}, Available: 1",
    )
    assert account.anlas == 1


@pytest.mark.anyio
async def test_what_was_bought_on_top(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """A bought part of the allowance is told."""
    emulator.account().usage_purchased = 120
    usage = (await client.get("/user/subscription")).json()["usage"]
    assert usage["purchasedPercent"] == 120


@pytest.mark.anyio
async def test_encode_vibe_costs_two_and_is_deterministic(
    emulator: Emulator, client: httpx2.AsyncClient
) -> None:
    """Every encoding costs 2, Opus or not, and equal requests give equal bytes."""
    body: dict[str, Any] = {"image": b64(png()), "model": "nai-diffusion-4-5-full"}
    first = await client.post("/ai/encode-vibe", json=body)
    second = await client.post("/ai/encode-vibe", json=body)
    other = await client.post("/ai/encode-vibe", json=body | {"information_extracted": 0.5})
    assert first.content == second.content != other.content
    assert len(first.content) == 48_916
    assert first.headers["content-type"] == "application/binary"
    disposition = first.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    assert disposition.endswith(".vibe40")
    assert emulator.account().anlas == 9_994


@pytest.mark.anyio
async def test_only_the_tokens_given() -> None:
    """With a list of tokens, others are refused, however well they look."""
    emulator = Emulator(tokens=["pst-mine"])
    transport = httpx2.ASGITransport(app=emulator.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://emulator") as client:
        for token, status in [("pst-mine", 200), (emulator.token, 200), ("pst-other", 401)]:
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.get("/user/subscription", headers=headers)
            assert answer.status_code == status


def test_an_account_can_be_added(emulator: Emulator) -> None:
    """An added account has the fields it was given."""
    emulator.add_account("pst-poor", tier=0, fixed_anlas=3)
    account = emulator.account("pst-poor")
    assert (account.tier, account.anlas) == (0, 3)


def test_the_ready_token() -> None:
    """The token has the shape of a real one, and is the same for the same seed."""
    assert Emulator(seed=1).token == Emulator(seed=1).token != Emulator(seed=2).token
    assert Emulator().token.startswith("pst-")
    assert len(Emulator().token) == 68
