"""What an account says about itself."""

import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
)
from novelai.types import AccountData, AccountInformation, AccountPriority, Subscription
from novelai.types.subscription import Usage

SUBSCRIPTION = {
    "tier": 3,
    "active": True,
    "paymentProcessor": "someone",
    "expiresAt": 1_793_000_000,
    "perks": {
        "maxPriorityActions": 1000,
        "startPriority": 10,
        "contextTokens": 8192,
        "unlimitedMaxPriority": True,
        "moduleTrainingSteps": 10000,
    },
    "trainingStepsLeft": {"fixedTrainingStepsLeft": 9646, "purchasedTrainingSteps": 12},
    "accountType": 0,
    "isGracePeriod": False,
    "isPaypal": False,
    "usage": {"percent": 100, "isNegative": False, "timeUntilNextPercent": 7888},
}
INFORMATION = {
    "emailVerified": True,
    "trialImagesLeft": 30,
    "trialActionsLeft": 50,
    "loginMethod": "sso",
    "plaintextEmail": None,
    "accountCreatedAt": 1_600_000_000,
    "banStatus": "not_banned",
    "banMessage": None,
    "needsAddressChange": False,
}
PRIORITY = {"maxPriorityActions": 1250, "nextRefillAt": 1_793_000_000, "taskPriority": 10}
DATA = {"priority": PRIORITY, "subscription": SUBSCRIPTION, "information": INFORMATION}

READERS = {
    "get_subscription": (SUBSCRIPTION, Subscription, "/user/subscription"),
    "get_information": (INFORMATION, AccountInformation, "/user/information"),
    "get_priority": (PRIORITY, AccountPriority, "/user/priority"),
    "get_data": (DATA, AccountData, "/user/data"),
}
MOVED = "Please refresh NovelAI.net. If using a third-party tool, update to the image URL."


def answer(document, status=200):
    return reply(status, json.dumps(document).encode(), content_type="application/json")


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", READERS)
def test_an_account_is_read(colour, name):
    """Each call asks the image host and gives what it answers."""
    document, kind, path = READERS[name]
    service = Service(answer(document))
    found = use(colour, service, lambda client: getattr(client.user, name)())
    assert isinstance(found, kind)
    assert service.requests[0].url == f"https://image.novelai.net{path}"


def test_the_fields_have_names():
    """What the service tells is there under Python's names, unknown fields beside it."""
    data = AccountData.model_validate(DATA)
    assert data.subscription.anlas == 9658
    assert data.subscription.usage.time_until_next_percent == 7888
    assert data.information.login_method == "sso"
    assert data.information.plaintext_email is None
    assert data.information.model_extra == {"needsAddressChange": False}
    assert data.priority.task_priority == 10


def test_the_balance_is_both_counters():
    """Anlas are what was granted and what was bought."""
    assert use("sync", Service(answer(SUBSCRIPTION)), lambda c: c.user.get_anlas()) == 9658


@pytest.mark.parametrize(
    ("usage", "images", "paused", "refill", "full", "low"),
    [
        ({"percent": 50, "timeUntilNextPercent": 7900}, 865, False, 10.9, 395_000, False),
        ({"percent": 99, "timeUntilNextPercent": 7888}, 1713, False, 11.0, 7_888, False),
        ({"percent": 100, "timeUntilNextPercent": 7888}, 1730, True, 0, 0, False),
        ({"percent": 196, "timeUntilNextPercent": 0}, 3391, True, 0, 0, False),
        ({"percent": 5, "timeUntilNextPercent": 7888}, 86, False, 11.0, 749_360, False),
        ({"percent": 4, "timeUntilNextPercent": 7888}, 69, False, 11.0, 757_248, True),
        ({"percent": 0, "timeUntilNextPercent": 0}, 0, True, 0, None, True),
        ({"percent": -3, "timeUntilNextPercent": 7888}, 0, False, 11.0, 812_464, True),
        (
            {"percent": 2, "isNegative": True, "timeUntilNextPercent": 7888},
            0, False, 11.0, 773_024, True,
        ),
        ({"percent": float("nan"), "timeUntilNextPercent": 0}, 0, True, 0, None, False),
    ],
)  # fmt: skip
def test_the_allowance_is_a_battery(usage, images, paused, refill, full, low):
    """It tells what is left in pictures, how fast it refills, and when it is full."""
    told = Usage.model_validate(usage)
    assert (told.images_left, told.paused, told.refill_per_day) == (images, paused, refill)
    assert (told.seconds_until_full, told.low) == (full, low)


def test_what_was_bought_on_top_is_told():
    """It is a number of its own, and zero where the service says nothing of it."""
    assert Usage.model_validate({"percent": 10, "purchasedPercent": 300}).purchased_percent == 300
    assert Usage().purchased_percent == 0


def thinned(document, choose):
    """Return the document without some fields, with some nulls and some new fields."""
    kept = {}
    for name, value in document.items():
        fate = choose(["keep", "keep", "drop", "null"])
        if fate == "null":
            kept[name] = None
        elif fate == "keep":
            kept[name] = thinned(value, choose) if isinstance(value, dict) else value
    if choose([True, False]):
        kept["brandNew"] = choose([None, 1, "x", [1], {"a": {}}])
    return kept


@given(st.data())
def test_fields_may_vanish_and_appear(data):
    """An answer that lacks fields, has nulls or new fields is read all the same."""

    def choose(options):
        return data.draw(st.sampled_from(options))

    for document, kind, _ in READERS.values():
        thin = thinned(document, choose)
        found = kind.model_validate_json(json.dumps(thin))
        # What has no name here yet can be read all the same, and what has one is not lost.
        assert found.model_extra.get("brandNew") == thin.get("brandNew")
        told = {name for name, value in thin.items() if value is not None}
        assert told <= set(found.model_dump(by_alias=True, exclude_unset=True))
    subscription = Subscription.model_validate(thinned(SUBSCRIPTION, choose))
    assert 0 <= subscription.anlas <= 9658


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("body", [b"", b"[]", b"<html></html>", b'"x"'])
def test_what_is_no_account_is_an_error(name, body):
    """A page or a list in place of an account is told to be unreadable."""
    with pytest.raises(InvalidResponseError, match="cannot be read"):
        use("sync", Service(reply(200, body)), lambda client: getattr(client.user, name)())


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, json.dumps({"statusCode": 400, "message": MOVED})),
        (200, json.dumps({"message": MOVED})),
        (200, f"<html><p>{MOVED}</p></html>"),
    ],
    ids=["refused", "told", "page"],
)
def test_the_old_host_is_named(name, status, body):
    """Where account calls have moved away, the error says from where, and what to write instead."""
    service = Service(reply(status, body.encode()))
    with pytest.raises(ConfigurationError) as caught:
        use(
            "sync",
            service,
            lambda client: getattr(client.user, name)(),
            image_base="https://api.novelai.net:443/",
        )
    assert "https://api.novelai.net serves no account calls any more" in str(caught.value)
    assert "https://image.novelai.net" in str(caught.value)
    assert "NOVELAI_IMAGE_BASE" in str(caught.value)
    assert caught.value.status == status
    assert service.calls == 1


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_lasting_token_is_made(colour, overwrite):
    """A session makes a persistent token."""
    service = Service(answer({"token": "pst-new"}, 201))
    token = use(
        colour, service, lambda client: client.user.create_persistent_token(overwrite=overwrite)
    )
    assert token == "pst-new"
    assert json.loads(service.requests[0].content) == {"overwrite": overwrite}


@pytest.mark.parametrize(
    ("reaction", "error", "sentence"),
    [
        (answer({"token": None}), ConflictError, "overwrite=True"),
        (answer({"message": "exists"}, 409), ConflictError, "exists"),
        (
            answer({"message": "Usage of persistent access tokens is not allowed"}, 401),
            AuthenticationError,
            "session token",
        ),
        (reply(502), ServerError, "502"),
    ],
    ids=["null", "conflict", "persistent", "broken"],
)
def test_a_token_that_is_not_made_is_an_error(reaction, error, sentence):
    """Whatever keeps a token from being made is said, and it is tried once only."""
    service = Service(reaction)
    with pytest.raises(error, match=sentence):
        use("sync", service, lambda client: client.user.create_persistent_token())
    assert service.calls == 1


def test_reading_is_tried_again():
    """Reading an account costs nothing: failures on the way are tried again."""
    service = Service(reply(502), httpx2.ReadTimeout("slow"), answer(SUBSCRIPTION))
    assert use("sync", service, lambda client: client.user.get_anlas()) == 9658
    service = Service(httpx2.ReadTimeout("slow"))
    with pytest.raises(RequestTimeoutError):
        use("sync", service, lambda client: client.user.get_anlas())
