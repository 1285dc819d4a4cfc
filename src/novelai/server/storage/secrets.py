"""Tokens at rest: AES-256-GCM, each sealed with the name of what it belongs to.

A sealed value is ``version (1 byte) | key id (4 bytes) | nonce (12) | ciphertext and tag``. The
first key of a vault seals; all of them open, so that a new key can be put in front and old values
be sealed again at leisure.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from novelai.server.storage.private import FOLDER_MODE

__all__ = ["SecretKeyError", "Vault", "load_vault", "new_key"]

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
ID_BYTES = 4
OTHERS = 0o077


class SecretKeyError(ValueError):
    """A key is missing, has the wrong form, or is not the one that sealed a value."""


class Vault:
    """Seals and opens small secrets.

    Args:
        keys: 32 bytes each; the first seals.
        chance: gives that many random bytes.
    """

    def __init__(
        self, keys: Sequence[bytes], *, chance: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise SecretKeyError(f"A secret key has {KEY_BYTES} bytes.")
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])
        self._secrets = tuple(keys)
        self._chance = chance

    def seal(self, text: str, name: str) -> bytes:
        """Encrypt a text that belongs to ``name``."""
        nonce = self._chance(NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, text.encode(), name.encode())
        return VERSION + self._current + nonce + sealed

    def open(self, sealed: bytes, name: str) -> str:
        """Decrypt what `seal` made for the same name.

        Raises:
            SecretKeyError: it was sealed with another key, for another name, or is damaged.
        """
        key = self._keys.get(sealed[1 : 1 + ID_BYTES])
        if sealed[:1] != VERSION or key is None:
            raise SecretKeyError(
                "A stored token was encrypted with a secret key that is not here. "
                "Put the old key back, or add the token again."
            )
        start = 1 + ID_BYTES
        nonce, rest = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        try:
            return key.decrypt(nonce, rest, name.encode()).decode()
        except InvalidTag as error:
            raise SecretKeyError("A stored token is damaged, or belongs to another row.") from error

    def derive(self, purpose: str) -> list[bytes]:
        """Secrets for something else than sealing, one of each key, the current one first."""
        text = f"derived for {purpose}".encode()
        return [hmac.digest(secret, text, "sha256") for secret in self._secrets]

    def is_current(self, sealed: bytes) -> bool:
        """Return whether the first key sealed this."""
        return sealed[1 : 1 + ID_BYTES] == self._current


def new_key(chance: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new key as text, for the environment or the key file."""
    return base64.urlsafe_b64encode(chance(KEY_BYTES)).decode()


def load_vault(value: str | None, path: Path) -> Vault:
    """Return the vault with the keys of this installation.

    Args:
        value: keys from the environment, separated by commas, the current one first.
        path: the file to use without them, one key a line; it is made, with mode 600, when it is
            missing.

    Raises:
        SecretKeyError: a key has the wrong form, or others may read the file.
    """
    if value is not None:
        return Vault([_decode(part) for part in value.split(",")])
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(new_key() + "\n")
    if os.name == "posix" and path.stat().st_mode & OTHERS:
        raise SecretKeyError(f"Others may read {path}. Run: chmod 600 {path}")
    return Vault([_decode(line) for line in path.read_text().split()])


def rotate_file(path: Path) -> Vault:
    """Put a new key in front of those in the file, and return the vault with all of them."""
    keys = [new_key(), *path.read_text().split()]
    fresh = path.with_name(f"{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return load_vault(None, path)


def _decode(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except ValueError as error:
        raise SecretKeyError("A secret key is 32 bytes in URL-safe base64.") from error
    if len(key) != KEY_BYTES:
        raise SecretKeyError("A secret key is 32 bytes in URL-safe base64.")
    return key


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:ID_BYTES]
