"""Sessions: signing in, and making the persistent token that other programs use."""

import base64
import hashlib
import json

from novelai.emulator.accounts import DAY, EmulatedAccount
from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.fields import Fields

KEY_LENGTH = 64
SESSION_SECONDS = 30 * DAY
_NOT_FOR_PERSISTENT = "Usage of persistent access tokens is not allowed for this endpoint"


async def login(exchange: Exchange) -> Answer:
    """POST /user/login: any key of the right shape opens an account of its own."""
    body = await exchange.body()
    # The key opens an account; a record is no place for it.
    exchange.record.body = None
    fields = Fields.of("LoginRequest", body.document)
    key = fields.raw("key")
    if not isinstance(key, str) or not key:
        raise Refusal(400, "Validation error: key is required")
    if len(key) != KEY_LENGTH:
        raise Refusal(401, "Incorrect access key.")
    token = _session_token(key, int(exchange.world.clock()))
    exchange.record.account = exchange.world.accounts.get_or_add(token).label
    return json_answer({"accessToken": token}, 201)


def _session_token(key: str, now: int) -> str:
    """Return a token of a session's shape.

    Three parts, claims exp, iat, id and nc. Signed by nobody.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()
    claims = {"id": digest[:21], "nc": digest[21:37], "iat": now, "exp": now + SESSION_SECONDS}
    parts = [
        json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode(),
        json.dumps(claims, separators=(",", ":")).encode(),
        hashlib.sha256(digest.encode()).digest(),
    ]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def session_account(exchange: Exchange) -> EmulatedAccount:
    """Return the caller's account, for routes that refuse persistent tokens.

    Raises:
        Refusal: 401.
    """
    account = exchange.account()
    token = exchange.request.headers["authorization"].partition(" ")[2].strip()
    if token.startswith("pst-"):
        raise Refusal(401, _NOT_FOR_PERSISTENT)
    return account


async def create_persistent_token(exchange: Exchange) -> Answer:
    """POST /user/create-persistent-token: once, and again only with `overwrite`."""
    account = session_account(exchange)
    body = await exchange.body()
    overwrite = Fields.of("PersistentTokenRequest", body.document).boolean("overwrite")
    if account.persistent_token is not None and not overwrite:
        raise Refusal(409, "A persistent token already exists")
    token = exchange.world.new_token()
    exchange.world.accounts.issue(account, token)
    return json_answer({"token": token}, 201)


async def gift_keys(exchange: Exchange) -> Answer:
    """GET /user/giftkeys: none; for sessions only."""
    session_account(exchange)
    return json_answer({"giftKeys": []})


async def client_settings(exchange: Exchange) -> Answer:
    """GET /user/clientsettings: empty; for sessions only."""
    session_account(exchange)
    return json_answer({})


async def key_store(exchange: Exchange) -> Answer:
    """GET /user/keystore: empty; for sessions only."""
    session_account(exchange)
    return json_answer({"keystore": None, "changeIndex": 0})
