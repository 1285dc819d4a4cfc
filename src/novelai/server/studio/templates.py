"""``/api/templates/expand``: what templates become, before anything is ordered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from novelai.errors import TemplateError, TemplateFault
from novelai.server.fields import KeptText, Line
from novelai.server.images.schemas import ImagePick
from novelai.templates import Library, Mode, Roll, expand
from novelai.templates.rolls import ROLL_SEEDS

__all__ = ["ExpandIn", "ExpandView", "RollView", "TemplateProblem", "expand_all"]

MOST_ROUNDS = 20
MOST_FIELDS = 50
LONGEST = 51_200


class ExpandIn(BaseModel):
    """Templates to expand.

    Attributes:
        texts: by field, as in the parameters of a picture: ``prompt``, ``negative_prompt``,
            ``characters.0.prompt`` and so on.
        roll_seed: what the picks follow from; without one it is drawn, and told.
        round: the first repetition.
        rounds: how many repetitions.
        modes: how picks come from a list (by name), a choice (by its text) or all others (``*``).
        unknown: ``keep`` leaves a name that nothing has as text.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    texts: dict[
        Annotated[Line, Field(max_length=100)], Annotated[KeptText, Field(max_length=LONGEST)]
    ] = Field(max_length=MOST_FIELDS, repr=False)
    roll_seed: int | None = Field(default=None, ge=0, lt=ROLL_SEEDS)
    round: int = Field(default=0, ge=0, lt=2**31)
    rounds: int = Field(default=1, ge=1, le=MOST_ROUNDS)
    modes: dict[KeptText, Mode] = Field(
        default_factory=dict[str, Mode], max_length=MOST_FIELDS, repr=False
    )
    unknown: Literal["refuse", "keep"] = "refuse"


class RollView(BaseModel):
    """All picks of one repetition, and the texts that came of them."""

    round: int
    texts: dict[str, str] = Field(repr=False)
    picks: Sequence[ImagePick] = Field(repr=False)


class TemplateProblem(BaseModel):
    """Why a field cannot be expanded.

    Attributes:
        kind: of the fault, for programs.
        message: for people.
        start: where in the field's text the piece begins that is wrong; ``null``: all of it.
        end: where it ends.
    """

    field: str
    kind: TemplateFault
    message: str = Field(repr=False)
    start: int | None
    end: int | None


class ExpandView(BaseModel):
    """What templates become; with problems there are no rolls."""

    roll_seed: int
    rolls: Sequence[RollView]
    problems: Sequence[TemplateProblem]


def expand_all(body: ExpandIn, library: Library, roll_seed: int) -> ExpandView:
    """Expand each repetition, or tell what is wrong with each field."""
    try:
        rolls = [
            _roll_view(_expand(body.texts, library, body, roll_seed, body.round + number))
            for number in range(body.rounds)
        ]
        problems: list[TemplateProblem] = []
    except TemplateError as error:
        rolls = []
        found = [*_problems(body, library, roll_seed)]
        problems = found or [_problem(error)]
    return ExpandView(roll_seed=roll_seed, rolls=rolls, problems=problems)


def _problems(body: ExpandIn, library: Library, roll_seed: int) -> Iterator[TemplateProblem]:
    for name, text in body.texts.items():
        try:
            _expand({name: text}, library, body, roll_seed, body.round)
        except TemplateError as error:
            yield _problem(error)


def _expand(
    texts: Mapping[str, str], library: Library, body: ExpandIn, roll_seed: int, turn: int
) -> Roll:
    return expand(
        texts, library, roll_seed=roll_seed, round=turn, modes=body.modes, unknown=body.unknown
    )


def _roll_view(roll: Roll) -> RollView:
    picks = [ImagePick(site=pick.site, text=pick.text) for pick in roll.picks]
    return RollView(round=roll.round, texts=roll.texts, picks=picks)


def _problem(error: TemplateError) -> TemplateProblem:
    return TemplateProblem(
        field=error.field,
        kind=error.kind,
        message=error.message,
        start=error.start,
        end=error.end,
    )
