"""Signing in with e-mail and password: the password never leaves, a key made from it does."""

from base64 import urlsafe_b64encode
from functools import partial
from hashlib import blake2b

from pydantic_core import to_json

from novelai._operations.documents import read_document
from novelai._operations.text_input import check_text
from novelai._wire import Flow, Request, send, work
from novelai.errors import ConfigurationError, InvalidResponseError

__all__ = ["login"]

PURPOSE = "novelai_data_access_key"
SALT_BYTES = 16
KEY_BYTES = 64
KEY_CHARACTERS = 64
ROUNDS = 2
MEMORY_KIB = 1953
"""2,000,000 bytes in whole KiB."""

SALTED_UNITS = 6
MAX_INPUT = 1_000


def login(email: str, password: str) -> Flow[str]:
    """Return a session token. The password itself is not sent."""
    check_text(email.strip(), "email", limit=MAX_INPUT)
    check_text(password, "password", limit=MAX_INPUT)
    return _login(email, password)


def access_key(email: str, password: str) -> str:
    """Return the key NovelAI knows an account's password by: Argon2id over the password.

    Raises:
        ConfigurationError: the ``login`` extra is not installed.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    except ImportError:
        raise _unavailable() from None
    salted = _first_units(password) + email.strip().lower() + PURPOSE
    salt = blake2b(salted.encode(), digest_size=SALT_BYTES).digest()
    try:
        hashed = Argon2id(
            salt=salt, length=KEY_BYTES, iterations=ROUNDS, lanes=1, memory_cost=MEMORY_KIB
        ).derive(password.encode())
    except UnsupportedAlgorithm:
        raise _unavailable() from None
    return urlsafe_b64encode(hashed).decode("ascii")[:KEY_CHARACTERS]


def _login(email: str, password: str) -> Flow[str]:
    key = yield from work(partial(access_key, email, password))
    reply = yield from send(
        Request(
            "POST",
            "image",
            "/user/login",
            content=to_json({"key": key}),
            content_type="application/json",
            authorized=False,
        )
    )
    token = read_document(reply.content).get("accessToken")
    if isinstance(token, str) and token:
        return token
    raise InvalidResponseError("NovelAI's answer holds no session token.", status=reply.status)


def _first_units(password: str) -> str:
    """Return the first six UTF-16 units, as a browser cuts; half of a pair becomes U+FFFD."""
    units = password.encode("utf-16-le")[: 2 * SALTED_UNITS]
    return units.decode("utf-16-le", errors="replace")


def _unavailable() -> ConfigurationError:
    return ConfigurationError(
        "Signing in needs Argon2id, which the login extra brings: "
        "pip install 'novelai-fastapi[login]'. A persistent token needs no extra."
    )
