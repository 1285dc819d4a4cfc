"""How a client sends: what its options say, checked, and copies with other options."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import iscoroutinefunction
from typing import Any, cast

import httpx2

from novelai._codecs.body import merge
from novelai._retry import RetryPolicy
from novelai._version import __version__
from novelai.errors import ConfigurationError
from novelai.types.options import CallOptions

__all__ = ["CALL_OPTIONS", "USER_AGENT", "Options", "check_timeout"]

CALL_OPTIONS = CallOptions.__optional_keys__
USER_AGENT = f"novelai-fastapi/{__version__}"
CONNECT_SECONDS = 15.0
LONGEST = 86_400
"""Seconds: a day. The operating system has no timers for numbers without end."""

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?|")
OWN_HEADERS = {
    "accept": "decides how the answer is read",
    "authorization": "carries the token: give api_key to a client",
    "connection": "belongs to the connection",
    "content-length": "follows from the body",
    "content-type": "follows from the body",
    "host": "follows from the address",
    "transfer-encoding": "follows from the body",
    "user-agent": "says who asks: give user_agent to add to it",
    "x-correlation-id": "identifies the call",
}
"""Headers that nobody else may set, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How requests are sent.

    Attributes:
        timeout: what each step of a request may take.
        retry: when to try again.
        on_wait: is told when a call waits.
        user_agent: who asks.
        headers: more headers of every request.
        body: more of the JSON of every request that has some.
    """

    timeout: httpx2.Timeout
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    on_wait: Callable[..., Any] | None = None
    user_agent: str = USER_AGENT
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @classmethod
    def of(cls, timeout: float) -> "Options":
        """Return the options of a client that was given none but this."""
        return cls(timeout=_timeout(timeout))

    def change(
        self,
        *,
        awaits: bool,
        timeout: object = None,
        retry: object = None,
        headers: object = None,
        body: object = None,
        user_agent: object = None,
        on_wait: object = None,
        extra: str = "",
    ) -> "Options":
        """Return a copy with those that are given.

        Args:
            awaits: ``on_wait`` may be an async function.
            timeout: seconds to wait for the next bytes of an answer.
            retry: when to try again.
            headers: are added to those that there are.
            body: is merged into what there is.
            user_agent: stands behind our own.
            on_wait: is told when a call waits.
            extra: begins the names of the arguments ``headers`` and ``body``.

        Raises:
            ConfigurationError: one cannot work; the message names it.
        """
        changes: dict[str, Any] = {}
        if timeout is not None:
            changes["timeout"] = _timeout(timeout)
        if retry is not None:
            changes["retry"] = _check_type(retry, RetryPolicy, "retry")
        if headers is not None:
            checked = _check_headers(headers, f"{extra}headers")
            changes["headers"] = _add_headers(self.headers, checked)
        if body is not None:
            changes["body"] = merge(self.body, _check_body(body, f"{extra}body"))
        if user_agent is not None:
            changes["user_agent"] = f"{USER_AGENT} {_check_user_agent(user_agent)}"
        if on_wait is not None:
            changes["on_wait"] = _check_on_wait(on_wait, awaits=awaits)
        return replace(self, **changes) if changes else self

    def of_call(self, options: Mapping[str, Any], *, awaits: bool) -> "Options":
        """Return a copy for a call with `CallOptions`."""
        return self.change(
            awaits=awaits,
            timeout=options.get("timeout"),
            headers=options.get("extra_headers"),
            body=options.get("extra_body"),
            extra="extra_",
        )


def check_timeout(seconds: object) -> float:
    """Return a number of seconds that can be waited.

    Raises:
        ConfigurationError: it cannot.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ConfigurationError(
            f"timeout must be a number of seconds, got a {type(seconds).__name__}."
        )
    if not 0 < seconds <= LONGEST:
        raise ConfigurationError(
            f"timeout must be more than 0 seconds and at most {LONGEST:,}, got {seconds:g}."
        )
    return float(seconds)


def _timeout(given: object) -> httpx2.Timeout:
    seconds = check_timeout(given)
    return httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))


def _check_type(value: object, kind: type[Any], name: str) -> Any:
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be a {kind.__name__}, got a {type(value).__name__}.")
    return value


def _check_headers(given: object, name: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for key, value in cast("Mapping[Any, Any]", _check_type(given, Mapping, name)).items():
        if not isinstance(key, str) or not HEADER_NAME.fullmatch(key):
            raise ConfigurationError(f"{name} holds a name that no header can have.")
        if key.lower() in OWN_HEADERS:
            raise ConfigurationError(f"{name} must not hold {key}: it {OWN_HEADERS[key.lower()]}.")
        # The value itself may be a secret.
        if not isinstance(value, str) or not HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"{name}: the value of {key} must be text in ASCII, without line ends."
            )
        headers[key] = value
    return headers


def _add_headers(base: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    replaced = {name.lower() for name in more}
    kept = {name: value for name, value in base.items() if name.lower() not in replaced}
    return {**kept, **more}


def _check_body(given: object, name: str) -> dict[str, Any]:
    body = _check_type(given, Mapping, name)
    try:
        # A copy: what the caller does to it afterwards changes nothing here.
        text = json.dumps(dict(body), ensure_ascii=False, allow_nan=False)
        text.encode()
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise ConfigurationError(f"{name} holds something that JSON cannot.") from None


def _check_user_agent(given: object) -> str:
    text = _check_type(given, str, "user_agent").strip(" ")
    if not text or not HEADER_VALUE.fullmatch(text):
        raise ConfigurationError(
            "user_agent must be text in ASCII such as my-bot/1.2, without line ends."
        )
    return text


def _check_on_wait(given: object, *, awaits: bool) -> Callable[..., Any]:
    if not callable(given):
        raise ConfigurationError(f"on_wait must be a function, got a {type(given).__name__}.")
    if not awaits and iscoroutinefunction(given):
        raise ConfigurationError(
            "on_wait must be no async function here: nothing awaits it. AsyncNovelAI takes one."
        )
    return given
