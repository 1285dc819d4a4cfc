"""Delivers while the server runs."""

import logging

import anyio
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.events.bus import Bus
from novelai.server.webhooks.post import Post
from novelai.server.webhooks.service import WebhookService

__all__ = ["keep_delivering"]

log = logging.getLogger(__name__)

EVERY = 2.0


async def keep_delivering(
    webhooks: WebhookService, post: Post, bus: Bus, *, every: float = EVERY
) -> None:
    """Deliver what is due until cancelled.

    Args:
        webhooks: what is to be told.
        post: sends it.
        bus: tells that a job has ended.
        every: seconds after which is looked for what is to be tried again.
    """
    while True:
        news = bus.news()
        found = 0
        try:
            found = await webhooks.deliver(post)
        except* (SQLAlchemyError, OSError) as group:
            log.error("deliveries wait after %s", type(group.exceptions[0]).__name__)  # noqa: TRY400
        if not found:
            with anyio.move_on_after(every):
                await news.work()
