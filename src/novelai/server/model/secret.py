"""Secrets of keys: how they look, and what is stored of them."""

import hashlib

__all__ = ["KEY_PREFIX", "PATH_OPTION", "PATH_PREFIX", "hash_of"]

KEY_PREFIX = "nvs_"
"""How the secret of a key begins."""

PATH_PREFIX = "nvp_"
"""How the secret begins that a key has for paths."""

PATH_OPTION = "path_secret"
"""The option of a key under which the hash of that secret is."""


def hash_of(secret: str) -> str:
    """Hash a secret for the database: it is random and long, so a plain hash suffices."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
