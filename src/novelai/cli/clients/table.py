"""The programs by the names that ``novelai doctor --client`` takes."""

from collections.abc import Mapping

from novelai.cli.clients.client import Client, Place, Probe
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
EMPTY = Probe(
    path="/ai/generate-image",
    method="POST",
    body={},
    status=400,
    reads="statusCode and message of a refusal",
    shape=has("statusCode", "message"),
    accept="*/*",
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
NATIVE = (SUBSCRIPTION, EMPTY)


def _client(
    title: str, page: str, places: Mapping[str, str], *probes: Probe, note: str = ""
) -> Client:
    """Return a program, with what to enter where."""
    entered = tuple(Place(where=where, what=what) for where, what in places.items())
    return Client(title=title, page=page, places=entered, probes=probes, note=note)


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
    ),
    "openwebui-comfyui": _client(
        "Open WebUI",
        "open-webui-comfyui",
        {
            "Admin Settings, Images, Image Generation Engine": "ComfyUI",
            "ComfyUI Base URL": "{address}",
            "ComfyUI API Key": "{key}",
            "ComfyUI Workflow": "the workflow on the page of the documentation",
        },
        NODES,
        HISTORY,
    ),
    "librechat": _client(
        "LibreChat",
        "librechat",
        {
            ".env, IMAGE_GEN_OAI_BASEURL": "{address}/v1",
            ".env, IMAGE_GEN_OAI_API_KEY": "{key}",
        },
        OPENAI_MODELS,
    ),
    "risuai": _client(
        "Risuai",
        "native",
        {
            "Other Bots, Image Generation, Provider": "Novel AI",
            "NovelAI Image URL": "{address}/ai/generate-image",
            "API key": "{key}",
        },
        EMPTY,
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
        *NATIVE,
    ),
    "littlewhitebox": _client(
        "LittleWhiteBox",
        "native",
        {
            "NovelAI address": "{address}",
            "API key": "{key}",
        },
        EMPTY,
        note=IN_A_BROWSER,
    ),
    "st-chatu8": _client(
        "st-chatu8",
        "native",
        {
            "NovelAI, other site": "{address}",
            "API key": "{key}",
        },
        EMPTY,
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
        *NATIVE,
    ),
    "novelai-sdk": _client(
        "novelai-sdk",
        "novelai-sdk",
        {
            "environment, NOVELAI_IMAGE_BASE": "{address}",
            "environment, NOVELAI_TEXT_BASE": "{address}",
            "environment, NOVELAI_API_KEY": "{key}",
        },
        *NATIVE,
    ),
    "novelai": _client(
        "this package's client",
        "novelai-sdk",
        {
            "environment, NOVELAI_BASE_URL": "{address}",
            "environment, NOVELAI_API_KEY": "{key}",
        },
        *NATIVE,
    ),
    "openai": _client(
        "the openai packages",
        "openai-sdk",
        {
            "environment, OPENAI_BASE_URL": "{address}/v1",
            "environment, OPENAI_API_KEY": "{key}",
        },
        OPENAI_MODELS,
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
    ),
}
