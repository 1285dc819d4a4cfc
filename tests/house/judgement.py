"""Reads a test's code: does anything in it surely get to judge what the code under test did?

The rule. A test judges by an ``assert``, by ``pytest.raises`` or ``warns`` or ``fail``, by
Playwright's ``expect``, by waiting for a condition with a limit (``fail_after``), or by calling a
function of these tests that does. It counts where it is always come to: not below an ``if`` without
an ``else``, an ``except``, a ``while``, or a loop over what may turn out to be empty. A loop over
what is written down in the tests (a literal, a constant, a ``range``) is come to.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
JUDGES = {"raises", "warns", "fail", "fail_after", "expect", "eventually"}
"""Calls that fail by themselves when what they speak of is not so."""
PASSING_ON = {
    "chain", "dict", "enumerate", "items", "keys", "list", "map", "product", "reversed", "set",
    "sorted", "split", "tuple", "values", "zip",
}  # fmt: skip
"""Calls that give as many as they were given."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Known = Mapping[str, ast.expr]


@dataclass
class Sheet:
    """A file of tests.

    Attributes:
        functions: all that it defines, also inside of others.
        constants: what its names stand for, its own and those it imports from other files.
        judging: names of functions that judge.
        imported: names that come from another file of tests, and what they are called there.
    """

    tree: ast.Module
    functions: list[Function] = field(default_factory=list[Function])
    constants: dict[str, ast.expr] = field(default_factory=dict[str, ast.expr])
    judging: set[str] = field(default_factory=lambda: set(JUDGES))
    imported: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])


def without_judgement(sources: Mapping[str, str]) -> list[str]:
    """Return the tests that may pass whatever the code under test does.

    Args:
        sources: the texts of files by the names of their modules.
    """
    sheets = {module: _sheet(text) for module, text in sources.items()}
    for sheet in sheets.values():
        for name, (module, original) in sheet.imported.items():
            if module in sheets and original in sheets[module].constants:
                sheet.constants[name] = sheets[module].constants[original]
    # A helper may call another, so they are read until nothing new is found.
    while any(_learn(sheet, sheets) for sheet in sheets.values()):
        pass
    return [
        f"{module}::{function.name}"
        for module, sheet in sheets.items()
        for function in sheet.functions
        if function.name.startswith("test_") and not _judges(function, sheet)
    ]


def _sheet(text: str) -> Sheet:
    sheet = Sheet(ast.parse(text))
    for node in ast.walk(sheet.tree):
        if isinstance(node, Function):
            sheet.functions.append(node)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            for name in node.names:
                sheet.imported[name.asname or name.name] = (node.module or "", name.name)
    sheet.constants.update(_assigned(sheet.tree.body))
    return sheet


def _assigned(statements: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in statements:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _learn(sheet: Sheet, sheets: Mapping[str, Sheet]) -> bool:
    """Find helpers that judge; tell whether there are new ones."""
    found = {
        function.name
        for function in sheet.functions
        if not function.name.startswith(("test_", "__")) and _judges(function, sheet)
    }
    for name, (module, original) in sheet.imported.items():
        if module in sheets and original in sheets[module].judging:
            found.add(name)
    new = not found <= sheet.judging
    sheet.judging |= found
    return new


def _judges(function: Function, sheet: Sheet) -> bool:
    known = {**sheet.constants, **dict(_assigned(function.body))}
    return _any_judges(function.body, known, sheet.judging)


def _any_judges(statements: list[ast.stmt], known: Known, judging: set[str]) -> bool:
    return any(_one_judges(node, known, judging) for node in statements)


def _one_judges(node: ast.stmt, known: Known, judging: set[str]) -> bool:
    match node:
        case ast.Assert():
            return True
        case ast.For() | ast.AsyncFor():
            inside = _holds_something(node.iter, known) and _any_judges(node.body, known, judging)
            return inside or _asks(node.iter, judging)
        case ast.With() | ast.AsyncWith():
            asked = any(_asks(item, judging) for item in node.items)
            return asked or _any_judges(node.body, known, judging)
        case ast.If():
            both = [_any_judges(part, known, judging) for part in (node.body, node.orelse)]
            return all(both) or _asks(node.test, judging)
        case ast.Try():
            always = [*node.body, *node.orelse, *node.finalbody]
            return _any_judges(always, known, judging)
        case ast.While():
            return _asks(node.test, judging)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False  # a helper, where it is called
        case _:
            return _asks(node, judging)


def _asks(node: ast.AST, judging: set[str]) -> bool:
    """Tell whether a function that judges is called, or handed to who calls it."""
    return not judging.isdisjoint(_names_in_calls(node))


@cache
def _names_in_calls(node: ast.AST) -> frozenset[str]:
    return frozenset(
        _name(part)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        for part in (call.func, *call.args, *(keyword.value for keyword in call.keywords))
    )


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _holds_something(node: ast.expr, known: Known, depth: int = 8) -> bool:
    """Tell whether what is looped over is written down and not empty."""

    def holds(other: ast.expr) -> bool:
        return depth > 0 and _holds_something(other, known, depth - 1)

    match node:
        case ast.Tuple() | ast.List() | ast.Set():
            return any(not isinstance(one, ast.Starred) or holds(one.value) for one in node.elts)
        case ast.Dict():
            return bool(node.keys)
        case ast.Constant():
            return isinstance(node.value, str | bytes) and bool(node.value)
        case ast.Name():
            return node.id in known and holds(known[node.id])
        case ast.BinOp():
            return isinstance(node.op, ast.Add | ast.BitOr) and (
                holds(node.left) or holds(node.right)
            )
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return all(holds(one.iter) and not one.ifs for one in node.generators)
        case ast.Call():
            return _call_holds_something(node, holds)
        case _:
            return False


def _call_holds_something(call: ast.Call, holds: Callable[[ast.expr], bool]) -> bool:
    name = _name(call.func)
    if name == "range":
        return True  # over a number that is written down, or one that the test has asserted
    given = call.args
    if isinstance(call.func, ast.Attribute):
        given = [call.func.value, *given] if name != "product" else given
    return name in PASSING_ON and bool(given) and all(map(holds, given))
