"""What a socket says: ComfyUI's messages, as text, and pictures in the making, as bytes."""

import json
import struct
from collections.abc import Mapping
from typing import Any

from novelai.server.compat.comfyui.prompt_ref import PromptRef
from novelai.server.compat.comfyui.prompts import failure_of, outputs_of
from novelai.server.model.job import Job, State

__all__ = ["image", "over", "progress", "start_messages", "status"]

PREVIEW = 1
JPEG, PNG = 1, 2
PNG_MAGIC = b"\x89PNG"
MILLISECONDS = 1_000


def status(remaining: int, client_id: str | None = None) -> str:
    """Tell how many prompts wait or run.

    Args:
        remaining: how many.
        client_id: told in the first message only.
    """
    named = {} if client_id is None else {"sid": client_id}
    return _text("status", {"status": {"exec_info": {"queue_remaining": remaining}}, **named})


def start_messages(job: Job) -> list[str]:
    """Tell that a prompt is at work."""
    return [
        _text("execution_start", {"prompt_id": job.id, "timestamp": _moment(job.started_at)}),
        _text("execution_cached", {"nodes": [], "prompt_id": job.id}),
        _executing(job, PromptRef.of(job).sampler),
    ]


def progress(job: Job, step: int, steps: int) -> str:
    """So many of the steps are done."""
    node = PromptRef.of(job).sampler
    return _text("progress", {"value": step, "max": steps, "prompt_id": job.id, "node": node})


def image(data: bytes) -> bytes:
    """Return a JPEG or PNG of a picture in the making."""
    return struct.pack(">II", PREVIEW, PNG if data.startswith(PNG_MAGIC) else JPEG) + data


def over(job: Job) -> list[str]:
    """Tell that a prompt is over; the last message is what clients wait for, however it went."""
    found: list[str] = []
    moment = {"prompt_id": job.id, "timestamp": _moment(job.finished_at)}
    nodes = PromptRef.of(job)
    if job.state is State.SUCCEEDED:
        shown = {"node": nodes.output, "display_node": nodes.output, "prompt_id": job.id}
        found.append(_text("executed", {**shown, "output": outputs_of(job)}))
        found.append(_text("execution_success", moment))
    elif job.state is State.CANCELLED:
        told: dict[str, Any] = {"node_id": nodes.sampler, "node_type": "NovelAI", "executed": []}
        found.append(_text("execution_interrupted", {**moment, **told}))
    else:
        nothing: dict[str, Any] = {
            "executed": [],
            "traceback": [],
            "current_inputs": {},
            "current_outputs": [],
        }
        found.append(_text("execution_error", {**moment, **failure_of(job), **nothing}))
    return [*found, _executing(job, None)]


def _executing(job: Job, node: str | None) -> str:
    return _text("executing", {"node": node, "display_node": node, "prompt_id": job.id})


def _moment(seconds: float | None) -> int:
    return int((seconds or 0.0) * MILLISECONDS)


def _text(kind: str, data: Mapping[str, Any]) -> str:
    return json.dumps({"type": kind, "data": data})
