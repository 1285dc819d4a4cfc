"""The prompts of a key: which there are, and what is told of one that has ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from novelai.server.compat.comfyui.prompt_ref import PromptRef
from novelai.server.http.context import RequestContext
from novelai.server.http.job_results import failure
from novelai.server.model.job import ENDED, Job, State
from novelai.server.model.key import Key

__all__ = [
    "DOOR",
    "OVER",
    "end_of",
    "entry_of",
    "is_over",
    "open_prompts",
    "outputs_of",
    "own",
    "start_of",
]

DOOR = "comfy"
MANY = 1_000
MILLISECONDS = 1_000
OVER = frozenset((*ENDED, State.UNCERTAIN))
"""States in which whoever waits for a prompt waits no longer."""

Told = tuple[str, dict[str, Any]]
"""A message: its type and its data."""


def own(key: Key, jobs: Sequence[Job]) -> list[Job]:
    """Those of these jobs that this key asked for at this door."""
    return [job for job in jobs if job.key_id == key.id and job.door == DOOR]


def is_over(job: Job) -> bool:
    """Return whether nobody waits for it any longer."""
    return job.state in OVER


async def open_prompts(context: RequestContext) -> list[Job]:
    """List the prompts that wait or run, in the order in which they were submitted."""
    found = await context.services.jobs.list(
        context.key, states=(State.RUNNING, State.QUEUED), limit=MANY
    )
    return sorted(own(context.key, found), key=lambda job: job.seq)


def outputs_of(job: Job) -> dict[str, dict[str, Any]]:
    """Return what the nodes of a job show: pictures, and as texts what was taken otherwise."""
    if job.state is not State.SUCCEEDED:
        return {}
    nodes = PromptRef.of(job)
    images = [
        {
            "filename": f"{job.id}-{place}.{one['media_type'].partition('/')[2]}",
            "subfolder": "",
            "type": "output",
        }
        for place, one in enumerate(job.result or ())
    ]
    shown: dict[str, Any] = {"images": images} if images and nodes.output else {}
    if nodes.notes:
        shown["text"] = list(nodes.notes)
    return {nodes.output or nodes.sends or nodes.sampler: shown} if shown else {}


def start_of(job: Job) -> list[Told]:
    """Tell that a prompt is at work."""
    return [
        ("execution_start", {"prompt_id": job.id, "timestamp": _moment(job.started_at)}),
        (
            "execution_cached",
            {"nodes": [], "prompt_id": job.id, "timestamp": _moment(job.started_at)},
        ),
    ]


def end_of(job: Job) -> Told:
    """Tell how a prompt ended."""
    about = {"prompt_id": job.id, "timestamp": _moment(job.finished_at)}
    if job.state is State.SUCCEEDED:
        return "execution_success", about
    about |= {"node_id": PromptRef.of(job).sampler, "node_type": "NovelAI", "executed": []}
    if job.state is State.CANCELLED:
        return "execution_interrupted", about
    nothing: dict[str, Any] = {"traceback": [], "current_inputs": {}, "current_outputs": []}
    return "execution_error", {
        **about,
        "exception_type": str((job.error or {}).get("code") or job.state),
        "exception_message": failure(job).detail,
        **nothing,
    }


def entry_of(job: Job) -> Mapping[str, Any]:
    """Return a prompt that is over, as an entry of the history."""
    done = job.state is State.SUCCEEDED
    nodes = PromptRef.of(job)
    outputs = outputs_of(job)
    return {
        "prompt": [job.seq, job.id, {}, {}, [nodes.output or nodes.sends]],
        "outputs": outputs,
        "status": {
            "status_str": "success" if done else "error",
            "completed": done,
            "messages": [*start_of(job), end_of(job)],
        },
        "meta": {
            node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node}
            for node in outputs
        },
    }


def _moment(seconds: float | None) -> int:
    """Return a time as ComfyUI tells it, in milliseconds."""
    return int((seconds or 0.0) * MILLISECONDS)
