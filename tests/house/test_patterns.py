"""Every regular expression of the package reads hostile text in time that grows with its length."""

import ast
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import novelai

PACKAGE = Path(novelai.__file__).parent
RUNS_AT_IMPORT = (
    "novelai.__main__",
    "novelai.emulator.pytest_plugin",
    "novelai.server.storage.migrations",
)
METHODS = ("search", "match", "fullmatch", "findall", "finditer", "sub", "split")
ANCHORED = frozenset({"match", "fullmatch"})
SHORT, LONG = 500, 2_000
QUADRATIC = re.compile(r"<img\b[^>]*>")
"""The steep pattern that reads the longer text in the least time."""

STEEP = 8.0
"""Four times the text: a linear expression takes 4 times as long, a quadratic one 16 times."""

LONGER, STEEPER = 16, 64.0
"""The same for a second look: 16 against 256 times."""

FROZEN = 0.1
"""Seconds for the shorter text that need no comparison."""

NARROW = 100
"""A pattern that matches at most so many characters looks at each place for a bounded time."""

COMMON = (
    " ", "\n", "a", "a ", "1", ".", ",", ":", "-", "_", "/", "|", "||", "=", ";", "+", "\\", '"',
    "'", "!", "![", "[", "]", "](", "(", ")", "((", "{", "}", "<", ">", "<img ", "&", "%", "@", "é",
)  # fmt: skip
ENDINGS = ("", "\x00", "\n\x00")
OTHERS = (".", "-", " ", "a", ":", '"', "\\", "(")


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages([str(PACKAGE)], "novelai."):
        if not found.name.startswith(RUNS_AT_IMPORT):
            yield found.name


def patterns_in(value: object, depth: int = 3) -> Iterator[re.Pattern[str]]:
    """The compiled patterns in a value: itself, in its members, in a class's attributes."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        yield from itertools.chain(*(patterns_in(one, depth - 1) for one in value.values()))
    elif depth and isinstance(value, list | tuple | set | frozenset):
        yield from itertools.chain(*(patterns_in(one, depth - 1) for one in value))
    elif depth and isinstance(value, type):
        yield from itertools.chain(*(patterns_in(one, 1) for one in vars(value).values()))


def all_patterns() -> dict[str, re.Pattern[str]]:
    """By the first name under which each is found."""
    found: dict[str, re.Pattern[str]] = {}
    for module in sorted(modules()):
        for name, value in vars(importlib.import_module(module)).items():
            own = getattr(value, "__module__", module) == module
            if isinstance(value, type) and not own:
                continue
            for place, pattern in enumerate(patterns_in(value)):
                if all(pattern is not other for other in found.values()):
                    found[f"{module}.{name}[{place}]"] = pattern
    return found


def uses_of(names: Iterable[str]) -> dict[str, set[str]]:
    """The methods that are called of each pattern, by its name; all kinds when it is not clear."""
    found: dict[str, set[str]] = {}
    form = re.compile(rf"\b(\w+)\.({'|'.join(METHODS)})\(")
    for path in PACKAGE.rglob("*.py"):
        for match in form.finditer(path.read_text("utf-8")):
            found.setdefault(match[1], set()).add(match[2])
    plain = {name: name.rpartition(".")[2].partition("[")[0] for name in names}
    return {name: found.get(plain[name]) or set(METHODS) for name in names}


def pieces_of(pattern: re.Pattern[str]) -> list[str]:
    """Literal texts of a pattern, and a member of each of its sets."""
    return list(dict.fromkeys(text for text in _literals(_parsed(pattern)) if text))


def _parsed(pattern: re.Pattern[str]) -> object:
    return re._parser.parse(pattern.pattern, pattern.flags)  # type: ignore[attr-defined]


def _literals(parsed: Iterable[tuple[object, object]]) -> Iterator[str]:
    run = ""
    for kind, value in parsed:
        if str(kind) == "LITERAL":
            run += chr(value)
            continue
        yield run
        run = ""
        yield from _inside(str(kind), value)
    yield run


def _inside(kind: str, value: object) -> Iterator[str]:
    if kind == "IN":
        yield from (chr(one) for name, one in value if str(name) == "LITERAL")
        yield from (chr(one[0]) for name, one in value if str(name) == "RANGE")
    elif kind == "BRANCH":
        for branch in value[1]:
            yield from _literals(branch)
    elif kind in ("SUBPATTERN", "MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT", "ATOMIC_GROUP"):
        yield from _literals(value if kind == "ATOMIC_GROUP" else value[-1])


@dataclass(frozen=True)
class Attack:
    """What to begin with, what to repeat, and what to end with."""

    front: str
    piece: str
    ending: str

    def text(self, length: int) -> str:
        return self.front + self.piece * (length // len(self.piece)) + self.ending


def attacks_on(pattern: re.Pattern[str]) -> Iterator[Attack]:
    own = pieces_of(pattern)
    for piece in dict.fromkeys((*COMMON, *own)):
        yield from (Attack("", piece, ending) for ending in ENDINGS)
    for front, piece in itertools.product(own, dict.fromkeys((*own, *OTHERS))):
        yield Attack("", front + piece, "")
        yield Attack(front, piece, "\x00")
    if own:
        yield Attack("", "".join(own), "")
        yield Attack("", "x".join(own), "\x00")


def seconds(work: Callable[[str], object], text: str, times: int) -> float:
    """The least processor time of this thread for it: whoever else works does not count."""
    least = float("inf")
    for _ in range(times):
        before = time.thread_time()
        work(text)
        least = min(least, time.thread_time() - before)
    return least


@cache
def noticed() -> float:
    """Seconds below which the longer text is never suspicious, on this machine."""
    text = "<img" * (LONG // 4)
    return seconds(lambda text: sum(1 for _ in QUADRATIC.finditer(text)), text, 20) / 2


def works(pattern: re.Pattern[str], uses: set[str]) -> Iterator[Callable[[str], object]]:
    fed: Callable[[str], Any] = str.encode if isinstance(pattern.pattern, bytes) else str
    if uses - ANCHORED:
        yield lambda text: sum(1 for _ in pattern.finditer(fed(text)))
    if "fullmatch" in uses:
        yield lambda text: pattern.fullmatch(fed(text))
    if "match" in uses:
        yield lambda text: pattern.match(fed(text))


def steep(pattern: re.Pattern[str], uses: set[str]) -> Attack | None:
    """Texts that take more than their length's share."""
    if _parsed(pattern).getwidth()[1] <= NARROW:
        return None
    attempts = itertools.product(works(pattern, uses), attacks_on(pattern))
    return next((attack for work, attack in attempts if is_steep(work, attack)), None)


def is_steep(work: Callable[[str], object], attack: Attack) -> bool:
    short, long = attack.text(SHORT), attack.text(LONG)
    if seconds(work, short, 1) > FROZEN and seconds(work, short, 3) > FROZEN:
        return True
    if seconds(work, long, 1) < noticed():
        return False
    took = seconds(work, long, 5)
    if took < noticed() or took < STEEP * seconds(work, short, 9):
        return False
    return seconds(work, attack.text(SHORT * LONGER), 3) > STEEPER * seconds(work, short, 20)


def test_no_pattern_grows_faster_than_its_text():
    """Four times the text takes about four times as long, for every pattern of the package."""
    found = all_patterns()
    assert len(found) > 40
    uses = uses_of(found)
    guilty = {name: steep(pattern, uses[name]) for name, pattern in found.items()}
    assert {name: attack for name, attack in guilty.items() if attack} == {}


@pytest.mark.parametrize(
    "form",
    [r"\s*[a-z]+:", r"!\[[^\]]*\]\(", QUADRATIC.pattern, r"\bey[\w-]+\."],
)
def test_a_steep_pattern_is_noticed(form):
    """A pattern that looks at the same text again and again is found out."""
    assert steep(re.compile(form), set(METHODS))


def test_patterns_are_constants():
    """Each expression is compiled once, at the top of a module, where the test above finds it."""
    inline = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        inline += [
            f"{path.relative_to(PACKAGE)}:{node.lineno} re.{node.func.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in (*METHODS, "subn")
        ]
    assert inline == []
