"""ComfyUI's API for workflows with one sampler; no graph is run."""

from novelai.server.compat.comfyui.endpoints import comfy_router

__all__ = ["comfy_router"]
