"""Checks of test vectors."""

from typing import Any

CHECKS: dict[str, Any] = {}
