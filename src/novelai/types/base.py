"""What every parameter model has in common, and the checks of its fields.

Messages name the field, the value and the limit, and quote no prompt.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from operator import is_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias, TypeVar, cast, get_args

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
    PydanticCustomError,
    PydanticSerializationError,
    core_schema,
)

from novelai.errors import InvalidParamsError
from novelai.types.findings import Whole, invalid_params, lines_of, problems_of

__all__ = [
    "SEEDS",
    "Between",
    "Kind",
    "Params",
    "Text",
    "construct",
    "ensure_checked",
    "fields_of",
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

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=False,
    )

    # How its checks of the whole go on when single fields are wrong; without any there is none.
    _whole: ClassVar[Whole | None] = None

    def __init__(self, /, **fields: Any) -> None:
        """Check the fields and take them.

        Raises:
            InvalidParamsError: a value is wrong; every finding is named. It is a
                `pydantic.ValidationError`, too.
        """
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except ValidationError as error:
            raise invalid_params(error, type(self)) from None

    # As pydantic marks its own: values inside of others are then checked without a call of this.
    __init__.__pydantic_base_init__ = True  # pyright: ignore[reportFunctionMemberAccess] # pyrefly: ignore

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Check a mapping of fields, as pydantic does.

        Args:
            obj: the fields, or an object of this class.
            **options: pydantic's own.

        Raises:
            InvalidParamsError: a value is wrong; every finding is named.
        """
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise invalid_params(error, cls) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Check fields in JSON, as pydantic does.

        Args:
            json_data: an object with the fields.
            **options: pydantic's own.

        Raises:
            InvalidParamsError: it is no JSON, or a value is wrong; every finding is named.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise invalid_params(error, cls) from None

    # Of the base class, so it runs before those of others: they may ask for prices already.
    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if type(data) is not dict and isinstance(data, cls):
            return data if _is_intact(data) else type(data).model_validate(_values(data))
        try:
            made = handler(data)
        except ValidationError as error:
            raise cls._with_further(error, data) from None
        made._remember_values()  # noqa: SLF001 - of this very class
        return made

    @classmethod
    def _with_further(cls, error: ValidationError, data: Any) -> ValidationError:
        if cls._whole is None or not isinstance(data, Mapping):
            return error
        further = cls._whole.further_lines(cls, cast("Mapping[str, Any]", data), error)
        if not further:
            return error
        return ValidationError.from_exception_data(
            error.title, lines_of(error.errors()) + further, hide_input=True
        )

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


def fields_of(params: Params | Mapping[str, Any]) -> dict[str, Any]:
    """Return what was set, by name; parameters inside become mappings, too."""
    named = _values(params) if isinstance(params, Params) else params
    return {name: _as_fields(value) for name, value in named.items()}


def _as_fields(value: Any) -> Any:
    if isinstance(value, Params):
        return fields_of(value)
    if isinstance(value, (tuple, list)):
        return [_as_fields(one) for one in cast("Sequence[Any]", value)]
    return value


def construct(cls: type[P], fields: Mapping[str, Any]) -> P:
    """Return a model made from named values.

    Raises:
        InvalidParamsError: a value is wrong; every finding is named.
    """
    return cls(**fields)


def params_from(cls: type[P], params: P | str | None, fields: Mapping[str, Any]) -> P:
    """Return the object that was given, or one made from a prompt, keywords or both.

    Raises:
        InvalidParamsError: a keyword has a wrong value, or an object that nobody checked has.
        TypeError: an object and keywords, a prompt twice, nothing or something else was given.
    """
    if isinstance(params, str):
        if "prompt" in fields:
            raise TypeError("give the prompt once")
        return construct(cls, {"prompt": params, **fields})
    if params is not None:
        if fields:
            raise TypeError(f"give a {cls.__name__} or keywords, not both")
        if not isinstance(params, cls):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"give a {cls.__name__}, not a {type(params).__name__}")
        return ensure_checked(params)
    if not fields:
        raise TypeError(f"give a {cls.__name__} or its fields as keywords")
    return construct(cls, fields)


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


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
