"""Sampler names. Which of them a model takes is in its row of the catalogue."""

from typing import Final

from novelai.types.names import Sampler

__all__ = [
    "DDIM",
    "K_DPMPP_2M",
    "K_DPMPP_2M_SDE",
    "K_DPMPP_2S_ANCESTRAL",
    "K_DPMPP_SDE",
    "K_DPM_2",
    "K_DPM_2_ANCESTRAL",
    "K_DPM_ADAPTIVE",
    "K_DPM_FAST",
    "K_DPM_SDE",
    "K_EULER",
    "K_EULER_ANCESTRAL",
    "Sampler",
]

K_EULER: Final = "k_euler"
K_EULER_ANCESTRAL: Final = "k_euler_ancestral"
K_DPMPP_2M: Final = "k_dpmpp_2m"
K_DPMPP_2M_SDE: Final = "k_dpmpp_2m_sde"
K_DPMPP_2S_ANCESTRAL: Final = "k_dpmpp_2s_ancestral"
K_DPMPP_SDE: Final = "k_dpmpp_sde"
K_DPM_2: Final = "k_dpm_2"
K_DPM_2_ANCESTRAL: Final = "k_dpm_2_ancestral"
DDIM: Final = "ddim"

# novelai-sdk's names, with its values: programs that use them keep their pictures. The samplers
# that these names suggest exist on V1 and V2 only.
K_DPM_FAST: Final = K_DPMPP_2M
K_DPM_ADAPTIVE: Final = K_DPMPP_2S_ANCESTRAL
K_DPM_SDE: Final = K_DPMPP_SDE
