"""What a module promises in `__all__` is used: linters take every name in it for alive."""

import ast
from pathlib import Path

import pytest
from tests.house.exports import Module, unused

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
FOR_PEOPLE = ("README*.md", "docs/**/*.md", "examples/**/*.py", "pyproject.toml")

ALLOWED = {
    "novelai.server.webhooks.signature.sign": "receivers of earlier versions call it; it warns",
    "novelai.server.webhooks.repository.of_job": "tests see what would be delivered",
}
"""Names that nothing uses, each with the reason why it stays."""


def parse(name: str, text: str, *, is_package: bool = False) -> Module:
    return Module(name, ast.parse(text), is_package)


def modules() -> dict[str, Module]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = parse(name, path.read_text("utf-8"), is_package=is_package)
    return found


def test_every_export_is_used():
    """Another module imports it, or people are told of it; in the server its own module will do."""
    texts = [path.read_text("utf-8") for form in FOR_PEOPLE for path in ROOT.glob(form)]
    assert unused(modules(), texts, inside="novelai.server") == sorted(ALLOWED)


USER = """
from novelai import tools
from novelai.one import first
from novelai.two import second as other
import novelai.three as numbers

print(tools.saw, numbers.third)
register(tools.registered)
serve("novelai.four:app")
"""


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("novelai.one", ["first"]),
        ("novelai.two", ["second"]),
        ("novelai.three", ["third"]),
        ("novelai.four", ["app"]),
        ("novelai.tools", ["saw", "registered"]),
        ("novelai.told", ["by_docs"]),
        ("novelai.words", ["in_a_program", "and_another"]),
    ],
)
def test_a_use_is_seen(module, names):
    """Every way to take a name counts, and a name beside it that nobody takes is found."""
    text = f"__all__ = {[*names, 'forgotten']!r}"
    found = {"novelai.user": parse("novelai.user", USER)}
    found |= {module: parse(module, text)}
    people = [
        "`novelai.told.by_docs`",
        "from novelai.words import (\n  in_a_program,\n  and_another\n)",
    ]
    assert unused(found, people) == [f"{module}.forgotten"]


def test_a_package_speaks_to_people():
    """What a public package lists is there for programs, a private one's is not."""
    text = "__all__ = ['a']"
    public = parse("novelai.things", text, is_package=True)
    private = parse("novelai._things", text, is_package=True)
    assert unused({public.name: public, private.name: private}, []) == ["novelai._things.a"]


def test_a_module_handed_on_is_used_whole():
    """A program that passes a module along uses all that it promises."""
    tools = parse("novelai.tools", "__all__ = ['a', 'b']")
    user = parse("novelai.user", "from novelai import tools\nfor one in (tools,): one.a()")
    assert unused({tools.name: tools, user.name: user}, []) == []
