"""Which sampling of NovelAI's a client means by another program's names.

Known are those of A1111, Forge, SD.Next, ComfyUI, Draw Things, stable-diffusion.cpp and NovelAI.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache

from novelai.catalogue import ModelSpec, sampler_takes_schedule
from novelai.server.compat.sampler_names import (
    EQUAL,
    FAMILIES,
    LABELS,
    NEAREST,
    NEXT,
    NEXT_SCHEDULE,
    SAME_ALGORITHM,
    SCHEDULES,
    UNSAID,
    VARIANTS,
)

__all__ = ["Sampling", "UnknownSamplerError", "list_samplers", "read_sampling", "sampler_label"]

GAPS = re.compile(r"[\s_\-./()]+")
SHORT_KARRAS = "ka"
LONGEST = 60
"""Characters of a name that are looked at and repeated."""


class UnknownSamplerError(ValueError):
    """No program known here has a sampler of this name.

    Args:
        field: in which the client named it.
        nearest: the known name that is spelled most like it; ``None`` if none is near.
    """

    def __init__(self, field: str, nearest: str | None) -> None:
        super().__init__(field)
        self.field = field
        self.nearest = nearest

    @property
    def words(self) -> str:
        """Say what is wrong with the field."""
        return f"is no sampler of NovelAI; {self.hint}" if self.hint else "is no sampler of NovelAI"

    @property
    def hint(self) -> str:
        """Ask whether the nearest was meant; empty if none is near."""
        return "" if self.nearest is None else f"did you mean {self.nearest}?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """A sampler and a noise schedule.

    Attributes:
        sampler: NovelAI's id; ``None`` leaves it to the model.
        schedule: the same.
        notes: what was taken in place of what was asked for, in sentences.
    """

    sampler: str | None
    schedule: str | None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a name stands for: a sampler, whether it is that one itself, a schedule behind it."""

    sampler: str
    equal: bool
    schedule: str = ""


def read_sampling(
    sampler: str | None,
    scheduler: str | None,
    spec: ModelSpec,
    *,
    fields: tuple[str, str] = ("sampler_name", "scheduler"),
) -> Sampling:
    """Find the sampling that a client means: what NovelAI has, or the nearest with a note.

    Args:
        sampler: its name in any program; older ones put the schedule behind it: ``DPM++ 2M
            Karras``. Case, blanks, dashes and underscores do not matter.
        scheduler: its name or label. An unknown one is left out with a note, as A1111 does.
        spec: of the model that is used.
        fields: what the client calls the two.

    Raises:
        UnknownSamplerError: there is no such sampler anywhere.
    """
    notes: list[str] = []
    given, named = (sampler or "").strip(), (scheduler or "").strip()
    taken = schedule = None
    wanted = "" if _plain(named) in UNSAID else _plain(named)
    asked = f"{fields[1]} {named[:LONGEST]}"
    if _plain(given) not in UNSAID:
        taken, behind = _sampler(given, spec, fields[0], notes)
        if not wanted:
            wanted, asked = behind, f"The schedule of {fields[0]} {given[:LONGEST]}"
    if wanted:
        schedule = _schedule(wanted, spec, taken or spec.sampler, asked, notes)
    return Sampling(sampler=taken, schedule=schedule, notes=notes)


def sampler_label(sampler: str) -> str:
    """Return A1111's name of a sampler of NovelAI."""
    return LABELS.get(sampler, sampler)


def list_samplers(spec: ModelSpec) -> Sequence[tuple[str, str]]:
    """Label and id of the samplers of a model."""
    return [(sampler_label(sampler), sampler) for sampler in spec.samplers]


def _sampler(asked: str, spec: ModelSpec, field: str, notes: list[str]) -> tuple[str, str]:
    """Return a sampler of the model, and the schedule that the name ends with."""
    found = _find(_plain(asked))
    if found is None:
        raise UnknownSamplerError(field, _alike(asked))
    taken = _offered(found.sampler, spec)
    if not found.equal or taken != found.sampler:
        notes.append(
            f"{field} {asked[:LONGEST]} became {sampler_label(taken)}: "
            f"{spec.name} has no such sampler."
        )
    return taken, found.schedule


def _offered(sampler: str, spec: ModelSpec) -> str:
    # A model that is newer than the catalogue lists nothing.
    while spec.samplers and sampler not in spec.samplers:
        sampler = NEXT.get(sampler, spec.sampler)
    return sampler


def _schedule(
    wanted: str, spec: ModelSpec, sampler: str, asked: str, notes: list[str]
) -> str | None:
    """Return a schedule of the model; ``asked`` begins the sentence about another one."""
    if not sampler_takes_schedule(sampler):
        notes.append(f"{asked} was left out: {sampler_label(sampler)} takes no schedule.")
        return None
    equal = wanted in SCHEDULES or wanted == SHORT_KARRAS
    near = wanted if wanted in SCHEDULES else NEXT_SCHEDULE.get(wanted, "")
    taken = near if near in (spec.noise_schedules or SCHEDULES) else spec.noise_schedule
    if not equal or taken != near:
        notes.append(f"{asked} became {SCHEDULES[taken]}: {spec.name} has no such schedule.")
    return taken


def _find(plain: str) -> _Found | None:
    known = _names().get(plain)
    if known is not None:
        return _Found(known, equal=True)
    near = NEAREST.get(plain) or NEAREST.get(plain.removeprefix("k"))
    if near is not None:
        return _Found(near, equal=False)
    return _without_ending(plain) or next(
        (_Found(to, equal=False) for start, to in FAMILIES.items() if plain.startswith(start)),
        None,
    )


def _without_ending(plain: str) -> _Found | None:
    for ending in _endings():
        if len(plain) <= len(ending) or not plain.endswith(ending):
            continue
        found = _find(plain.removesuffix(ending))
        if found is None:
            continue
        if ending in VARIANTS:
            return replace(found, equal=False)
        if ending in SAME_ALGORITHM:
            return found
        return replace(found, schedule=found.schedule or ending)
    return None


def _alike(asked: str) -> str | None:
    """Return a known name, as it is shown, that is spelled nearly like this one."""
    near = get_close_matches(_plain(asked)[:LONGEST], [*_names(), *NEAREST], n=1)
    return next((sampler_label(_names().get(one, one)) for one in near), None)


def _plain(name: str) -> str:
    plain = GAPS.sub("", name.strip()[: 2 * LONGEST].lower().replace("++", "pp"))
    return plain.replace("dpm2pp", "dpmpp")  # SD.Next's way


@cache
def _names() -> Mapping[str, str]:
    return dict(_spellings())


def _spellings() -> Iterator[tuple[str, str]]:
    for sampler, label in LABELS.items():
        for name in (sampler, label, sampler.removeprefix("k_")):
            yield _plain(name), sampler
    for name, sampler in EQUAL.items():
        yield name, sampler
        yield f"k{name}", sampler


@cache
def _endings() -> Sequence[str]:
    """Longest first: ``polyexponential`` ends with ``exponential``."""
    found = {*SCHEDULES, *NEXT_SCHEDULE, *SAME_ALGORITHM, *VARIANTS}
    return sorted(found, key=len, reverse=True)
