"""The tests themselves: each says what it promises, and none patches what it tests."""

import ast
from functools import cache
from pathlib import Path

import pytest
from tests.house.judgement import without_judgement

TESTS = Path(__file__).parents[1]

JUDGED_ELSEWHERE = {
    # The check of each file of vectors is in a table; those assert.
    "tests.sdk.test_vectors::test_a_vector_holds",
    # Hypothesis runs rules and invariants of the machine that it is given; those assert.
    "tests.server_core.test_history::test_any_history",
    # Schemathesis judges each answer by the document; there is one for every case.
    "tests.server_api.test_schemathesis::test_any_request",
}


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def functions() -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(parse(path)):
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
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock")
    ]
    assert imports == []


def test_every_test_judges():
    """No test passes whatever the code does: each asserts, outside of what may never be come to."""
    sources = {
        ".".join(("tests", *path.relative_to(TESTS).with_suffix("").parts)): path.read_text("utf-8")
        for path in sorted(TESTS.rglob("*.py"))
    }
    assert set(without_judgement(sources)) == JUDGED_ELSEWHERE


JUDGING = """
def check(x):
    if x:
        raise ValueError
    assert x == 1

CASES = (1, 2)

def test_1(): assert f()
def test_2():
    with pytest.raises(ValueError): f()
def test_3():
    for case in CASES: assert f(case)
def test_4():
    for case, _ in enumerate((*CASES, 3)): check(case)
async def test_5():
    async with thing: expect(x).to_be(1)
def test_6():
    if f(): assert g()
    else: assert h()
def test_7():
    def inner(): assert f()
    run(inner)
"""
PASSING = """
def helper(x):
    for one in x: assert one

def test_1(): f()
def test_2():
    for case in found(): assert case
def test_3():
    if f(): assert g()
def test_4():
    for case in []: assert case
def test_5():
    try: f()
    except ValueError: assert g()
def test_6():
    while f(): assert g()
def test_7():
    def never(): assert f()
def test_8(): helper(found())
def test_9():
    with suppress(ValueError): f()
def test_0():
    for case in [one for one in (1, 2) if f(one)]: assert case
"""


@pytest.mark.parametrize(("text", "expected"), [(JUDGING, set()), (PASSING, set("0123456789"))])
def test_what_is_a_judgement(text, expected):
    """The rule takes each of these tests for what it is."""
    found = without_judgement({"tests.x": text})
    assert {name.removeprefix("tests.x::test_") for name in found} == expected
