"""What programs read in answers."""

from typing import Any, cast

from novelai.cli.clients.client import Shape

__all__ = ["anything", "has", "items_have", "list_of"]


def anything(_document: Any) -> bool:
    """Nothing in particular."""
    return True


def has(*names: str, without: str = "") -> Shape:
    """Return an object with members, and without one that would mean something else."""

    def check(document: Any) -> bool:
        if not isinstance(document, dict):
            return False
        members = cast("dict[str, Any]", document)
        return all(name in members for name in names) and without not in members

    return check


def items_have(*names: str) -> Shape:
    """Return a list, not empty, of objects with members."""
    inside = has(*names)

    def check(document: Any) -> bool:
        if not isinstance(document, list):
            return False
        items = cast("list[Any]", document)
        return bool(items) and all(inside(item) for item in items)

    return check


def list_of(member: str, *names: str) -> Shape:
    """Return an object whose member is such a list."""
    inside = items_have(*names)

    def check(document: Any) -> bool:
        return has(member)(document) and inside(document[member])

    return check
