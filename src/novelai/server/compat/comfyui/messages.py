"""What a socket says: ComfyUI's messages, as text, and pictures, as bytes."""

import json
import struct
from collections.abc import Mapping
from typing import Any

from novelai.server.compat.comfyui.prompt_ref import PromptRef
from novelai.server.compat.comfyui.prompts import end_of, outputs_of, start_of
from novelai.server.model.job import Job, State

__all__ = [
    "FEATURES",
    "describes_previews",
    "features",
    "image",
    "over",
    "preview",
    "progress",
    "sending",
    "start_messages",
    "status",
]

PICTURE, DESCRIBED = 1, 4
"""Kinds of frames: a picture, and one with words about it."""

JPEG, PNG = 1, 2
PNG_MAGIC = b"\x89PNG"
METADATA = "supports_preview_metadata"

FEATURES: Mapping[str, Any] = {METADATA: True, "max_upload_size": 104_857_600}
"""What this server can do, by ComfyUI's names; its own limit of bodies is told by a refusal."""


def status(remaining: int, client_id: str | None = None) -> str:
    """Tell how many prompts wait or run.

    Args:
        remaining: how many.
        client_id: told in the first message only.
    """
    named = {} if client_id is None else {"sid": client_id}
    return _text("status", {"status": {"exec_info": {"queue_remaining": remaining}}, **named})


def features() -> str:
    """Answer a client that tells what it can do."""
    return _text("feature_flags", FEATURES)


def start_messages(job: Job) -> list[str]:
    """Tell that a prompt is at work."""
    told = [_text(kind, data) for kind, data in start_of(job)]
    return [*told, _executing(job, PromptRef.of(job).sampler)]


def progress(job: Job, step: int, steps: int) -> str:
    """So many of the steps are done."""
    node = PromptRef.of(job).sampler
    return _text("progress", {"value": step, "max": steps, "prompt_id": job.id, "node": node})


def image(data: bytes) -> bytes:
    """Return a JPEG or PNG as a frame."""
    return struct.pack(">II", PICTURE, PNG if data.startswith(PNG_MAGIC) else JPEG) + data


def describes_previews(message: str) -> bool | None:
    """Return whether a client takes previews with words; ``None`` if it tells no features."""
    try:
        told = json.loads(message)
        return told["data"].get(METADATA) is True if told["type"] == "feature_flags" else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def preview(job: Job, data: bytes) -> bytes:
    """Return a picture in the making as a frame that says whose it is."""
    node = PromptRef.of(job).sampler
    kind = "image/png" if data.startswith(PNG_MAGIC) else "image/jpeg"
    about = {
        "node_id": node,
        "prompt_id": job.id,
        "display_node_id": node,
        "parent_node_id": None,
        "real_node_id": node,
        "image_type": kind,
    }
    words = json.dumps(about).encode()
    return struct.pack(">II", DESCRIBED, len(words)) + words + data


def sending(job: Job) -> str:
    """Tell that the next frames are the finished pictures."""
    return _executing(job, PromptRef.of(job).sends)


def over(job: Job) -> list[str]:
    """Tell that a prompt is over; the last message is what clients wait for, however it went.

    That all steps are done is told here, too: a picture that is made in no time tells none before.
    """
    steps = job.params.get("steps")
    shown = [
        _text(
            "executed",
            {"node": node, "display_node": node, "output": output, "prompt_id": job.id},
        )
        for node, output in outputs_of(job).items()
    ]
    reached: list[str] = []
    if job.state is State.SUCCEEDED and isinstance(steps, int):
        reached = [progress(job, steps, steps)]
    return [*reached, *shown, _text(*end_of(job)), _executing(job, None)]


def _executing(job: Job, node: str | None) -> str:
    return _text("executing", {"node": node, "display_node": node, "prompt_id": job.id})


def _text(kind: str, data: Mapping[str, Any]) -> str:
    return json.dumps({"type": kind, "data": data})
