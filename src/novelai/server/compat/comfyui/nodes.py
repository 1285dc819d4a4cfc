"""``/object_info``: the nodes that workflows may have, and what they offer for choosing."""

from collections.abc import Sequence
from typing import Any

from novelai.catalogue import ModelSpec

__all__ = ["node_list"]


def node_list(spec: ModelSpec, names: Sequence[str]) -> dict[str, Any]:
    """Return the nodes.

    Args:
        spec: the model whose samplers are offered.
        names: ids of the models that may be used.
    """
    models = list(names)
    samplers = [sampler.removeprefix("k_") for sampler in spec.samplers]
    whole: Any = ["INT", {}]
    real: Any = ["FLOAT", {}]
    text: Any = ["STRING", {"multiline": True}]
    return {
        "CheckpointLoaderSimple": _node(
            "CheckpointLoaderSimple", {"ckpt_name": [models]}, ["MODEL", "CLIP", "VAE"]
        ),
        "UNETLoader": _node("UNETLoader", {"unet_name": [models]}, ["MODEL"]),
        "VAELoader": _node("VAELoader", {"vae_name": [[]]}, ["VAE"]),
        "CLIPTextEncode": _node(
            "CLIPTextEncode", {"text": text, "clip": ["CLIP"]}, ["CONDITIONING"]
        ),
        "EmptyLatentImage": _node(
            "EmptyLatentImage",
            {"width": whole, "height": whole, "batch_size": whole},
            ["LATENT"],
        ),
        "KSampler": _node(
            "KSampler",
            {
                "model": ["MODEL"],
                "seed": whole,
                "steps": whole,
                "cfg": real,
                "sampler_name": [samplers],
                "scheduler": [list(spec.noise_schedules)],
                "positive": ["CONDITIONING"],
                "negative": ["CONDITIONING"],
                "latent_image": ["LATENT"],
                "denoise": real,
            },
            ["LATENT"],
        ),
        "VAEDecode": _node("VAEDecode", {"samples": ["LATENT"], "vae": ["VAE"]}, ["IMAGE"]),
        "SaveImage": _node("SaveImage", {"images": ["IMAGE"]}, []),
        "NovelAI": _node("NovelAI", {"prompt": text, "model": [models], "size": text}, ["IMAGE"]),
    }


def _node(name: str, required: dict[str, Any], output: list[str]) -> dict[str, Any]:
    return {
        "input": {"required": required},
        "output": output,
        "output_name": output,
        "name": name,
        "display_name": name,
        "category": "novelai",
        "output_node": not output,
    }
