"""The programs by the names that ``novelai doctor --client`` takes."""

from collections.abc import Mapping
from typing import Any

from novelai.cli.clients.client import Client, Place, Probe
from novelai.cli.clients.pictures import Picture, comfyui, mcp, native, openai, webui
from novelai.cli.clients.shapes import anything, has, items_have, list_of

__all__ = ["CLIENTS"]

IN_A_BROWSER = (
    "It runs in the browser: its page's address belongs in NOVELAI_SERVER_ALLOWED_ORIGINS."
)

OPTIONS = Probe(
    path="/sdapi/v1/options",
    reads="sd_model_checkpoint",
    shape=has("sd_model_checkpoint", without="forge_preset"),
    auth="basic",
)
MODELS = Probe(
    path="/sdapi/v1/sd-models",
    reads="title and model_name of each model",
    shape=items_have("title", "model_name"),
    auth="basic",
)
SAMPLERS = Probe(
    path="/sdapi/v1/samplers", reads="name of each sampler", shape=items_have("name"), auth="basic"
)
UPSCALERS = Probe(
    path="/sdapi/v1/upscalers",
    reads="name of each upscaler",
    shape=items_have("name"),
    auth="basic",
)
OPENAI_MODELS = Probe(path="/v1/models", reads="id of each model", shape=list_of("data", "id"))
SUBSCRIPTION = Probe(
    path="/user/subscription",
    reads="tier, active and trainingStepsLeft",
    shape=has("tier", "active", "trainingStepsLeft"),
)
INITIALIZE = Probe(
    path="/mcp",
    method="POST",
    body={
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "novelai doctor", "version": "1"},
        },
    },
    reads="the answer to initialize",
    shape=anything,
    accept="application/json, text/event-stream",
)
NODES = Probe(
    path="/object_info",
    reads="the nodes that a workflow needs",
    shape=has("CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler"),
)
HISTORY = Probe(path="/history/none", reads="what became of a prompt", shape=has())
WORKFLOW = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 0, "steps": 28, "cfg": 6, "sampler_name": "euler_ancestral",
            "scheduler": "karras", "denoise": 1, "model": ["4", 0], "positive": ["6", 0],
            "negative": ["7", 0], "latent_image": ["5", 0],
        },
    },
    "4": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "nai-diffusion-4-5-full"},
    },
    "5": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 512, "height": 512, "batch_size": 1},
    },
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "lowres", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "novelai", "images": ["8", 0]}},
}  # fmt: skip
"""The one of the documentation, with the size that Open WebUI begins with."""

OF_SILLYTAVERN: Mapping[str, Any] = {
    "negative_prompt": "lowres", "sampler_name": "DDIM", "scheduler": "normal", "steps": 20,
    "cfg_scale": 7, "width": 512, "height": 512, "restore_faces": False, "enable_hr": False,
    "hr_upscaler": "Latent", "hr_scale": 1, "hr_additional_modules": [], "denoising_strength": 0.7,
    "hr_second_pass_steps": 0, "seed": -1, "clip_skip": 1,
    "override_settings": {"CLIP_stop_at_last_layers": 1},
    "override_settings_restore_afterwards": True, "save_images": True, "send_images": True,
    "do_not_save_grid": False, "do_not_save_samples": False,
}  # fmt: skip

OF_LIBRECHAT: Mapping[str, Any] = {
    "model": "gpt-image-1", "n": 1, "background": "auto", "output_format": "png",
    "output_compression": 100, "quality": "auto", "size": "auto",
}  # fmt: skip

OF_OPEN_WEBUI: Mapping[str, Any] = {
    "model": "dall-e-2", "n": 1, "size": "512x512", "response_format": "b64_json",
}  # fmt: skip


def _client(
    title: str,
    page: str,
    places: Mapping[str, str],
    *probes: Probe,
    picture: Picture,
    note: str = "",
) -> Client:
    """Return a program, with what to enter where."""
    entered = tuple(Place(where=where, what=what) for where, what in places.items())
    return Client(title=title, page=page, places=entered, probes=probes, picture=picture, note=note)


CLIENTS: Mapping[str, Client] = {
    "sillytavern": _client(
        "SillyTavern",
        "sillytavern",
        {
            "Image Generation, Source": "Stable Diffusion Web UI (AUTOMATIC1111)",
            "SD Web UI URL": "{address}",
            "Authentication (optional)": "novelai:{key}",
        },
        OPTIONS,
        MODELS,
        SAMPLERS,
        UPSCALERS,
        picture=webui(OF_SILLYTAVERN),
    ),
    "openwebui": _client(
        "Open WebUI",
        "open-webui",
        {
            "Admin Settings, Images, Image Generation Engine": "OpenAI",
            "API Base URL": "{address}/v1",
            "API Key": "{key}",
        },
        OPENAI_MODELS,
        picture=openai(OF_OPEN_WEBUI),
    ),
    "openwebui-comfyui": _client(
        "Open WebUI",
        "open-webui-comfyui",
        {
            "Admin Settings, Images, Image Generation Engine": "ComfyUI",
            "ComfyUI Base URL": "{address}",
            "ComfyUI API Key": "{key}",
            "ComfyUI Workflow": "the workflow on the page of the documentation",
            "Steps": "28 at most, which is free on Opus",
        },
        NODES,
        HISTORY,
        picture=comfyui(WORKFLOW, size="512x512", steps=28),
    ),
    "librechat": _client(
        "LibreChat",
        "librechat",
        {
            ".env, IMAGE_GEN_OAI_BASEURL": "{address}/v1",
            ".env, IMAGE_GEN_OAI_API_KEY": "{key}",
        },
        OPENAI_MODELS,
        picture=openai(OF_LIBRECHAT),
    ),
    "risuai": _client(
        "Risuai",
        "native",
        {
            "Other Bots, Image Generation, Provider": "Novel AI",
            "NovelAI Image URL": "{address}/ai/generate-image",
            "API key": "{key}",
        },
        SUBSCRIPTION,
        picture=native(width=512, height=768),
    ),
    "koishi": _client(
        "koishi-plugin-novelai",
        "native",
        {
            "type": "token",
            "token": "{key}",
            "apiEndpoint": "{address}",
            "endpoint": "{address}",
        },
        SUBSCRIPTION,
        picture=native("nai-diffusion-3", width=512, height=768, scale=11),
    ),
    "littlewhitebox": _client(
        "LittleWhiteBox",
        "native",
        {
            "NovelAI address": "{address}",
            "API key": "{key}",
        },
        SUBSCRIPTION,
        picture=native(),
        note=IN_A_BROWSER,
    ),
    "st-chatu8": _client(
        "st-chatu8",
        "native",
        {
            "NovelAI, other site": "{address}",
            "API key": "{key}",
        },
        SUBSCRIPTION,
        picture=native(),
        note=IN_A_BROWSER,
    ),
    "novelai-canvas": _client(
        "novelai_canvas",
        "native",
        {
            "mode": "native",
            "base URL": "{address}",
            "token": "{key}",
        },
        SUBSCRIPTION,
        picture=native(),
    ),
    "novelai-sdk": _client(
        "novelai-sdk",
        "novelai-sdk",
        {
            "environment, NOVELAI_IMAGE_BASE": "{address}",
            "environment, NOVELAI_TEXT_BASE": "{address}",
            "environment, NOVELAI_API_KEY": "{key}",
        },
        SUBSCRIPTION,
        picture=native(steps=23),
    ),
    "novelai": _client(
        "this package's client",
        "novelai-sdk",
        {
            "environment, NOVELAI_BASE_URL": "{address}",
            "environment, NOVELAI_API_KEY": "{key}",
        },
        SUBSCRIPTION,
        picture=native(steps=23),
    ),
    "openai": _client(
        "the openai packages",
        "openai-sdk",
        {
            "environment, OPENAI_BASE_URL": "{address}/v1",
            "environment, OPENAI_API_KEY": "{key}",
        },
        OPENAI_MODELS,
        picture=openai({}),
    ),
    "mcp": _client(
        "an MCP client",
        "mcp",
        {
            "server URL (streamable HTTP)": "{address}/mcp",
            "header Authorization": "Bearer {key}",
            "or the command": "claude mcp add --transport http novelai {address}/mcp",
        },
        INITIALIZE,
        picture=mcp(),
    ),
}
