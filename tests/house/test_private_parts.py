"""Private parts of other people's libraries: none is used but those that are bounded above."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.house.test_packaging import BOUNDED, PROJECT

SOURCE = Path(__file__).parents[2] / "src"
USED = {
    "_conn": "aiosqlite",
    "_execute": "aiosqlite",
    "uvicorn.protocols.http.h11_impl": "uvicorn",
    "uvicorn.protocols.http.httptools_impl": "uvicorn",
}
"""What is used, and whose it is."""
DOCUMENTED = {"_mapping"}
"""SQLAlchemy documents it for everybody: the underscore keeps it apart from names of columns."""
UNSPOKEN = re.compile(r"^uvicorn\.(protocols|loops|lifespan)\b|^starlette\._|^fastapi\.(utils|_)")
"""Modules without an underscore that their makers document for nobody."""


def is_private(name: str) -> bool:
    """Tell whether a name, or a part of a dotted one, is for its own library alone."""
    parts = name.split(".")
    return any(re.match(r"_[^_]", part) for part in parts) or bool(UNSPOKEN.match(name))


def own_names(trees: list[ast.AST]) -> set[str]:
    """Return each name that is given anywhere in these modules, for whatever."""
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.arg():
                found.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                found.add(node.id)
            case ast.Attribute(ctx=ast.Store()):
                found.add(node.attr)
            case ast.alias():
                found |= {*node.name.split("."), node.asname or ""}
            case _:
                pass
    return found


def foreign(tree: ast.AST, own: set[str]) -> Iterator[str]:
    """Yield private names of others that a module reads or imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if is_private(name) and name not in own:
                yield name
            case ast.ImportFrom(module=str(module), level=0) if not module.startswith("novelai"):
                yield from filter(is_private, {module, *(one.name for one in node.names)})
            case ast.Import():
                names = (one.name for one in node.names)
                yield from (name for name in names if is_private(name) and name[:7] != "novelai")
            case _:
                pass


def private_parts(sources: list[str]) -> set[str]:
    """Return the private parts of others that these modules use together."""
    trees: list[ast.AST] = [ast.parse(source) for source in sources]
    own = own_names(trees)
    return {name for tree in trees for name in foreign(tree, own)} - DOCUMENTED


def test_no_private_part_is_used_unawares() -> None:
    """Whoever uses one more finds a public way, or bounds the library and says so here."""
    found = private_parts([path.read_text("utf-8") for path in SOURCE.rglob("*.py")])
    assert found == set(USED)


@pytest.mark.parametrize("library", sorted(set(USED.values())))
def test_what_is_used_is_bounded(library: str) -> None:
    """Wherever the library is asked for it has an upper bound, with its reason."""
    assert library in BOUNDED
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [Requirement(text) for texts in extras.values() for text in texts]
    bounds = [one.specifier for one in asked if one.name == library]
    assert bounds
    for specifier in bounds:
        assert any(bound.operator == "<" for bound in specifier)


EXAMPLE = """
import httpx2._client
from starlette._utils import is_async_callable
from uvicorn.lifespan.on import LifespanOn
from novelai._config import thing
class A:
    def _mine(self):
        self._kept = other._hidden
        return self._mine, self._kept, other.__dict__, row._mapping
"""


def test_what_counts_as_private() -> None:
    """Modules and attributes of others; not our own, not Python's, not what is documented."""
    assert private_parts([EXAMPLE]) == {
        "httpx2._client",
        "starlette._utils",
        "uvicorn.lifespan.on",
        "_hidden",
    }
