"""A client that goes away in the middle, when a condition holds and not when a time is over."""

import json
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


def ask_and_leave(
    url: str, body: Any, when: Callable[[], object], headers: Mapping[str, str] | None = None
) -> None:
    """Post a body and hang up without reading an answer.

    Args:
        url: what is asked.
        body: sent as JSON.
        when: waits for what must have happened before.
        headers: more of them.
    """
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection.request("POST", parts.path, json.dumps(body), sent)
        when()
    finally:
        connection.close()
