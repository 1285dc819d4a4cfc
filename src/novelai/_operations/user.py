"""The account."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from novelai._operations.documents import read_document
from novelai._wire import Flow, Request, send
from novelai.errors import ConflictError, InvalidResponseError
from novelai.types.account import AccountData, AccountInformation, AccountPriority
from novelai.types.subscription import Subscription

__all__ = [
    "create_persistent_token",
    "get_data",
    "get_information",
    "get_priority",
    "get_subscription",
]

A = TypeVar("A", bound=BaseModel)


def get_subscription() -> Flow[Subscription]:
    """Return the account's subscription and balance."""
    return (yield from _read("subscription", Subscription))


def get_information() -> Flow[AccountInformation]:
    """Return the account itself."""
    return (yield from _read("information", AccountInformation))


def get_data() -> Flow[AccountData]:
    """Everything at once."""
    return (yield from _read("data", AccountData))


def get_priority() -> Flow[AccountPriority]:
    """Return a relic."""
    return (yield from _read("priority", AccountPriority))


def create_persistent_token(*, overwrite: bool) -> Flow[str]:
    """Return a token that lasts; needs a session."""
    request = Request(
        "POST",
        "image",
        "/user/create-persistent-token",
        content=to_json({"overwrite": overwrite}),
        content_type="application/json",
        # Never sent twice: the second would find that a token was made, and not say which.
        generation=True,
    )
    reply = yield from send(request)
    token = read_document(reply.content).get("token")
    if isinstance(token, str) and token:
        return token
    raise ConflictError(
        "NovelAI made no token: the account has one already. With overwrite=True a new one is "
        "made, and the old one stops working.",
        status=reply.status,
    )


def _read(what: str, model: type[A]) -> Flow[A]:
    reply = yield from send(Request("GET", "image", f"/user/{what}"))
    try:
        return model.model_validate_json(reply.content)
    except ValidationError as error:
        raise InvalidResponseError(
            f"NovelAI's answer about the {what} cannot be read.", status=reply.status
        ) from error
