"""What every parameter model has in common, and the checks of its fields.

Messages name the field, the value and the limit, and quote no prompt.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from operator import is_
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias, TypeVar, cast, get_args

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import (
    CoreSchema,
    InitErrorDetails,
    PydanticCustomError,
    PydanticSerializationError,
    core_schema,
)

from novelai.errors import InvalidParamsError

__all__ = [
    "SEEDS",
    "Between",
    "Kind",
    "Params",
    "Problems",
    "Text",
    "construct",
    "ensure_checked",
    "one_of",
    "params_from",
    "problems_of",
    "seed_at",
]

SEEDS = 2**32
"""How many seeds there are: 0 to 4294967295."""


def seed_at(first: int, place: int) -> int:
    """Return the seed of a further image of the same request: the first one's plus its place."""
    return (first + place) % SEEDS


M = TypeVar("M", bound=BaseModel)
P = TypeVar("P", bound="Params")

PLAIN = frozenset({str, int, float, bool, bytes, type(None)})

SHOWN = 40
"""Longest wrong value that a message shows, in characters."""


class Params(BaseModel):
    """A frozen value; unknown fields are refused, and errors never quote what was typed.

    `replace` makes a checked copy. pydantic's own ways around the checks (`model_copy` with
    ``update``, `model_construct`) give objects that are checked when they are priced or sent.
    """

    # What the validator passed. No field: equality, copies and pickles know nothing of it.
    __slots__ = ("_passed",)

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=False,
    )

    # Of the base class, so it runs before those of others: they may ask for prices already.
    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if type(data) is not dict and isinstance(data, cls):
            return data if _is_intact(data) else type(data).model_validate(_values(data))
        made = handler(data)
        made._remember_values()  # noqa: SLF001 - of this very class
        return made

    def _remember_values(self) -> None:
        """Take what is here for checked; for validators that put values in by themselves."""
        object.__setattr__(self, "_passed", tuple(vars(self).values()))

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values, checked like a new object.

        Args:
            **changes: fields and their new values.

        Raises:
            InvalidParamsError: a value is wrong, or there is no such field.
        """
        kept = {
            name: value
            for name, value in _values(self).items()
            if name not in self._follows() and changes.keys().isdisjoint(self._other_names(name))
        }
        return construct(type(self), {**kept, **changes})

    if not TYPE_CHECKING:  # the signatures stay pydantic's

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """Return the parameters as a document; with ``mode="json"`` pictures are data URLs.

            Raises:
                InvalidParamsError: a picture cannot be read.
            """
            try:
                return super().model_dump(**options)
            except PydanticSerializationError as error:
                raise _unwritable(self, error) from None

        def model_dump_json(self, **options: Any) -> str:
            """Return the parameters as JSON, with their pictures, for `model_validate_json`.

            Raises:
                InvalidParamsError: a picture cannot be read.
            """
            try:
                return super().model_dump_json(**options)
            except PydanticSerializationError as error:
                raise _unwritable(self, error) from None

    def _follows(self) -> Collection[str]:
        """Return the fields whose values come from other fields: a copy gets its own."""
        return ()

    @classmethod
    def _other_names(cls, name: str) -> list[Any]:
        field = cls.model_fields.get(name)
        alias = field.validation_alias if field else None
        return alias.choices if isinstance(alias, AliasChoices) else []


def ensure_checked(params: P) -> P:
    """Return parameters that the validator passed: these, or the same put to it again.

    Raises:
        InvalidParamsError: a value is wrong; every finding is named.
    """
    return params if _is_intact(params) else construct(type(params), _values(params))


def construct(cls: type[M], fields: Mapping[str, Any]) -> M:
    """Return a model made from named values.

    Raises:
        InvalidParamsError: a value is wrong; every finding is named.
    """
    try:
        return cls(**fields)
    except ValidationError as error:
        raise InvalidParamsError(problems_of(error, cls)) from None


def params_from(cls: type[P], params: P | None, fields: Mapping[str, Any]) -> P:
    """Return the object that was given, or one made from keywords.

    Raises:
        InvalidParamsError: a keyword has a wrong value, or an object that nobody checked has.
        TypeError: both or neither were given, or something else.
    """
    if params is not None:
        if fields:
            raise TypeError(f"give a {cls.__name__} or keywords, not both")
        if not isinstance(params, cls):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"give a {cls.__name__}, not a {type(params).__name__}")
        return ensure_checked(params)
    if not fields:
        raise TypeError(f"give a {cls.__name__} or its fields as keywords")
    return construct(cls, fields)


def problems_of(
    error: ValidationError, cls: type[BaseModel] | None = None
) -> list[tuple[str, str]]:
    """Field and sentence of everything a validation found; of a class, with names that are near."""
    return [
        (".".join(str(part) for part in found["loc"]), found["msg"] + _meant(found, cls))
        for found in error.errors()
    ]


@dataclass(frozen=True, slots=True)
class Between:
    """A number's range, both ends included; without an upper end any finite number will do."""

    low: float
    high: float = inf

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        upper = {} if self.high == inf else {"maximum": self.high}
        return {**handler(schema), "minimum": self.low, **upper}

    def check(self, value: float) -> float:
        """Return the value or raise the error that names it."""
        if self.low <= value <= self.high and value != inf:
            return value
        raise PydanticCustomError(
            "out_of_range",
            "must be {low} {upper}, got {value}",
            {
                "low": f"{self.low:g}",
                "upper": "or more" if self.high == inf else f"to {_plain(self.high)}",
                "value": value,
            },
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value must be, in one sentence; pydantic would give one for each alternative."""

    sentence: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.check, handler(source))

    def check(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        """Return the value or raise the error that names it."""
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError(
                "kind",
                "must be {sentence}, got {value}",
                {"sentence": self.sentence, "value": repr(value)[:SHOWN]},
            ) from None


def one_of(literal: Any) -> str:
    """Return the values of a `Literal`, as a sentence lists them."""
    return f"one of {', '.join(get_args(literal))}"


def _sendable(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text", "holds half of a character (a lone surrogate)") from None
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_sendable)]
"""Text that can be sent as UTF-8."""


class Problems:
    """Collects findings about several fields, then raises them as one validation error."""

    def __init__(self) -> None:
        self._found: list[InitErrorDetails] = []

    def add(self, field: str, sentence: str) -> None:
        """Note what is wrong with a field; dots separate nested names."""
        # The sentence is the template of the message: braces in it would be taken for fields.
        text = sentence.replace("{", "(").replace("}", ")")
        self._found.append(
            InitErrorDetails(
                type=PydanticCustomError("invalid", text),  # pyright: ignore[reportArgumentType]
                loc=tuple(field.split(".")),
                input=None,
            )
        )

    def raise_found(self, title: str) -> None:
        """Raise one error with everything that was noted, if anything was."""
        if self._found:
            raise ValidationError.from_exception_data(title, self._found, hide_input=True)


def _is_intact(params: Params) -> bool:
    """Return true if all that is here came out of the validator."""
    values = tuple(vars(params).values())
    passed: tuple[Any, ...] = getattr(params, "_passed", ())
    return (
        len(passed) == len(values)
        and all(map(is_, passed, values))
        and all(map(_is_intact, _parts(values)))
    )


def _values(params: Params) -> dict[str, Any]:
    """Return what was set, by name."""
    defaults = type(params).model_fields
    follows = params._follows()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this file
    return {
        name: value
        for name, value in vars(params).items()
        # A value that was put in past the validator need not be among the fields set.
        if name in params.model_fields_set
        or name not in defaults
        or (value is not defaults[name].default and name not in follows)
    }


def _unwritable(params: Params, error: PydanticSerializationError) -> Exception:
    """Return the error that names the picture for which there is no JSON, if it is that."""
    for name, value in vars(params).items():
        members = {name: value}
        if isinstance(value, tuple):
            listed = enumerate(cast("tuple[Any, ...]", value))
            members = {f"{name}.{place}": member for place, member in listed}
        for path, member in members.items():
            try:
                if isinstance(member, Params):
                    member.model_dump(mode="json")
                else:
                    params.__pydantic_serializer__.to_python(params, mode="json", include={name})
            except InvalidParamsError as found:
                return InvalidParamsError([(f"{path}.{at}", text) for at, text in found.problems])
            except PydanticSerializationError as found:
                cause = found.__cause__
                if isinstance(cause, InvalidParamsError):
                    return InvalidParamsError([(name, text) for _, text in cause.problems])
    return error


def _parts(values: tuple[Any, ...]) -> Iterator[Params]:
    for value in values:
        if type(value) in PLAIN:  # most are, and pydantic's own instance check is slow
            continue
        if isinstance(value, Params):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _parts(tuple(cast("tuple[Any, ...]", value)))


def _meant(found: Any, cls: type[BaseModel] | None) -> str:
    if found["type"] != "extra_forbidden" or cls is None:
        return ""
    *path, name = found["loc"]
    models = [cls]
    for part in path:
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        # An index, or the name of an alternative, stays with the same models.
        models = [model for field in fields for model in _models_in(field.annotation)] or models
    near = get_close_matches(str(name), [field for model in models for field in model.model_fields])
    return f"; did you mean {near[0]}?" if near else ""


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
