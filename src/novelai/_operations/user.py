"""The account."""

from pydantic import ValidationError

from novelai._wire import Flow, Reply, Request, send
from novelai.errors import InvalidResponseError
from novelai.types.subscription import Subscription

__all__ = ["get_subscription"]


def get_subscription() -> Flow[Subscription]:
    """The account's subscription and balance."""
    reply = yield from send(Request("GET", "image", "/user/subscription"))
    return _parsed(reply)


def _parsed(reply: Reply) -> Subscription:
    try:
        return Subscription.model_validate_json(reply.content)
    except ValidationError as error:
        raise InvalidResponseError(
            "NovelAI's answer about the subscription cannot be read.", status=reply.status
        ) from error
