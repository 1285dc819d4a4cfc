"""The programs by the names that ``novelai doctor --client`` takes."""

from collections.abc import Mapping

from novelai.cli.clients.client import Client, Place, Probe
from novelai.cli.clients.shapes import anything, has, items_have, listed

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
OPENAI_MODELS = Probe(path="/v1/models", reads="id of each model", shape=listed("data", "id"))
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

CLIENTS: Mapping[str, Client] = {
    "sillytavern": Client(
        title="SillyTavern",
        page="sillytavern",
        places=(
            Place(where="Image Generation, Source", what="Stable Diffusion Web UI (AUTOMATIC1111)"),
            Place(where="SD Web UI URL", what="{address}"),
            Place(where="Authentication (optional)", what="novelai:{key}"),
        ),
        probes=(OPTIONS, MODELS, SAMPLERS, UPSCALERS),
    ),
    "openwebui": Client(
        title="Open WebUI",
        page="open-webui",
        places=(
            Place(where="Admin Settings, Images, Image Generation Engine", what="OpenAI"),
            Place(where="API Base URL", what="{address}/v1"),
            Place(where="API Key", what="{key}"),
        ),
        probes=(OPENAI_MODELS,),
    ),
    "openwebui-comfyui": Client(
        title="Open WebUI",
        page="open-webui-comfyui",
        places=(
            Place(where="Admin Settings, Images, Image Generation Engine", what="ComfyUI"),
            Place(where="ComfyUI Base URL", what="{address}"),
            Place(where="ComfyUI API Key", what="{key}"),
            Place(where="ComfyUI Workflow", what="the workflow on the page of the documentation"),
        ),
        probes=(NODES, HISTORY),
    ),
    "librechat": Client(
        title="LibreChat",
        page="librechat",
        places=(
            Place(where=".env, IMAGE_GEN_OAI_BASEURL", what="{address}/v1"),
            Place(where=".env, IMAGE_GEN_OAI_API_KEY", what="{key}"),
        ),
        probes=(OPENAI_MODELS,),
    ),
    "risuai": Client(
        title="Risuai",
        page="native",
        places=(
            Place(where="Other Bots, Image Generation, Provider", what="Novel AI"),
            Place(where="NovelAI Image URL", what="{address}/ai/generate-image"),
            Place(where="API key", what="{key}"),
        ),
        probes=(EMPTY,),
    ),
    "koishi": Client(
        title="koishi-plugin-novelai",
        page="native",
        places=(
            Place(where="type", what="token"),
            Place(where="token", what="{key}"),
            Place(where="apiEndpoint", what="{address}"),
            Place(where="endpoint", what="{address}"),
        ),
        probes=NATIVE,
    ),
    "littlewhitebox": Client(
        title="LittleWhiteBox",
        page="native",
        places=(
            Place(where="NovelAI address", what="{address}"),
            Place(where="API key", what="{key}"),
        ),
        probes=(EMPTY,),
        note=IN_A_BROWSER,
    ),
    "st-chatu8": Client(
        title="st-chatu8",
        page="native",
        places=(
            Place(where="NovelAI, other site", what="{address}"),
            Place(where="API key", what="{key}"),
        ),
        probes=(EMPTY,),
        note=IN_A_BROWSER,
    ),
    "novelai-canvas": Client(
        title="novelai_canvas",
        page="native",
        places=(
            Place(where="mode", what="native"),
            Place(where="base URL", what="{address}"),
            Place(where="token", what="{key}"),
        ),
        probes=NATIVE,
    ),
    "novelai-sdk": Client(
        title="novelai-sdk",
        page="novelai-sdk",
        places=(
            Place(where="environment, NOVELAI_IMAGE_BASE", what="{address}"),
            Place(where="environment, NOVELAI_TEXT_BASE", what="{address}"),
            Place(where="environment, NOVELAI_API_KEY", what="{key}"),
        ),
        probes=NATIVE,
    ),
    "novelai": Client(
        title="this package's client",
        page="novelai-sdk",
        places=(
            Place(where="environment, NOVELAI_BASE_URL", what="{address}"),
            Place(where="environment, NOVELAI_API_KEY", what="{key}"),
        ),
        probes=NATIVE,
    ),
    "openai": Client(
        title="the openai packages",
        page="openai-sdk",
        places=(
            Place(where="environment, OPENAI_BASE_URL", what="{address}/v1"),
            Place(where="environment, OPENAI_API_KEY", what="{key}"),
        ),
        probes=(OPENAI_MODELS,),
    ),
    "mcp": Client(
        title="an MCP client",
        page="mcp",
        places=(
            Place(where="server URL (streamable HTTP)", what="{address}/mcp"),
            Place(where="header Authorization", what="Bearer {key}"),
        ),
        probes=(INITIALIZE,),
    ),
}
