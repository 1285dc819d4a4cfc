"""The account as a key sees it."""

import pytest
from tests.doors.native.asking import asked, body, told

from novelai.server.keys.service import LOCAL


def subscription(keyed, **limits):
    return told(keyed.url, "/user/subscription", secret=keyed.make_key(**limits)).json()


def balance(keyed) -> int:
    """The Anlas of the account now, of which other tests have spent some."""
    keyed.refresh()
    (account,) = keyed.run(keyed.services.accounts.list(LOCAL))
    return account.anlas


def test_the_subscription_looks_official(keyed):
    """Launchers find every member where NovelAI has it."""
    left = balance(keyed)
    document = subscription(keyed)
    assert set(document) == {
        "tier", "active", "expiresAt", "accountType", "isGracePeriod", "isPaypal",
        "paymentProcessor", "paymentProcessorData", "perks", "trainingStepsLeft", "usage",
    }  # fmt: skip
    assert (document["tier"], document["active"]) == (3, True)
    assert document["perks"]["contextTokens"] == 8192
    assert document["trainingStepsLeft"] == {
        "fixedTrainingStepsLeft": left,
        "purchasedTrainingSteps": 0,
    }
    assert set(document["usage"]) == {"percent", "isNegative", "timeUntilNextPercent"}


@pytest.mark.parametrize(
    ("limits", "anlas"),
    [
        ({"budget_day": 300}, 300),
        ({"budget_week": 300, "budget_month": 200}, 200),
        ({"free_only": True}, 0),
        ({"budget_month": 1_000_000}, None),
    ],
)
def test_anlas_are_what_the_key_can_spend(keyed, limits, anlas):
    """The balance is the lowest of the account's and of what the key's budgets leave."""
    wanted = balance(keyed) if anlas is None else anlas
    left = subscription(keyed, **limits)["trainingStepsLeft"]
    assert left["fixedTrainingStepsLeft"] + left["purchasedTrainingSteps"] == wanted


def test_what_was_spent_is_not_left(keyed, seen):
    """A picture that cost something lowers the balance the key is shown."""
    secret = keyed.make_key(budget_day=100)
    answer = asked(
        keyed.url, "/ai/generate-image", body(width=1024, height=1088, steps=1), secret=secret
    )
    cost = int(answer.headers["x-anlas-cost"])
    assert cost > 0
    left = told(keyed.url, "/user/subscription", secret=secret).json()["trainingStepsLeft"]
    assert left["fixedTrainingStepsLeft"] == 100 - cost
    assert seen.paid == 1


def test_the_allowance_is_the_key_s(keyed):
    """A key without any free V5 picture left is shown a used-up allowance."""
    assert subscription(keyed, allowance_month=0)["usage"]["isNegative"] is True
    assert subscription(keyed, allowance_month=10)["usage"]["percent"] == 100


def test_the_key_s_end_is_the_subscription_s(keyed):
    """A key that ends sooner than the subscription says so."""
    ends = 4_000_000_000.0
    assert subscription(keyed, expires_at=ends)["expiresAt"] <= ends
    soon = subscription(keyed, expires_at=keyed.run(now_of(keyed)) + 500)
    assert soon["expiresAt"] < subscription(keyed)["expiresAt"]


async def now_of(keyed) -> float:
    async with keyed.services.context.database.read() as connection:
        return await keyed.services.context.clock.now(connection)


@pytest.mark.parametrize("prefix", ["", "/native"])
def test_the_other_documents(keyed, prefix):
    """Everything at once, and one by one; nothing of the account's owner is in them."""
    secret = keyed.make_key()
    data = told(keyed.url, f"{prefix}/user/data", secret=secret).json()
    assert set(data) == {"priority", "subscription", "information"}
    information = told(keyed.url, f"{prefix}/user/information", secret=secret).json()
    assert information == data["information"]
    assert (information["banStatus"], information["plaintextEmail"]) == ("not_banned", None)
    priority = told(keyed.url, f"{prefix}/user/priority", secret=secret).json()
    assert set(priority) == {"maxPriorityActions", "nextRefillAt", "taskPriority"}


@pytest.mark.parametrize("path", ["keystore", "clientsettings", "giftkeys", "objects/stories"])
def test_what_needs_a_password_is_refused_as_to_any_token(keyed, path):
    """Stored stories and keys are answered as NovelAI answers a persistent token."""
    answer = told(keyed.url, f"/user/{path}", secret=keyed.make_key())
    assert answer.status_code == 401
    assert "persistent access tokens is not allowed" in answer.json()["message"]
