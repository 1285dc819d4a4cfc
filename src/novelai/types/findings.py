"""What a check found wrong, field by field, and the error that names all of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from novelai import errors

__all__ = [
    "Problems",
    "Whole",
    "invalid_params",
    "is_refusal",
    "lines_of",
    "meant",
    "problems_of",
]

_FOUND = "invalid"
"""pydantic's name for the kind of finding that `Problems` collects."""


class InvalidParamsError(
    errors.InvalidParamsError,
    ValidationError,  # pyright: ignore[reportGeneralTypeIssues] # pyrefly: ignore - final in its stub alone
):
    """`novelai.InvalidParamsError` for those, too, who expect the error of pydantic.

    Its ``errors()`` hold no input: what was typed is private.
    """

    # Called by pydantic, by way of `from_exception_data`; the findings are in place already.
    def __init__(self, *_: object) -> None:
        super().__init__(problems_of(self))

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.problems!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        found = self.errors(include_url=False, include_input=False)
        return _make_error, (self.title, found), self.__dict__


def invalid_params(error: ValidationError, cls: type[BaseModel]) -> errors.InvalidParamsError:
    """Return the error for what a validation of a class found; it is pydantic's error as well."""
    found = error.errors(include_url=False, include_input=False)
    return _make_error(
        error.title, [{**one, "msg": one["msg"] + _meant_field(one, cls)} for one in found]
    )


def problems_of(
    error: ValidationError, cls: type[BaseModel] | None = None
) -> list[tuple[str, str]]:
    """Field and sentence of everything a validation found; of a class, with names that are near."""
    return [
        (".".join(str(part) for part in found["loc"]), found["msg"] + _meant_field(found, cls))
        for found in error.errors(include_url=False, include_input=False)
    ]


def lines_of(found: Iterable[Any]) -> list[InitErrorDetails]:
    """Return what `ValidationError.errors` told in a form from which an error can be made again."""
    return [
        InitErrorDetails(
            type=PydanticCustomError(one["type"], _as_template(one["msg"]), one.get("ctx")),  # pyright: ignore[reportArgumentType]
            loc=one["loc"],
            input=None,
        )
        for one in found
    ]


def _make_error(title: str, found: Iterable[Any]) -> Any:
    return InvalidParamsError.from_exception_data(title, lines_of(found), hide_input=True)


def meant(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about a name that is near to a known one; empty if none is."""
    near = get_close_matches(name.lower(), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def is_refusal(error: errors.InvalidParamsError) -> bool:
    """Tell whether each field is right by itself: what is wrong is the model, or the whole."""
    return isinstance(error, ValidationError) and all(
        found["type"] == _FOUND for found in error.errors(include_url=False, include_input=False)
    )


class Problems:
    """Collects findings about several fields, then raises them as one validation error."""

    def __init__(self) -> None:
        self._found: list[InitErrorDetails] = []

    def add(self, field: str, sentence: str) -> None:
        """Note what is wrong with a field; dots separate nested names."""
        self._found.append(
            InitErrorDetails(
                type=PydanticCustomError(_FOUND, _as_template(sentence)),  # pyright: ignore[reportArgumentType]
                loc=tuple(field.split(".")),
                input=None,
            )
        )

    def raise_found(self, title: str) -> None:
        """Raise one error with everything that was noted, if anything was."""
        if self._found:
            raise ValidationError.from_exception_data(title, self._found, hide_input=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """How a whole is checked although some of its fields are wrong: without those.

    Attributes:
        reads: which other fields are looked at by what complains of a field; if one of them is
            wrong, the complaint is none. Those under ``""`` are looked at by everything.
        stand_ins: values in place of fields that cannot be left out.
    """

    reads: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    stand_ins: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def further_lines(
        self, cls: type[BaseModel], data: Mapping[str, Any], error: ValidationError
    ) -> list[InitErrorDetails]:
        """Return what is wrong besides the fields that a validation refused one by one."""
        wrong = {str(found["loc"][0]) for found in error.errors() if found["loc"]}
        if wrong & self.reads.get("", frozenset()):
            return []
        sound = {name: value for name, value in data.items() if name not in wrong}
        sound |= {name: value for name, value in self.stand_ins.items() if name in wrong}
        if len(sound) == len(data) and all(data.get(name) is sound[name] for name in sound):
            return []  # nothing was left out: what is wrong is no field
        try:
            cls.__pydantic_validator__.validate_python(sound)
        except ValidationError as further:
            return [line for line in lines_of(further.errors()) if self._stands(line, wrong)]
        except Warning:  # a program that takes warnings for errors; the fields come first
            pass
        return []

    def _stands(self, line: InitErrorDetails, wrong: set[str]) -> bool:
        kind, name = line["type"], (line.get("loc") or ("",))[0]
        is_found = isinstance(kind, PydanticCustomError) and kind.type == _FOUND
        return is_found and name not in wrong and not wrong & self.reads.get(str(name), frozenset())


def _as_template(sentence: str) -> Any:
    """Return a sentence as the template of a message: braces in it would be taken for fields."""
    return sentence.replace("{", "(").replace("}", ")")


def _meant_field(found: Any, cls: type[BaseModel] | None) -> str:
    if found["type"] != "extra_forbidden" or cls is None:
        return ""
    *path, name = found["loc"]
    models = [cls]
    for part in path:
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        # An index, or the name of an alternative, stays with the same models.
        models = [model for one in fields for model in _models_in(one.annotation)] or models
    return meant(str(name), [name for model in models for name in model.model_fields])


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
