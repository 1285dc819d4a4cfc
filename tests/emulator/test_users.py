"""Account routes, signing in, and the persistent token."""

import base64
import json

import httpx2
import pytest

from novelai.emulator import Emulator

pytestmark = pytest.mark.anyio
KEY = "k" * 64


async def _session(client: httpx2.AsyncClient) -> dict[str, str]:
    answer = await client.post("/user/login", json={"key": KEY})
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def test_subscription(client: httpx2.AsyncClient) -> None:
    """The subscription has the fields of a live answer."""
    document = (await client.get("/user/subscription")).json()
    assert set(document) == {
        "tier",
        "active",
        "expiresAt",
        "accountType",
        "isGracePeriod",
        "isPaypal",
        "paymentProcessor",
        "paymentProcessorData",
        "perks",
        "trainingStepsLeft",
        "usage",
    }
    assert document["perks"]["maxPriorityActions"] == 1000
    assert document["usage"] == {
        "percent": 100,
        "isNegative": False,
        "timeUntilNextPercent": 7888,
    }


async def test_more_than_a_full_allowance(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Above 100 percent nothing is refilled."""
    emulator.account().usage_percent = 196
    usage = (await client.get("/user/subscription")).json()["usage"]
    assert (usage["percent"], usage["timeUntilNextPercent"]) == (196, 0)


async def test_data_information_priority(client: httpx2.AsyncClient) -> None:
    """The aggregate repeats the single answers; a persistent token sees no keystore."""
    data = (await client.get("/user/data")).json()
    assert data["information"] == (await client.get("/user/information")).json()
    assert data["priority"] == (await client.get("/user/priority")).json()
    assert data["subscription"] == (await client.get("/user/subscription")).json()
    assert "keystore" not in data
    session = await _session(client)
    assert "keystore" in (await client.get("/user/data", headers=session)).json()


async def test_signing_in(client: httpx2.AsyncClient) -> None:
    """A key of 64 characters opens its own account with a token of a session's shape."""
    session = await _session(client)
    token = session["Authorization"].removeprefix("Bearer ")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert set(claims) == {"id", "nc", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 2_592_000
    assert (await client.get("/user/subscription", headers=session)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"), [({}, 400), ({"key": 5}, 400), ({"key": "short"}, 401)]
)
async def test_signing_in_with_a_bad_key(
    emulator: Emulator, client: httpx2.AsyncClient, body: dict[str, object], status: int
) -> None:
    """A key of another shape is refused, and no key is ever recorded."""
    answer = await client.post("/user/login", json=body)
    assert answer.json()["statusCode"] == status
    if status == 401:
        assert answer.json()["message"] == "Incorrect access key."
    assert emulator.requests[-1].body is None


async def test_signing_in_works_with_a_list_of_tokens() -> None:
    """A session this emulator opened is accepted even when only some tokens are."""
    emulator = Emulator(tokens=[])
    transport = httpx2.ASGITransport(app=emulator.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://emulator") as client:
        session = await _session(client)
        assert (await client.get("/user/data", headers=session)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/user/create-persistent-token"),
        ("GET", "/user/giftkeys"),
        ("GET", "/user/clientsettings"),
        ("GET", "/user/keystore"),
    ],
)
async def test_routes_for_sessions_only(client: httpx2.AsyncClient, method: str, path: str) -> None:
    """A persistent token is refused in the service's words; a session is not."""
    answer = await client.request(method, path, json={} if method == "POST" else None)
    assert answer.json() == {
        "statusCode": 401,
        "message": "Usage of persistent access tokens is not allowed for this endpoint",
    }
    session = await _session(client)
    answer = await client.request(
        method, path, headers=session, json={} if method == "POST" else None
    )
    assert answer.status_code in (200, 201)


async def test_the_persistent_token(client: httpx2.AsyncClient) -> None:
    """It opens the session's account; a second needs `overwrite` and voids the first."""
    session = await _session(client)
    path = "/user/create-persistent-token"
    first = (await client.post(path, headers=session, json={})).json()["token"]
    assert len(first) == 68
    refused = await client.post(path, headers=session, json={"overwrite": False})
    assert refused.status_code == 409
    answer = await client.post(path, headers=session, json={"overwrite": True})
    second = answer.json()["token"]
    for token, status in [(first, 401), (second, 200)]:
        headers = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/user/data", headers=headers)).status_code == status
