"""Samplers and schedules by the names A1111 and its relatives give them."""

import re
from collections.abc import Mapping, Sequence

from novelai.catalogue import ModelSpec

__all__ = ["SCHEDULES", "Sampling", "list_samplers", "sampler_label", "sampling_of"]

GAPS = re.compile(r"[\s_\-]+")

LABELS: Mapping[str, str] = {
    "k_euler_ancestral": "Euler a",
    "k_euler": "Euler",
    "k_dpmpp_2s_ancestral": "DPM++ 2S a",
    "k_dpmpp_2m_sde": "DPM++ 2M SDE",
    "k_dpmpp_2m": "DPM++ 2M",
    "k_dpmpp_3m_sde": "DPM++ 3M SDE",
    "k_dpmpp_sde": "DPM++ SDE",
    "k_dpm_2": "DPM2",
    "k_dpm_2_ancestral": "DPM2 a",
    "k_dpm_adaptive": "DPM adaptive",
    "k_dpm_fast": "DPM fast",
    "k_lms": "LMS",
    "ddim": "DDIM",
    "ddim_v3": "DDIM V3",
    "plms": "PLMS",
    "nai_smea": "NAI SMEA",
    "nai_smea_dyn": "NAI SMEA DYN",
}
"""What A1111 shows, by NovelAI's id."""

ALIASES: Mapping[str, str] = {
    "eulerancestral": "k_euler_ancestral",
    "keulera": "k_euler_ancestral",
    "dpmpp2sa": "k_dpmpp_2s_ancestral",
    "dpmpp2sancestral": "k_dpmpp_2s_ancestral",
    "dpmpp2mv2": "k_dpmpp_2m",
    "dpm2ancestral": "k_dpm_2_ancestral",
    "ddimtrailing": "ddim",
}

SCHEDULES: Mapping[str, str] = {
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "native": "Native",
}
"""What A1111 shows, by NovelAI's id."""

UNSAID = frozenset({"", "automatic", "default", "none"})


class Sampling:
    """A sampler and a schedule; ``None`` leaves it to the model.

    Attributes:
        sampler: NovelAI's id.
        schedule: NovelAI's id.
        ignored: a schedule that was asked for and that the model does not have.
    """

    __slots__ = ("ignored", "sampler", "schedule")

    def __init__(
        self, sampler: str | None, schedule: str | None, ignored: str | None = None
    ) -> None:
        self.sampler = sampler
        self.schedule = schedule
        self.ignored = ignored


def sampling_of(sampler: str | None, scheduler: str | None, spec: ModelSpec) -> Sampling | None:
    """Find the sampling that a client means; ``None`` when there is no such sampler.

    Args:
        sampler: in A1111's spelling, that of stable-diffusion.cpp or NovelAI's; older clients
            put the schedule behind it: ``DPM++ 2M Karras``.
        scheduler: its name or label.
        spec: the model that is used.
    """
    name, behind = _split(sampler or "")
    named = (scheduler or "").strip().lower()
    named = behind if named in UNSAID else named
    schedule = named if named in spec.noise_schedules else None
    ignored = named if named not in UNSAID and schedule is None else None
    if name in UNSAID:
        return Sampling(None, schedule, ignored)
    found = _labels().get(name)
    return None if found is None else Sampling(found, schedule, ignored)


def sampler_label(sampler: str) -> str:
    """Return A1111's name of a sampler of NovelAI."""
    return LABELS.get(sampler, sampler)


def list_samplers(spec: ModelSpec) -> Sequence[tuple[str, str]]:
    """Label and id of the samplers of a model."""
    return [(sampler_label(sampler), sampler) for sampler in spec.samplers]


def _split(sampler: str) -> tuple[str, str]:
    text = sampler.strip()
    for schedule in SCHEDULES:
        front = text[: -len(schedule)]
        if text.lower().endswith(f" {schedule}"):
            return _plain(front), schedule
    return _plain(text), ""


def _plain(name: str) -> str:
    return GAPS.sub("", name.lower().replace("++", "pp"))


def _labels() -> Mapping[str, str]:
    names = dict(ALIASES)
    for sampler, label in LABELS.items():
        for name in (sampler, label, sampler.removeprefix("k_")):
            names.setdefault(_plain(name), sampler)
    return names
