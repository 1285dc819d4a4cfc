"""Plain words: functions are named for what they do or are, docstrings say it in the imperative."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
MOST = 0.02
"""Of all functions, and of all their docstrings: a good one may be named against the rule."""

PARTICIPLES = frozenset(
    """
    begun bought brought built chosen drawn found given handed held kept known left lost made paid
    put said seen sent shown spoken sworn taken thrown told worn written
    """.split()
)
"""Those that do not end in ``ed``."""
VERBS_AND_NOUNS = frozenset(
    "bed embed exceed feed need proceed red seed shed speed succeed".split()
)
"""These end in ``ed`` and are none."""
QUESTIONS = frozenset("How What When Where Whether Which Who Whose Why".split())
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Function:
    file: str
    line: int
    name: str
    doc: str
    is_property: bool

    @property
    def is_participle(self) -> bool:
        """Tell whether its name begins with a word for what was done to something."""
        first = self.name.strip("_").partition("_")[0]
        regular = first.endswith("ed") and first not in VERBS_AND_NOUNS
        return not self.is_property and (regular or first in PARTICIPLES)

    @property
    def asks(self) -> bool:
        """Tell whether its docstring opens with a question."""
        first = WORD.search(self.doc)
        return first is not None and first[0] in QUESTIONS


def functions_in(text: str, file: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = {ast.unparse(one).rpartition(".")[2] for one in node.decorator_list}
            yield Function(
                file=file,
                line=node.lineno,
                name=node.name,
                doc=ast.get_docstring(node) or "",
                is_property=not decorators.isdisjoint({"property", "cached_property"}),
            )


def functions() -> list[Function]:
    return [
        function
        for path in sorted(SOURCE.rglob("*.py"))
        for function in functions_in(path.read_text("utf-8"), str(path.relative_to(SOURCE)))
    ]


def judge(guilty: list[Function], all_of_them: list[Function]) -> str:
    """Return nothing while few are guilty, else their share, the worst files and each name."""
    share = len(guilty) / max(len(all_of_them), 1)
    if share <= MOST:
        return ""
    files = Counter(one.file for one in guilty)
    named = sorted(guilty, key=lambda one: (-files[one.file], one.file, one.line))
    head = f"{len(guilty)} of {len(all_of_them)}, {share:.1%}; at most {MOST:.0%}"
    return "\n".join((head, *(f"{one.file}:{one.line} {one.name}" for one in named)))


def test_functions_are_named_by_verbs_and_nouns() -> None:
    """At most two in a hundred are named by a participle; a property may be, for it is a state."""
    found = functions()
    assert len(found) > 1000
    assert judge([one for one in found if one.is_participle], found) == ""


def test_docstrings_say_rather_than_ask() -> None:
    """At most two in a hundred docstrings open with a question word."""
    found = [one for one in functions() if one.doc]
    assert len(found) > 500
    assert judge([one for one in found if one.asks], found) == ""


EXAMPLE = """
def worded(): "What is told."
def _told(): "``Whether`` it was."
async def brought_back(): "Bring it back."
def embed(): "Embed it."
def need(): "Whatever is needed."
def send(): pass
class A:
    @property
    def closed(self): "Who closed it."
    @functools.cached_property
    def made(self): "Why."
    @closed.setter
    def closed(self, value): "Set it."
"""


def test_what_is_a_participle_and_a_question() -> None:
    """The rule takes each of these for what it is, and names file, line and function."""
    found = list(functions_in(EXAMPLE, "a.py"))
    guilty = [one for one in found if one.is_participle]
    assert [one.name for one in guilty] == ["worded", "_told", "brought_back", "closed"]
    assert [one.name for one in found if one.asks] == ["worded", "_told", "closed", "made"]
    assert judge(guilty, found).splitlines() == [
        "4 of 9, 44.4%; at most 2%",
        "a.py:2 worded",
        "a.py:3 _told",
        "a.py:4 brought_back",
        "a.py:14 closed",
    ]


@pytest.mark.parametrize(("count", "lines"), [(0, 0), (2, 0), (3, 4)])
def test_the_limit(count: int, lines: int) -> None:
    """Two of a hundred are let through, three are not."""
    one = Function(file="b.py", line=1, name="told", doc="", is_property=False)
    assert len(judge([one] * count, [one] * 100).splitlines()) == lines


def test_the_worst_file_comes_first() -> None:
    """Whoever has to mend it begins where most is to be done."""
    files = ["a.py", "c.py", "b.py", "c.py"]
    guilty = [
        Function(file=file, line=line, name="told", doc="", is_property=False)
        for line, file in enumerate(files)
    ]
    _, *named = judge(guilty, guilty).splitlines()
    assert named == ["c.py:1 told", "c.py:3 told", "a.py:0 told", "b.py:2 told"]


RETIRED = frozenset(
    """
    desk hindrance hindrances intake lanes reception telling ticket tickets visit visits wish wishes
    """.split()
)
"""Words of our own that have plain ones now; the glossary of the documentation has those."""
OF_THE_SERVER = RETIRED | {"board", "news", "room", "rooms", "several"}
"""Elsewhere these mean what they say: a drawing has a room, and a text has room for more."""


def words_of(name: str) -> set[str]:
    """Take a name apart: ``_find_ticketHolder`` holds four words."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_retired_words_stay_away():
    """No module, class, function, parameter or variable is called by a word of our own."""
    guilty: set[str] = set()
    for path in sorted(SOURCE.rglob("*.py")):
        names = {path.stem}
        retired = OF_THE_SERVER if "server" in path.relative_to(SOURCE).parts else RETIRED
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
        guilty |= {f"{path.name}: {name}" for name in names if words_of(name) & retired}
    assert guilty == set()
