"""Signing in: the key an account's password is known by, and the call."""

import json
import subprocess
import sys

import anyio
import pytest
from tests.sdk.services import COLOURS, Service, reply

from novelai import (
    AsyncNovelAI,
    AuthenticationError,
    InvalidParamsError,
    InvalidResponseError,
    NovelAI,
)
from novelai._operations.login import access_key

VECTORS = [
    (
        "user@example.com",
        "correct horse",
        "lIZbR_fvtSj07Up854Wl_00EMNhA7LJ4noHsAzKbC7c3sqCUZXqhsKpUj2Zgam7m",
    ),
    (
        "user@example.com",
        "short12!",
        "vDF5l8m3JWIbx_JgrePG7Uvk_YPeZrp4Sqt5cG8NLvvBTAAreMnVMBIA0ocbd8Un",
    ),
    (
        "üser@example.com",
        "пароль123",
        "oPkgQdJ_ExtWAN4nkqU_oCQzpAasfJ9lPPFGIgm_f_6c1STpP5cnjSaXRQquoOzp",
    ),
    (
        "user@example.com",
        "🔑secret123",
        "lmR11XhRulDv4OY3xvJ3dyCfdQN77fYESXQoVMgmQXxErTTs0jc0vgJxBNfPHp7c",
    ),
    (
        "user@example.com",
        "ab🔑cdefgh",
        "sjVp7Dm1tRvrpBOZUCSlUJJyzW63X60j0gr4Yk5ymNPLZJH6PtB4OmGhsBgMUjIZ",
    ),
]
"""Fictional accounts; the last two tell six UTF-16 units from six characters."""


def login(colour, service, *account, **options):
    if colour == "sync":
        return NovelAI.login(*account, transport=service, **options)

    async def main():
        return await AsyncNovelAI.login(*account, transport=service, **options)

    return anyio.run(main, backend=colour)


@pytest.mark.parametrize(("email", "password", "key"), VECTORS, ids=range(len(VECTORS)))
def test_the_key_is_the_official_one(email, password, key):
    """E-mail and password make the key that NovelAI's page makes."""
    assert access_key(email, password) == key
    assert access_key(f"  {email.upper()} ", password) == key


def test_half_a_character_is_cut_as_a_browser_does():
    """A password whose sixth unit is half of a character makes a key, and not that of its start."""
    assert len(access_key("a@b.c", "12345🔑6")) == 64
    assert access_key("a@b.c", "12345🔑6") != access_key("a@b.c", "12345🔒6")


@pytest.mark.parametrize("colour", COLOURS)
def test_signing_in_gives_a_session_token(colour):
    """The key is sent, the password and any token are not; the session token comes back."""
    service = Service(reply(201, b'{"accessToken":"eyJ.x.y"}'))
    email, password, key = VECTORS[0]
    assert login(colour, service, email, password) == "eyJ.x.y"
    (request,) = service.requests
    assert request.url == "https://image.novelai.net/user/login"
    assert json.loads(request.content) == {"key": key}
    assert "authorization" not in request.headers


def test_a_wrong_password_is_said_so():
    """A key that is not accepted is about e-mail and password, not about a token."""
    service = Service(reply(401, b'{"statusCode":401,"message":"Incorrect access key."}'))
    with pytest.raises(AuthenticationError, match=r"Incorrect access key.*Check e-mail") as caught:
        login("sync", service, "user@example.com", "hunter2hunter2")
    assert "hunter2" not in str(caught.value)
    assert "NOVELAI_API_KEY" not in str(caught.value)


@pytest.mark.parametrize(
    ("email", "password"), [("", "x"), (" ", "x"), ("a@b.c", "")], ids=range(3)
)
def test_nothing_to_sign_in_with_is_refused(email, password):
    """Without an address or a password nothing is sent."""
    service = Service(reply(201, b"{}"))
    with pytest.raises(InvalidParamsError, match="must not be empty"):
        login("sync", service, email, password)
    assert service.calls == 0


def test_an_answer_without_a_token_is_an_error():
    """A sign-in that brings no token has failed."""
    with pytest.raises(InvalidResponseError, match="no session token"):
        login("sync", Service(reply(201, b"{}")), "a@b.c", "password")


def test_without_the_extra_the_error_says_what_to_install():
    """Where Argon2id is missing, the error names the extra and what works without it."""
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from novelai._operations.login import access_key\n"
        "from novelai import ConfigurationError\n"
        "try: access_key('a@b.c', 'password')\n"
        "except ConfigurationError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "pip install 'novelai-fastapi[login]'" in done.stdout
    assert "persistent token" in done.stdout
