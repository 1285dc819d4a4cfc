"""``/object_info``: the nodes that workflows may have, and what they offer for choosing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from novelai.catalogue import ModelSpec
from novelai.server.compat.comfyui.source import BATCH, CHANNELS

__all__ = ["node_list"]

INPUT = Mapping[str, Sequence[Any]]

TEXT: Sequence[Any] = ["STRING", {"multiline": True, "dynamicPrompts": True}]
NAME: Sequence[Any] = ["STRING", {"default": "novelai"}]
SIDE: Mapping[str, Any] = {"min": 64, "max": 4_096, "step": 64}
SEED: Sequence[Any] = ["INT", {"default": 0, "min": 0, "max": 2**64 - 1}]
STEPS: Sequence[Any] = ["INT", {"default": 28, "min": 1, "max": 50}]
COUNT: Sequence[Any] = ["INT", {"default": 1, "min": 1, "max": BATCH}]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeInfo:
    """A node as a client reads it.

    Attributes:
        title: what people see.
        required: its inputs by name.
        optional: the same.
        output: types of its outputs.
        shows: it shows or saves pictures; such a node ends a workflow.
        category: under which it is listed.
    """

    title: str
    required: INPUT
    optional: INPUT = field(default_factory=dict[str, Sequence[Any]])
    output: Sequence[str] = ()
    shows: bool = False
    category: str

    def render(self, name: str) -> dict[str, Any]:
        """Return what ``/object_info`` says of it."""
        inputs = {"required": self.required, "optional": self.optional}
        return {
            "input": inputs,
            "input_order": {kind: list(members) for kind, members in inputs.items()},
            "output": list(self.output),
            "output_is_list": [False] * len(self.output),
            "output_name": list(self.output),
            "name": name,
            "display_name": self.title,
            "description": "",
            "python_module": "nodes",
            "category": self.category,
            "output_node": self.shows,
        }


def node_list(spec: ModelSpec, models: Iterable[str]) -> dict[str, Any]:
    """Return the nodes.

    Args:
        spec: the model whose samplers are offered.
        models: ids of the models that may be used.
    """
    names = list(models)
    found = {**_loaders(names), **_samplers(spec), **_texts(), **_sources(), **_pictures(names)}
    return {name: info.render(name) for name, info in found.items()}


def _loaders(models: list[str]) -> dict[str, NodeInfo]:
    return {
        "CheckpointLoaderSimple": NodeInfo(
            title="Load Checkpoint",
            required={"ckpt_name": [models]},
            output=["MODEL", "CLIP", "VAE"],
            category="loaders",
        ),
        "UNETLoader": NodeInfo(
            title="Load Diffusion Model",
            required={"unet_name": [models], "weight_dtype": [["default"]]},
            output=["MODEL"],
            category="advanced/loaders",
        ),
        "VAELoader": NodeInfo(
            title="Load VAE", required={"vae_name": [[]]}, output=["VAE"], category="loaders"
        ),
    }


def _samplers(spec: ModelSpec) -> dict[str, NodeInfo]:
    common: INPUT = {
        "steps": STEPS,
        "cfg": ["FLOAT", {"default": spec.scale, "min": 0.0, "max": spec.max_scale, "step": 0.1}],
        "sampler_name": [[sampler.removeprefix("k_") for sampler in spec.samplers]],
        "scheduler": [list(spec.noise_schedules)],
        "positive": ["CONDITIONING"],
        "negative": ["CONDITIONING"],
        "latent_image": ["LATENT"],
    }
    denoise = ["FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01}]
    step = {"min": 0, "max": 10_000}
    return {
        "KSampler": NodeInfo(
            title="KSampler",
            required={"model": ["MODEL"], "seed": SEED, **common, "denoise": denoise},
            output=["LATENT"],
            category="sampling",
        ),
        "KSamplerAdvanced": NodeInfo(
            title="KSampler (Advanced)",
            required={
                "model": ["MODEL"],
                "add_noise": [["enable", "disable"]],
                "noise_seed": SEED,
                **common,
                "start_at_step": ["INT", {"default": 0, **step}],
                "end_at_step": ["INT", {"default": 10_000, **step}],
                "return_with_leftover_noise": [["disable", "enable"]],
            },
            output=["LATENT"],
            category="sampling",
        ),
    }


def _texts() -> dict[str, NodeInfo]:
    return {
        "CLIPTextEncode": NodeInfo(
            title="CLIP Text Encode (Prompt)",
            required={"text": TEXT, "clip": ["CLIP"]},
            output=["CONDITIONING"],
            category="conditioning",
        ),
        "ConditioningZeroOut": NodeInfo(
            title="ConditioningZeroOut",
            required={"conditioning": ["CONDITIONING"]},
            output=["CONDITIONING"],
            category="advanced/conditioning",
        ),
    }


def _sources() -> dict[str, NodeInfo]:
    """Return what stands between a picture that was handed in and a sampler."""
    image: INPUT = {"image": [[], {"image_upload": True}]}
    pixels: INPUT = {"pixels": ["IMAGE"], "vae": ["VAE"]}
    mask: INPUT = {"mask": ["MASK"]}
    texts: INPUT = {"positive": ["CONDITIONING"], "negative": ["CONDITIONING"]}
    sides: INPUT = {"width": ["INT", SIDE], "height": ["INT", SIDE]}
    return {
        "LoadImage": NodeInfo(
            title="Load Image", required=image, output=["IMAGE", "MASK"], category="image"
        ),
        "LoadImageMask": NodeInfo(
            title="Load Image (as Mask)",
            required={**image, "channel": [list(CHANNELS)]},
            output=["MASK"],
            category="mask",
        ),
        "InvertMask": NodeInfo(title="InvertMask", required=mask, output=["MASK"], category="mask"),
        "ImageScale": NodeInfo(
            title="Upscale Image",
            required={
                "image": ["IMAGE"],
                "upscale_method": [["lanczos"]],
                **sides,
                "crop": [["disabled", "center"]],
            },
            output=["IMAGE"],
            category="image/upscaling",
        ),
        "VAEEncode": NodeInfo(
            title="VAE Encode", required=pixels, output=["LATENT"], category="latent"
        ),
        "VAEEncodeForInpaint": NodeInfo(
            title="VAE Encode (for Inpainting)",
            required={**pixels, **mask, "grow_mask_by": ["INT", {"default": 0, "min": 0}]},
            output=["LATENT"],
            category="latent/inpaint",
        ),
        "SetLatentNoiseMask": NodeInfo(
            title="Set Latent Noise Mask",
            required={"samples": ["LATENT"], **mask},
            output=["LATENT"],
            category="latent/inpaint",
        ),
        "RepeatLatentBatch": NodeInfo(
            title="Repeat Latent Batch",
            required={"samples": ["LATENT"], "amount": COUNT},
            output=["LATENT"],
            category="latent/batch",
        ),
        "InpaintModelConditioning": NodeInfo(
            title="InpaintModelConditioning",
            required={**texts, **pixels, **mask},
            output=["CONDITIONING", "CONDITIONING", "LATENT"],
            category="conditioning/inpaint",
        ),
    }


def _pictures(models: list[str]) -> dict[str, NodeInfo]:
    empty: INPUT = {
        "width": ["INT", {"default": 832, **SIDE}],
        "height": ["INT", {"default": 1216, **SIDE}],
        "batch_size": COUNT,
    }
    images: INPUT = {"images": ["IMAGE"]}
    decoded: INPUT = {"samples": ["LATENT"], "vae": ["VAE"]}
    return {
        "EmptyLatentImage": NodeInfo(
            title="Empty Latent Image", required=empty, output=["LATENT"], category="latent"
        ),
        "EmptySD3LatentImage": NodeInfo(
            title="EmptySD3LatentImage", required=empty, output=["LATENT"], category="latent/sd3"
        ),
        "VAEDecode": NodeInfo(
            title="VAE Decode", required=decoded, output=["IMAGE"], category="latent"
        ),
        "SaveImage": NodeInfo(
            title="Save Image",
            required={**images, "filename_prefix": NAME},
            shows=True,
            category="image",
        ),
        "PreviewImage": NodeInfo(
            title="Preview Image", required=images, shows=True, category="image"
        ),
        "SaveImageWebsocket": NodeInfo(
            title="SaveImageWebsocket", required=images, shows=True, category="api/image"
        ),
        "NovelAI": NodeInfo(
            title="NovelAI",
            required={"prompt": TEXT, "model": [models]},
            optional={
                "size": ["STRING", {"default": "portrait"}],
                "negative_prompt": TEXT,
                "steps": STEPS,
                "seed": SEED,
            },
            output=["IMAGE"],
            category="novelai",
        ),
    }
