"""The tests themselves: each says what it promises, and none patches what it tests."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def functions() -> dict[str, ast.AST]:
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[f"{path.relative_to(TESTS)}::{node.name}"] = node
    return found


def test_every_test_states_its_promise():
    """Each test opens with a docstring."""
    tests = {name: node for name, node in functions().items() if "::test_" in name}
    assert [name for name, node in tests.items() if not ast.get_docstring(node)] == []


def test_nothing_is_patched():
    """Transports, clocks and randomness are arguments; no test reaches inside to replace them."""
    guilty = [
        name
        for name, node in functions().items()
        for part in ast.walk(node)
        if isinstance(part, ast.arg | ast.Attribute)
        and (getattr(part, "arg", None) == "mocker" or getattr(part, "attr", None) == "setattr")
    ]
    assert guilty == []
    imports = [
        f"{path.relative_to(TESTS)}: {node.module}"
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock")
    ]
    assert imports == []
