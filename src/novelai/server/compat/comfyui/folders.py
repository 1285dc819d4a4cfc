"""``/models``: ComfyUI's folders of models. Pictures are made elsewhere, so most are empty."""

from collections.abc import Sequence

__all__ = ["FOLDERS", "files_in"]

WITH_MODELS = frozenset({"checkpoints", "diffusion_models", "unet"})

FOLDERS: Sequence[str] = (
    "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision",
    "style_models", "embeddings", "diffusers", "vae_approx", "controlnet", "gligen",
    "upscale_models", "latent_upscale_models", "custom_nodes", "hypernetworks", "photomaker",
    "classifiers", "model_patches", "audio_encoders",
)  # fmt: skip
"""The folders that ComfyUI lists."""

OLD = frozenset({"unet", "clip"})
"""Earlier names of folders; ComfyUI finds them, and lists them no longer."""


def files_in(folder: str, models: Sequence[str]) -> list[str] | None:
    """List the files of a folder; ``None`` when there is no such folder.

    Args:
        folder: its name.
        models: ids of the models that may be used.
    """
    if folder in WITH_MODELS:
        return list(models)
    return [] if folder in FOLDERS or folder in OLD else None
