"""Rolls: which options are picked, and the text that comes of them.

``draw(key, n)`` is the first 8 bytes of the SHA-256 of a key, modulo n. The key holds the roll
seed, the place and the round, so a text moved about, or put beside another, changes no other pick.
A place is its field, the name's key or the choice's own text, and the number of equal ones before;
within a pick or a snippet, the place of that stands in front.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from novelai.errors import InvalidParamsError, TemplateError
from novelai.templates.grammar import (
    Choice,
    Name,
    Options,
    Take,
    Template,
    name_key,
    names_in,
    parse,
)
from novelai.templates.library import Library

__all__ = ["ROLL_SEEDS", "Mode", "Pick", "Roll", "draw", "expand"]

Mode: TypeAlias = Literal["random", "shuffle", "order"]

MOST_PICKS = 1_000
LONGEST = 51_200
ROLL_SEEDS = 2**32
NEGATIVE = "negative_prompt"
COMMA = re.compile(r"[ \t]*,[ \t]*")


def draw(key: str, count: int) -> int:
    """Draw a number from 0 to ``count`` - 1; the same key gives the same number everywhere."""
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8]) % count


@dataclass(frozen=True, slots=True)
class Pick:
    """What stood for a choice or a list.

    Attributes:
        site: its place.
        text: the text that was put there.
        undesired: what snippets in it added to the negative prompt.
    """

    site: str = field(repr=False)
    text: str = field(repr=False)
    undesired: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Roll:
    """All picks of one picture.

    Attributes:
        texts: what is sent, by field.
        picks: in the order in which they were done; a pick within another comes before it.
        roll_seed: the number that they follow from.
        round: the repetition that they belong to.
    """

    texts: dict[str, str] = field(repr=False)
    picks: tuple[Pick, ...] = field(repr=False)
    roll_seed: int
    round: int


def expand(
    texts: Mapping[str, str],
    library: Library | None = None,
    *,
    roll_seed: int,
    round: int = 0,
    modes: Mapping[str, Mode] = MappingProxyType({}),
    forced: Mapping[str, int] = MappingProxyType({}),
    replay: Sequence[Pick] = (),
    unknown: Literal["refuse", "keep"] = "refuse",
) -> Roll:
    """Expand the templates of one picture.

    Text that is no template comes back as it is, to the last sign. An empty pick takes the comma
    behind it along if a comma or the start stands before it. Costs nothing; sends nothing.

    Args:
        texts: templates by field, such as ``{"prompt": …, "negative_prompt": …}``; a field whose
            last part is ``negative_prompt`` is a negative one.
        library: where names are looked up; without one there are none.
        roll_seed: 0 to 4294967295; the same one gives the same picks.
        round: the repetition, from 0; each has picks of its own.
        modes: how single picks come from a list (by name), a choice (by its text) or all others
            (``"*"``). ``random``, the default: by weight; ``shuffle``: each once before any comes
            again; ``order``: one after the other. What takes several is always random.
        forced: numbers of options, from 0, that are picked whatever the roll says; keys as in
            ``modes``, without ``"*"``.
        replay: picks of an earlier roll; places that are among them get their text again.
        unknown: ``"keep"`` leaves a name that nothing has as text.

    Raises:
        TemplateError: a text cannot be expanded; it names kind, field and place.
        InvalidParamsError: an argument is out of its range.
    """
    library = library or Library()
    _check_arguments(roll_seed, round, modes)
    templates = {name: _read_field(name, text, library, unknown) for name, text in texts.items()}
    roller = _Roller(
        library,
        roll_seed=roll_seed,
        round=round,
        modes={_entry_key(name): mode for name, mode in modes.items()},
        forced={_entry_key(name): number for name, number in forced.items()},
        replay={pick.site: pick for pick in replay},
    )
    done = {name: roller.expand_field(name, template) for name, template in templates.items()}
    added = [*dict.fromkeys(roller.undesired)]
    if added:
        done[NEGATIVE] = ", ".join(filter(None, [done.get(NEGATIVE, ""), *added]))
        _check_length(len(done[NEGATIVE]), NEGATIVE)
    return Roll(done, tuple(roller.picks), roll_seed, round)


def _check_arguments(roll_seed: int, round: int, modes: Mapping[str, Mode]) -> None:
    problems: list[tuple[str, str]] = []
    if not 0 <= roll_seed < ROLL_SEEDS:
        problems.append(("roll_seed", f"must be 0 to {ROLL_SEEDS - 1}"))
    if round < 0:
        problems.append(("round", "must be 0 or more"))
    known = get_args(Mode)
    if any(mode not in known for mode in modes.values()):
        problems.append(("modes", f"must be one of {', '.join(known)} each"))
    if problems:
        raise InvalidParamsError(problems)


def _entry_key(name: str) -> str:
    return name if name == "*" or name.startswith("<") else name_key(name)


def _read_field(name: str, text: str, library: Library, unknown: str) -> Template:
    try:
        template = parse(text)
        library.check(names_in(template), keep_unknown=unknown == "keep")
    except TemplateError as error:
        error.field = name
        raise
    return template


def _check_length(size: int, name: str = "") -> None:
    if size > LONGEST:
        sentence = f"The text is longer than {LONGEST:,} characters."
        raise TemplateError(sentence, kind="too_long", field=name)


class _Roller:
    """Rolls for one picture.

    Args:
        library: where names are looked up; they were checked.
        roll_seed: what all picks follow from.
        round: the repetition.
        modes: by key.
        forced: numbers of options by key.
        replay: picks by site.

    Attributes:
        picks: what was picked so far.
        undesired: what snippets in prompts add to the negative one.
    """

    def __init__(
        self,
        library: Library,
        *,
        roll_seed: int,
        round: int,
        modes: Mapping[str, Mode],
        forced: Mapping[str, int],
        replay: Mapping[str, Pick],
    ) -> None:
        self.picks: list[Pick] = []
        self.undesired: list[str] = []
        self._library = library
        self._seed = roll_seed
        self._round = round
        self._modes = modes
        self._forced = forced
        self._replay = replay
        self._negative = False
        self._counts: dict[str, int] = {}
        self._ties: dict[tuple[str, str], Pick] = {}
        self._added: dict[str, str] = {}
        self._steps = 0

    def expand_field(self, name: str, template: Template) -> str:
        """Expand the text of one field.

        Raises:
            TemplateError: it becomes too long, or there are too many picks.
        """
        self._negative = name.rpartition(".")[2] == NEGATIVE
        try:
            return self._expand(template, name)
        except TemplateError as error:
            error.field = name
            raise

    def _expand(self, parts: Template, place: str) -> str:
        """Expand a template that stands at a place."""
        texts: list[str] = []
        size, before, is_loose = 0, "", False
        for part in parts:
            if isinstance(part, str):
                comma = COMMA.match(part) if is_loose else None
                text = part[comma.end() :] if comma else part
                is_loose = False
            else:
                text = self._put(part, place)
                is_loose = not text and before in {"", ","}
            texts.append(text)
            size += len(text)
            _check_length(size)
            before = text.rstrip()[-1:] or before
        return "".join(texts)

    def _put(self, part: Name | Choice, place: str) -> str:
        if isinstance(part, Choice):
            return self._put_choice(part, place)
        if self._library.find(part.key) is None:
            return part.text
        return self._put_name(part, place)

    def _put_choice(self, choice: Choice, place: str) -> str:
        site = self._site(place, choice.text)
        name = self._only_list(choice)
        if name is None:
            return self._pick(site, site, choice.text, choice.options, choice.take)
        options = self._library.read(name.key).options
        return self._pick(site, _base(name, site), choice.text, options, choice.take)

    def _only_list(self, choice: Choice) -> Name | None:
        """Return the list that several lines are taken from: the only option, and nothing else."""
        if choice.take is None or len(choice.options) > 1:
            return None
        match choice.options[0].parts:
            case (Name() as name,):
                entry = self._library.find(name.key)
                return name if entry is not None and entry.kind == "list" else None
            case _:
                return None

    def _put_name(self, name: Name, place: str) -> str:
        site = self._site(place, name.key)
        tie = (name.tie, name.key)
        if name.tie and tie in self._ties:
            self._step(1)
            return self._repeat(self._ties[tie])
        before = len(self.undesired)
        content = self._library.read(name.key)
        if content.options:
            text = self._pick(site, _base(name, site), name.key, content.options, None)
        else:
            self._step(1)
            text = self._expand(content.text, site)
            self._add_undesired(name.key, content.undesired)
        if name.tie:
            self._ties[tie] = Pick(site, text, self._undesired_since(before))
        return text

    def _add_undesired(self, key: str, template: Template) -> None:
        if self._negative or not template:
            return
        if key not in self._added:
            self._negative = True
            self._added[key] = self._expand(template, f"{NEGATIVE}/{key}/undesired")
            self._negative = False
        self.undesired.append(self._added[key])

    def _undesired_since(self, before: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.undesired[before:]))

    def _repeat(self, pick: Pick) -> str:
        if not self._negative:
            self.undesired += pick.undesired
        return pick.text

    def _pick(self, site: str, base: str, key: str, options: Options, take: Take | None) -> str:
        """Pick from options and expand what was picked.

        Args:
            site: the place.
            base: what the draws follow from.
            key: what ``modes`` and ``forced`` call it.
            options: what can be picked.
            take: how many are; ``None``: one.
        """
        if (old := self._replay.get(site)) is not None:
            self._step(1)
            self.picks.append(old)
            return self._repeat(old)
        numbers = self._numbers(base, key, options, take)
        self._step(max(1, len(numbers)))
        before = len(self.undesired)
        texts = [self._expand(options[number].parts, site) for number in numbers]
        text = (take.joiner if take else "").join(filter(None, texts))
        _check_length(len(text))
        self.picks.append(Pick(site, text, self._undesired_since(before)))
        return text

    def _numbers(self, base: str, key: str, options: Options, take: Take | None) -> list[int]:
        number = self._forced.get(key)
        if number is not None:
            if not 0 <= number < len(options):
                raise InvalidParamsError([("forced", f"must be 0 to {len(options) - 1} here")])
            return [number]
        if take is not None:
            return self._several(base, options, take)
        mode = self._modes.get(key, self._modes.get("*", "random"))
        if mode == "order":
            return [self._round % len(options)]
        if mode == "shuffle":
            return [self._shuffled(base, len(options))]
        return [options.index_at(draw(f"{self._seed}/{base}/{self._round}", options.total))]

    def _shuffled(self, base: str, count: int) -> int:
        """Shuffle as far as this round needs (Fisher and Yates); gives the number at its turn."""
        cycle, last = divmod(self._round, count)
        moved: dict[int, int] = {}
        number = 0
        for turn in range(last + 1):
            other = turn + draw(f"{self._seed}/{base}/cycle{cycle}/{turn}", count - turn)
            number = moved.get(other, other)
            moved[other] = moved.get(turn, turn)
        return number

    def _several(self, base: str, options: Options, take: Take) -> list[int]:
        """Take several different options, each from what is left."""
        key = f"{self._seed}/{base}/{self._round}"
        count = take.low
        if take.high > take.low:
            count += draw(f"{key}/count", take.high - take.low + 1)
        numbers: list[int] = []
        left = options.total
        for turn in range(min(count, len(options))):
            number = options.index_at(draw(f"{key}/{turn}", left), sorted(numbers))
            numbers.append(number)
            left -= options[number].weight
        return numbers

    def _site(self, place: str, name: str) -> str:
        """Name a place; the second equal one in the same place has a number, and so on."""
        site = f"{place}/{name}"
        count = self._counts.get(site, 0)
        self._counts[site] = count + 1
        return f"{site}/{count}" if count else site

    def _step(self, count: int) -> None:
        self._steps += count
        if self._steps > MOST_PICKS:
            sentence = f"One picture has more than {MOST_PICKS:,} picks."
            raise TemplateError(sentence, kind="too_many_picks")


def _base(name: Name, site: str) -> str:
    """Return what the draws of a list follow from: its tie, or its place."""
    return f"#{name.tie}/{name.key}" if name.tie else site
