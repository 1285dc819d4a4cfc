"""Documentation only: signatures as a reader wants them.

The documentation is made from the source without running it, so nobody tells it that pydantic
makes an ``__init__`` of the fields, and what the names of types and of defaults stand for.
"""

from typing import Any

from griffe import (
    AliasResolutionError,
    Attribute,
    Class,
    Expr,
    ExprName,
    Extension,
    Function,
    Module,
    Parameter,
    ParameterKind,
)
from griffe import Parameters as Signature

PARAMS = "novelai.types.base.Params"
OURS = "novelai."


class ModelFields(Extension):
    """Gives each subclass of `Params` its ``__init__``, and plain types to all parameters."""

    def on_package(self, *, pkg: Module, **_kwargs: Any) -> None:
        """Go through everything that was read."""
        self._visit(pkg)

    def _visit(self, place: Module | Class) -> None:
        for member in list(place.members.values()):
            if member.is_alias:
                continue
            if isinstance(member, Class) and PARAMS in {base.path for base in member.mro()}:
                _add_init(member)
            if isinstance(member, Module | Class):
                self._visit(member)
            elif isinstance(member, Function):
                for parameter in member.parameters:
                    parameter.annotation = _plain(parameter.annotation)
                    parameter.default = _spelt(parameter.default)


def _add_init(model: Class) -> None:
    fields: dict[str, Any] = {}
    for cls in [*reversed(model.mro()), model]:
        fields |= {name: member for name, member in cls.members.items() if _is_field(member)}
    parameters = [
        Parameter(
            name,
            kind=ParameterKind.keyword_only,
            annotation=_plain(field.annotation),
            default=_default(field),
        )
        for name, field in fields.items()
    ]
    init = Function("__init__", parameters=Signature(Parameter("self"), *parameters))
    model.set_member("__init__", init)


def _is_field(member: Any) -> bool:
    if not isinstance(member, Attribute) or member.is_private or "property" in member.labels:
        return False
    return member.annotation is not None and member.name != "model_config"


def _plain(annotation: Any) -> Any:
    """Spell a type out: what its name stands for, without what is only for pydantic."""
    left = getattr(annotation, "left", None)
    if getattr(left, "name", None) == "Annotated":
        return _plain(annotation.slice.elements[0])
    if isinstance(annotation, Expr) and hasattr(annotation, "right"):
        annotation.left, annotation.right = _plain(annotation.left), _plain(annotation.right)
    named = _constant(annotation)
    return annotation if named is None else _plain(named)


def _spelt(default: Any) -> Any:
    """Return the value of a default that is a named constant."""
    named = _constant(default)
    return default if named is None else named


def _constant(name: Any) -> Any:
    """Return what a name of this package was assigned, or nothing when it is no constant."""
    if not isinstance(name, ExprName) or not name.canonical_path.startswith(OURS):
        return None
    scope: Any = name.parent
    try:
        found = scope.modules_collection[name.canonical_path]
        target = found.final_target if found.is_alias else found
    except (AliasResolutionError, AttributeError, KeyError):
        return None
    return target.value if isinstance(target, Attribute) else None


def _default(field: Attribute) -> Any:
    value: Any = field.value
    if getattr(getattr(value, "function", None), "name", None) != "Field":
        return _spelt(value)
    for argument in value.arguments:
        if getattr(argument, "name", None) == "default":
            return argument.value
    return None
