"""What other programs call their samplers and schedulers, and which of NovelAI's is nearest.

Names are written without blanks, dashes, underscores, dots and slashes, in small letters, with
``pp`` for ``++``.
"""

from collections.abc import Mapping

__all__ = [
    "EQUAL",
    "FAMILIES",
    "LABELS",
    "NEAREST",
    "NEXT",
    "NEXT_SCHEDULE",
    "SAME_ALGORITHM",
    "SCHEDULES",
    "UNSAID",
    "VARIANTS",
]

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

SCHEDULES: Mapping[str, str] = {
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "native": "Native",
}
"""What A1111 shows, by NovelAI's id."""

UNSAID = frozenset({
    "", "automatic", "auto", "default", "none", "na", "sameasprimary", "usesamesampler",
    "usesamescheduler",
})  # fmt: skip
"""Names that leave the choice to the program."""

EQUAL: Mapping[str, str] = {
    "eulera": "k_euler_ancestral",
    "eulerancestral": "k_euler_ancestral",
    "dpmpp2sa": "k_dpmpp_2s_ancestral",
    "dpmpp2sancestral": "k_dpmpp_2s_ancestral",
    "dpm2a": "k_dpm_2_ancestral",
    "dpm2ancestral": "k_dpm_2_ancestral",
    "kdpm2": "k_dpm_2",
    "kdpm2a": "k_dpm_2_ancestral",
    "dpmad": "k_dpm_adaptive",
    "lmsd": "k_lms",
    "ddimparallel": "ddim",
}
"""Other spellings of NovelAI's own samplers."""

NEAREST: Mapping[str, str] = {
    # Second order, without noise.
    "heun": "k_dpm_2",
    "heunpp2": "k_dpm_2",
    "expheun2x0": "k_dpm_2",
    "restart": "k_dpm_2_ancestral",
    # Several steps are looked at, without noise.
    "unipc": "k_dpmpp_2m",
    "unipcbh2": "k_dpmpp_2m",
    "deis": "k_dpmpp_2m",
    "ipndm": "k_lms",
    "ipndmv": "k_lms",
    "pndm": "plms",
    "dpmpp": "k_dpmpp_2m",
    "dpmpp1s": "k_dpmpp_2m",
    "dpmpp2s": "k_dpmpp_2s_ancestral",
    "dpmpp2mv2": "k_dpmpp_2m",
    "dpmpp3m": "k_dpmpp_2m",
    "dpmsolver": "k_dpmpp_2m",
    "dcsolver": "k_dpmpp_2m",
    "resmultistep": "k_dpmpp_2m",
    "res2s": "k_dpm_2",
    "pec423": "k_dpm_2",
    "pec433": "k_dpm_2",
    "odebosh3": "k_dpm_2",
    "odefehlberg2": "k_dpm_2",
    "odeadaptiveheun": "k_dpm_2",
    "odedopri5": "k_dpm_2",
    "odecustom": "k_dpm_2",
    # With noise.
    "dpmsde": "k_dpmpp_sde",
    "dpmpp2msdeheun": "k_dpmpp_2m_sde",
    "dpmppcosine": "k_dpmpp_2m_sde",
    "ersde": "k_dpmpp_2m_sde",
    "ersde2m": "k_dpmpp_2m_sde",
    "ersde3m": "k_dpmpp_3m_sde",
    "sasolver": "k_dpmpp_2m_sde",
    "sasolverpece": "k_dpmpp_2m_sde",
    "seeds2": "k_dpmpp_sde",
    "seeds3": "k_dpmpp_sde",
    "expheun2x0sde": "k_dpmpp_sde",
    "resmultistepancestral": "k_dpmpp_2s_ancestral",
    # Noise at every step, few steps.
    "ddpm": "k_euler_ancestral",
    "ddpmparallel": "k_euler_ancestral",
    "langevindynamics": "k_euler_ancestral",
    "lcm": "k_euler_ancestral",
    "tcd": "k_euler_ancestral",
    "tdd": "k_euler_ancestral",
    "flash": "k_euler_ancestral",
    "perflow": "k_euler",
    "ufogen": "k_euler_ancestral",
    "cmsi": "k_euler_ancestral",
    # First order.
    "gradientestimation": "k_euler",
    "bdiaddim": "ddim",
    "cogxddim": "ddim",
    "vdmsolver": "k_euler",
    "eulerdy": "k_euler",
    "eulersmeady": "k_euler",
    "eulernegative": "k_euler",
}
"""The nearest of NovelAI's samplers to one that it does not have."""

FAMILIES: Mapping[str, str] = {
    "abnorsett": "k_dpmpp_2m",
    "lawson": "k_dpm_2",
    "etdrk": "k_dpm_2",
    "resunified": "k_dpmpp_2m",
    "ressinglestep": "k_dpm_2",
    "resmultistep": "k_dpmpp_2m",
    "ressde": "k_dpmpp_2m_sde",
    "deismultistep": "k_dpmpp_2m",
    "deisunified": "k_dpmpp_2m",
    "linearrk": "k_dpm_2",
    "specializedrk": "k_dpm_2",
    "rungekutta": "k_dpm_2",
    "lobatto": "k_dpm_2",
    "radau": "k_dpm_2",
    "gausslegendre": "k_dpm_2",
    "sigmoidsigma": "k_euler",
    "sinesigma": "k_euler",
    "easingsigma": "k_euler",
    "arcsinesigma": "k_euler",
    "smoothstepsigma": "k_euler",
    "euclideanflow": "k_euler",
    "hyperbolicflow": "k_euler",
    "sphericalflow": "k_euler",
    "lorentzianflow": "k_euler",
}
"""The same for whole families of samplers, by how their names begin."""

SAME_ALGORITHM = frozenset({"gpu", "comfy"})
"""Endings of names that say where a sampler runs, not what it does."""

VARIANTS = frozenset({
    "substep", "trailing", "flowmatch", "cfgpp", "sgm", "edm", "inverse", "rf",
})  # fmt: skip
"""Endings of names for variants of a sampler that NovelAI does not have."""

NEXT: Mapping[str, str] = {
    "k_dpmpp_3m_sde": "k_dpmpp_2m_sde",
    "k_dpmpp_2m_sde": "k_dpmpp_sde",
    "k_dpm_adaptive": "k_dpm_2",
    "k_dpm_fast": "k_dpm_2",
    "plms": "k_lms",
    "ddim_v3": "ddim",
    "ddim": "k_euler",
    "nai_smea_dyn": "k_euler_ancestral",
    "nai_smea": "k_euler_ancestral",
}
"""What is nearest to a sampler of NovelAI that a model lacks. DDIM is Euler in other terms."""

NEXT_SCHEDULE: Mapping[str, str] = {
    "ka": "karras",
    "uniform": "native",
    "normal": "native",
    "simple": "native",
    "discrete": "native",
    "sgmuniform": "native",
    "sgm": "native",
    "ddim": "native",
    "ddimuniform": "native",
    "linearquadratic": "native",
    "turbo": "native",
    "lcm": "native",
    "trailing": "native",
    "beta": "karras",
    "beta57": "karras",
    "bongtangent": "karras",
    "kloptimal": "karras",
    "karrasexponential": "karras",
    "smoothstep": "karras",
    "ays": "karras",
    "alignyoursteps": "karras",
    "alignyourstepsgits": "karras",
    "gits": "karras",
    "alignyoursteps11": "karras",
    "alignyoursteps32": "karras",
}
"""The nearest of NovelAI's noise schedules to those of other programs; ``ka`` is Karras itself."""
