"""Who uses what a module promises in `__all__`."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

DOCUMENTED = re.compile(r"^::: (novelai[\w.]*)", re.MULTILINE)
IMPORTED = re.compile(r"from (novelai[\w.]*) import (?:\(([^)]*)\)|([\w, ]+))")
MENTIONED = re.compile(r"\b(novelai(?:\.\w+)+)(?::(\w+))?")


@dataclass(frozen=True)
class Module:
    """A module of the package."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def promised(self) -> list[str]:
        """The names in `__all__`."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                return [ast.literal_eval(name) for name in node.value.elts]
        return []

    @property
    def own_uses(self) -> set[str]:
        """The names that the module reads itself."""
        names = (node for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        return {node.id for node in names if isinstance(node.ctx, ast.Load)}

    @property
    def defined(self) -> set[str]:
        """The names that come from no other module."""
        imports = (node for node in self.tree.body if isinstance(node, ast.ImportFrom))
        taken = {alias.asname or alias.name for node in imports for alias in node.names}
        return set(self.promised) - taken


def unused(modules: Mapping[str, Module], texts: Iterable[str], *, inside: str = "") -> list[str]:
    """Return the promised names that no other module uses and no text for people names.

    Args:
        modules: all modules by their names.
        texts: documentation, programs to read, and the package's entry points.
        inside: a package whose modules may promise what only they use themselves.
    """
    used = {use for module in modules.values() for use in uses_of(module, modules)}
    for module in modules.values():
        if inside and module.name.startswith(f"{inside}."):
            used |= {f"{module.name}.{name}" for name in module.own_uses}
    for text in texts:
        used |= set(named_in(text, modules))
    return sorted(
        f"{module.name}.{name}"
        for module in modules.values()
        if not is_public(module)
        for name in module.promised
        if f"{module.name}.{name}" not in used
    )


def is_public(module: Module) -> bool:
    """Return whether a package's own names are what people import."""
    return module.is_package and not any(part.startswith("_") for part in module.name.split("."))


def uses_of(module: Module, modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the full names that a module takes from others."""
    nodes = list(ast.walk(module.tree))
    yield from (full for _, full in imports_in(nodes))
    bound = {name: full for name, full in imports_in(nodes) if full in modules}
    looked_into = {node.value for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            if head in bound:
                yield f"{bound[head]}.{rest}"
        elif isinstance(node, ast.Name) and node.id in bound and node not in looked_into:
            # The module itself is handed on: whoever gets it takes what it promises.
            yield from promises_of(modules[bound[node.id]])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Servers and the like are given `module:name`.
            yield from (f"{found[1]}.{found[2]}" for found in MENTIONED.finditer(node.value))


def imports_in(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield what is imported: by which name, and its full one."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first


def promises_of(module: Module | None) -> list[str]:
    """Return the full names that a module promises."""
    return [f"{module.name}.{name}" for name in module.promised] if module else []


def named_in(text: str, modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the full names in a text for people."""
    for found in DOCUMENTED.finditer(text):
        yield from promises_of(modules.get(found[1]))
    for found in IMPORTED.finditer(text):
        names = (found[2] or found[3]).replace("\n", " ").split(",")
        yield from (f"{found[1]}.{name.split(' as ')[0].strip()}" for name in names)
    for found in MENTIONED.finditer(text):
        yield found[1] + (f".{found[2]}" if found[2] else "")
        # Other names for what is defined elsewhere: naming the module tells of all.
        module = modules.get(found[1])
        if module and not module.defined:
            yield from promises_of(module)
