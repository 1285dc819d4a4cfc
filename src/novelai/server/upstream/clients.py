"""Clients for the worker: they neither wait nor retry, so that the queue decides."""

import httpx2

from novelai._retry import RetryPolicy
from novelai.async_client import AsyncNovelAI
from novelai.server.accounts.service import Connect

__all__ = ["no_waiting"]


def no_waiting(base_url: str | None = None, *, timeout: float = 120.0) -> Connect:
    """Makes clients of accounts.

    Args:
        base_url: where NovelAI is, if not at its own address.
        timeout: seconds to wait for the next bytes of an answer.
    """

    def connect(token: str, proxy: str | None) -> AsyncNovelAI:
        return AsyncNovelAI(
            token,
            base_url=base_url,
            timeout=timeout,
            retry=RetryPolicy(max_attempts=1, max_wait=0.0),
            transport=httpx2.AsyncHTTPTransport(proxy=proxy, retries=0),
        )

    return connect
