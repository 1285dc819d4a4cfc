"""
Write the resources of `AsyncNovelAI` from those of `NovelAI`, which are written by hand.

    python scripts/make_async.py           write src/novelai/_resources/async_*.py
    python scripts/make_async.py --check   name those that differ, and write nothing

A method that gives a result becomes a coroutine; one that gives a stream, a batch or a plan stays
as it is, and so does a property. Calls of the driver that give a result are awaited, and so are
calls of such a method of the same class, and reading a stream to its end.
"""

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

FOLDER = Path(__file__).parents[1] / "src" / "novelai" / "_resources"

NAMES = {
    "Batch": "AsyncBatch",
    "EventStream": "AsyncEventStream",
    "SyncDriver": "AsyncDriver",
    "raw": "async_raw",
}
"""Names from other modules; a module's own classes get ``Async`` in front."""

PHRASES = {
    "for programs that wait": "for programs on an event loop",
    "`NovelAI.login`": "`AsyncNovelAI.login`",
}
"""Wording of docstrings."""

ANSWERING = frozenset({"run", "run_generation", "final"})
"""Methods of a driver, or of a stream, that give a result."""

HEADER = "# Made from {source} by scripts/make_async.py: change that file, then run the script.\n"

Edit: TypeAlias = tuple[int, int, str]
"""Where in the text something begins and ends, and what stands there instead."""


def async_source(source: str, name: str) -> str:
    """Return the asynchronous half of a module.

    Args:
        source: the module.
        name: its file's name, for the first line.
    """
    tree = ast.parse(source)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    names = NAMES | {cls.name: f"Async{cls.name}" for cls in classes}
    edits = [*_renamings(source, starts, names)]
    for cls in classes:
        edits += _awaits(cls, starts)
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return _format(HEADER.format(source=name) + source)


def _renamings(source: str, starts: Sequence[int], names: dict[str, str]) -> Iterator[Edit]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        if token.type == tokenize.NAME:
            text = names.get(text, text)
        elif token.type == tokenize.STRING:
            # A name in `__all__` is a whole literal.
            text = f'"{names[text[1:-1]]}"' if text[1:-1] in names else _reword(text)
        if text != token.string:
            (line, column), (end_line, end_column) = token.start, token.end
            yield starts[line - 1] + column, starts[end_line - 1] + end_column, text


def _reword(text: str) -> str:
    for phrase, other in PHRASES.items():
        text = text.replace(phrase, other)
    return text


def _awaits(cls: ast.ClassDef, starts: Sequence[int]) -> Iterator[Edit]:
    """Yield what makes coroutines of methods, and awaits what they call."""
    methods = [node for node in cls.body if isinstance(node, ast.FunctionDef) and _answers(node)]
    calls = {f"self.{node.name}" for node in methods}
    for method in methods:
        yield _insertion(starts, method.lineno, method.col_offset, "async ")
        looked_into = {node.value for node in ast.walk(method) if isinstance(node, ast.Attribute)}
        for node in ast.walk(method):
            if isinstance(node, ast.Call) and _is_answer(node.func, calls):
                assert node.end_lineno is not None
                assert node.end_col_offset is not None
                within = node in looked_into
                before = "(await " if within else "await "
                yield _insertion(starts, node.lineno, node.col_offset, before)
                if within:
                    yield _insertion(starts, node.end_lineno, node.end_col_offset, ")")


def _is_answer(called: ast.expr, calls: Collection[str]) -> bool:
    """Return whether a call gives a result: of a driver or a stream, or of a method among these."""
    answering = isinstance(called, ast.Attribute) and called.attr in ANSWERING
    return answering or ast.unparse(called) in calls


def _answers(method: ast.FunctionDef) -> bool:
    returns = ast.unparse(method.returns).strip("'") if method.returns else ""
    decorated = any(ast.unparse(one) != "overload" for one in method.decorator_list)
    stays = method.name == "__init__" or decorated
    return not stays and not returns.startswith(("EventStream[", "Batch", "SeriesPlan"))


def _insertion(starts: Sequence[int], line: int, column: int, text: str) -> Edit:
    place = starts[line - 1] + column
    return place, place, text


def _format(source: str) -> str:
    name = str(FOLDER / "async_image.py")  # no file is read: the name leads to the settings
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", name, "-"]
    return subprocess.run(
        command, input=source, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


def halves(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each asynchronous file of a folder, and what it has to hold."""
    for path in sorted(folder.glob("[!_]*.py")):
        if not path.name.startswith("async_"):
            text = async_source(path.read_text("utf-8"), path.name)
            yield path.with_name(f"async_{path.name}"), text


def main(arguments: Sequence[str], folder: Path = FOLDER) -> int:
    """Write the files that differ, or with ``--check`` name them; return the exit code."""
    differing = [
        (path, text)
        for path, text in halves(folder)
        if not path.exists() or path.read_text("utf-8") != text
    ]
    if "--check" not in arguments:
        for path, text in differing:
            path.write_text(text, "utf-8")
        return 0
    for path, _ in differing:
        print(f"{path.name} differs from {path.name.removeprefix('async_')}.")
    if differing:
        print(f"Run: {sys.executable} scripts/make_async.py")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
