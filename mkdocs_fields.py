"""Documentation only: fields of the parameter models as the parameters of their classes.

The documentation is made from the source without running it, so nobody tells it that pydantic
makes an ``__init__`` of the fields.
"""

from typing import Any

from griffe import Attribute, Class, Expr, Extension, Function, Module, Parameter, ParameterKind
from griffe import Parameters as Signature

PARAMS = "novelai.types.base.Params"


class ModelFields(Extension):
    """Gives each subclass of `Params` the ``__init__`` that pydantic gives it."""

    def on_package(self, *, pkg: Module, **_kwargs: Any) -> None:
        """Go through everything that was read."""
        self._visit(pkg)

    def _visit(self, place: Module | Class) -> None:
        for member in list(place.members.values()):
            if member.is_alias:
                continue
            if isinstance(member, Class) and PARAMS in {base.path for base in member.mro()}:
                _add_init(member)
            elif isinstance(member, Module):
                self._visit(member)


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
    """``Annotated[int, Between(1, 50)]`` without what is only for pydantic."""
    left = getattr(annotation, "left", None)
    if getattr(left, "name", None) == "Annotated":
        return annotation.slice.elements[0]
    if isinstance(annotation, Expr) and hasattr(annotation, "right"):
        annotation.left, annotation.right = _plain(annotation.left), _plain(annotation.right)
    return annotation


def _default(field: Attribute) -> Any:
    value: Any = field.value
    if getattr(getattr(value, "function", None), "name", None) != "Field":
        return value
    for argument in value.arguments:
        if getattr(argument, "name", None) == "default":
            return argument.value
    return None
