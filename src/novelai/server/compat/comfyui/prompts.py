"""The prompts of a key: which there are, and what is told of one that has ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from novelai.server.compat.comfyui.prompt_ref import PromptRef
from novelai.server.http.context import RequestContext
from novelai.server.http.job_results import failure
from novelai.server.model.job import ENDED, Job, State
from novelai.server.model.key import Key

__all__ = ["DOOR", "OVER", "entry_of", "failure_of", "is_over", "open_prompts", "outputs_of", "own"]

DOOR = "comfy"
MANY = 1_000
OVER = frozenset((*ENDED, State.UNCERTAIN))
"""States in which whoever waits for a prompt waits no longer."""


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


def outputs_of(job: Job) -> dict[str, Any]:
    """Return the pictures of a job, as the output of a node."""
    images = [
        {
            "filename": f"{job.id}-{place}.{one['media_type'].partition('/')[2]}",
            "subfolder": "",
            "type": "output",
        }
        for place, one in enumerate(job.result or ())
    ]
    return {"images": images} if images else {}


def failure_of(job: Job) -> dict[str, Any]:
    """Describe why there is no picture, as the failure of the node that draws."""
    return {
        "prompt_id": job.id,
        "node_id": PromptRef.of(job).sampler,
        "node_type": "NovelAI",
        "exception_type": str((job.error or {}).get("code") or job.state),
        "exception_message": failure(job).detail,
    }


def entry_of(job: Job) -> Mapping[str, Any]:
    """Return a prompt that is over, as an entry of the history."""
    done = job.state is State.SUCCEEDED
    node, output = PromptRef.of(job).output, outputs_of(job)
    return {
        "prompt": [job.seq, job.id, {}, {}, [node]],
        "outputs": {node: output} if output else {},
        "status": {
            "status_str": "success" if done else "error",
            "completed": done,
            "messages": [] if done else [["execution_error", failure_of(job)]],
        },
    }
