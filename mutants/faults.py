"""The faults: every place of a module's syntax tree where one small thing can be made wrong.

The patterns are those of mistakes that cost money, leases or secrets: a condition turned round or
left out, a limit off by one, the greater taken for the smaller, a step forgotten, an argument or a
column left out, nothing returned.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Fault", "find_faults"]

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CONDITIONS = {"where", "and_", "or_", "filter"}
"""Calls whose arguments are conditions that hold together."""

CLAUSES = {"where", "with_for_update", "order_by", "limit", "desc", "is_", "is_not", "lower"}
"""Methods that can be left out: what they are called on stands for itself."""

TWINS = {"max": "min", "min": "max", "any": "all", "all": "any"}
QUIET = {"log", "logger", "warnings"}
"""Objects whose calls tell somebody something and decide nothing."""


@dataclass(frozen=True, eq=False)
class Fault:
    """One thing that can be made wrong.

    Attributes:
        module: the file, from `src/novelai` on.
        function: the function or class it stands in; empty at module level.
        line: where it stands.
        before: the code that is right.
        after: the code that takes its place.
    """

    module: str
    function: str
    line: int
    before: str
    after: str
    _holder: Any
    _field: str
    _index: int | None
    _wrong: Any

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.function}: {self.before}  ->  {self.after}"

    @property
    def name(self) -> str:
        """The fault without its line, which moves."""
        return f"{self.module} {self.function}: {self.before} -> {self.after}"

    def put_in(self) -> None:
        """Change the syntax tree that the fault was found in."""
        if self._index is None:
            setattr(self._holder, self._field, self._wrong)
        else:
            getattr(self._holder, self._field)[self._index] = self._wrong


def find_faults(tree: ast.Module, module: str) -> list[Fault]:
    """Return all faults of a module, in the order of its lines."""
    found = list(_Finder(module).walk(tree))
    return sorted(found, key=lambda fault: (fault.line, fault.before, fault.after))


class _Finder:
    def __init__(self, module: str) -> None:
        self._module = module
        self._scopes: list[str] = []

    def walk(self, node: ast.AST) -> Iterator[Fault]:
        """Yield the faults below a node."""
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named:
            self._scopes.append(node.name)
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns", "decorator_list", "type_comment"}:
                continue
            if isinstance(value, list):
                for index, child in enumerate(value):
                    if isinstance(child, ast.AST):
                        yield from self._at(node, field, index, child)
            elif isinstance(value, ast.AST):
                yield from self._at(node, field, None, value)
        if named:
            self._scopes.pop()

    def _at(self, holder: ast.AST, field: str, index: int | None, node: ast.AST) -> Iterator[Fault]:
        if _decides_nothing(node):
            return
        for wrong in _variants(node, field):
            yield Fault(
                module=self._module,
                function=".".join(self._scopes),
                line=getattr(node, "lineno", 0),
                before=_text(node),
                after=_text(wrong),
                _holder=holder,
                _field=field,
                _index=index,
                _wrong=ast.copy_location(wrong, node),
            )
        yield from self.walk(node)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def _decides_nothing(node: ast.AST) -> bool:
    """Recognize docstrings, log calls, imports, assertions for the type checker, and `__all__`."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert):
        return True
    if isinstance(node, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return names == ["__all__"]
    if not isinstance(node, ast.Expr):
        return False
    call = node.value
    return isinstance(call, ast.Constant) or (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in QUIET
    )


def _variants(node: ast.AST, field: str) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a table
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield ast.Pass()
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Delete():
            yield ast.Pass()
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield ast.Return(value=ast.Constant(None))
        case ast.AugAssign(target, op, value) if type(op) in OPERATORS:
            yield ast.AugAssign(target, OPERATORS[type(op)](), value)
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp(op, values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield ast.BoolOp(other, values)
            yield from (_without(node, "values", place) for place in range(len(values)))
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in OPERATORS and not _is_text(node):
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
            if isinstance(op, ast.BitAnd):
                yield from (left, right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Call():
            yield from _calls(node)
        case ast.Dict(keys, values):
            for place in range(len(keys)):
                yield ast.Dict(_less(keys, place), _less(values, place))
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Await() if field == "test":
            yield ast.UnaryOp(ast.Not(), node)
        case _:
            pass
    if field == "test" and isinstance(node, ast.Call | ast.Await):
        yield ast.UnaryOp(ast.Not(), node)


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            ops = [*node.ops]
            ops[place] = other()
            yield ast.Compare(node.left, ops, node.comparators)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    function = node.func
    match function:
        case ast.Name(id=name) if name in TWINS:
            yield ast.Call(ast.Name(TWINS[name], ast.Load()), node.args, node.keywords)
        case ast.Attribute(value=value, attr=attr) if attr in CLAUSES:
            yield value
        case _:
            pass
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called in CONDITIONS and len(node.args) > 1:
        yield from (_without(node, "args", place) for place in range(len(node.args)))
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield ast.Call(function, node.args, _less(node.keywords, place))


def _without(node: Any, field: str, place: int) -> Any:
    """Return a copy of a node that lacks one of its parts."""
    parts = _less(getattr(node, field), place)
    if isinstance(node, ast.BoolOp) and len(parts) == 1:
        return parts[0]
    fields = dict(ast.iter_fields(node))
    return type(node)(**(fields | {field: parts}))


def _less(parts: list[Any], place: int) -> list[Any]:
    return parts[:place] + parts[place + 1 :]


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.BinOp) -> bool:
    """Recognize sums of texts: what they say decides nothing, and minus would be no fault."""
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )
