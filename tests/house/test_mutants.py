"""The faults that are put into the code to try the tests."""

import ast
import subprocess
import sys
from textwrap import dedent

import pytest
from mutants.__main__ import read_harmless
from mutants.faults import Fault, find_faults
from mutants.run import load_faults
from mutants.targets import ROOT, TARGETS


def faults(code: str) -> list[Fault]:
    return find_faults(ast.parse(dedent(code)), "m.py")


def wrong(code: str) -> set[str]:
    return {f"{fault.before} -> {fault.after}" for fault in faults(code)}


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("x = a == b", "a == b -> a != b"),
        ("x = a <= b", "a <= b -> a < b"),
        ("x = a and b", "a and b -> a or b"),
        ("x = a and b", "a and b -> b"),
        ("x = not a", "not a -> a"),
        ("x = a + 1", "a + 1 -> a - 1"),
        ("x = max(a, b)", "max(a, b) -> min(a, b)"),
        ("x = 30.0", "30.0 -> 31.0"),
        ("x = True", "True -> False"),
        ("x = {'a': b, 'c': d}", "{'a': b, 'c': d} -> {'c': d}"),
        ("x = f(a, b=c)", "f(a, b=c) -> f(a)"),
        ("x = q.where(a, b)", "q.where(a, b) -> q.where(b)"),
        ("x = q.with_for_update(a)", "q.with_for_update(a) -> q"),
        ("x = a if b else c", "a if b else c -> c if b else a"),
        ("def f():\n    return a", "return a -> return None"),
        ("def f():\n    raise E", "raise E -> pass"),
        ("def f():\n    g()", "g() -> pass"),
        ("async def f():\n    await g()", "await g() -> pass"),
        ("def f():\n    a += b", "a += b -> a -= b"),
        ("if f(a):\n    pass", "f(a) -> not f(a)"),
    ],
)
def test_a_kind_of_fault_is_found(code, fault):
    """Each kind of small mistake is among the faults."""
    assert fault in wrong(code)


@pytest.mark.parametrize(
    "code",
    [
        '"""A docstring."""',
        "import a",
        "__all__ = ['a' + 'b']",
        "def f():\n    log.info('x', 1)",
        "assert a == b",
        "x: Literal[1]",
        "@cache(maxsize=1)\ndef f(): ...",
    ],
)
def test_what_decides_nothing_gets_no_fault(code):
    """Texts for people, annotations and imports are left alone."""
    assert not wrong(code)


def test_a_fault_changes_the_tree_it_was_found_in():
    """Put in, a fault is the code that it says, and nothing else is changed."""
    tree = ast.parse("x = a == b\ny = c == d")
    (fault, _) = find_faults(tree, "m.py")
    fault.put_in()
    assert ast.unparse(tree) == "x = a != b\ny = c == d"


CHECKING = """
from novelai.server.model.budget import Budget, Price, refusal

def test_unknown():
    none = {"day": None, "week": None, "month": None}
    used = {"day": 0, "week": 0, "month": 0}
    budget, price = Budget(windows=none), Price(anlas=None)
    refused = refusal(budget, price, model=None, used=used, allowance_used=0)
    assert refused.code == "price_unknown"
"""
BLIND = "import novelai.server.model.budget\n\ndef test_nothing(): pass\n"
PROGRAM = """
import sys
from mutants.run import Task, load_faults, run_all

tree, found = load_faults("server/model/budget.py")
fault = next(fault for fault in found if fault.before == "price.anlas is None")
tasks = [Task(fault, [sys.argv[1]], 100)]
print([result.noticed_by for result in run_all(tasks, {fault.module: tree}, workers=1)])
"""


@pytest.mark.parametrize(
    ("test", "noticed"), [(CHECKING, True), (BLIND, False)], ids=["checking", "blind"]
)
def test_a_fault_is_noticed_or_not(tmp_path, test, noticed):
    """A fault in a module meets the tests that it is given; what they say is what is told."""
    path = tmp_path / "test_it.py"
    path.write_text(test, "utf-8")
    # A process of its own: this one has loaded what is changed.
    command = [sys.executable, "-c", PROGRAM, str(path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (noticed_by,) = ast.literal_eval(answer)
    assert noticed_by.endswith("test_unknown") if noticed else noticed_by == ""


def test_the_table_names_what_exists():
    """Each module and each test of the table is there, and each harmless fault can be put in."""
    for tests in TARGETS.values():
        assert all((ROOT / test).exists() for test in tests)
    names = {fault.name for module in TARGETS for fault in load_faults(module)[1]}
    assert read_harmless().keys() <= names
