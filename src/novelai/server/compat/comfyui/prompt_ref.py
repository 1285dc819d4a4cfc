"""What a job remembers of the prompt it came from: who waits for it, and two of its nodes.

It stands in the job's idempotency key, so every process knows it, after a restart too.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from novelai.server.model.job import Job

__all__ = ["NODE", "PromptRef", "prefix_of", "ticket_of"]

NODE = "9"
"""The node that saves in ComfyUI's default workflow; clients take whichever there is."""

MARK = "comfy"
BETWEEN = "|"
PLAIN = re.compile(r"[\w.:-]{1,40}", re.ASCII)
PARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRef:
    """The nodes of a prompt.

    Attributes:
        sampler: the id of the node that draws.
        output: the id of the node that shows the picture.
    """

    sampler: str = NODE
    output: str = NODE

    def write(self, client_id: str, draw: Callable[[int], str] = secrets.token_hex) -> str:
        """Return the idempotency key of a new job: no other has it.

        Args:
            client_id: which client waits.
            draw: gives a random text of that many bytes.
        """
        nodes = [_short(self.sampler), _short(self.output)]
        return prefix_of(client_id) + BETWEEN.join([draw(8), *nodes])


def prefix_of(client_id: str) -> str:
    """Return the beginning of the idempotency keys of a client's jobs."""
    digest = hashlib.sha256(client_id.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{MARK}{BETWEEN}{digest}{BETWEEN}"


def ticket_of(job: Job) -> PromptRef:
    """Return the ticket of a job; the default workflow's nodes where it has none."""
    parts = (job.idempotency_key or "").split(BETWEEN)
    if len(parts) != PARTS or parts[0] != MARK:
        return PromptRef()
    return PromptRef(sampler=parts[3], output=parts[4])


def _short(node: str) -> str:
    return node if PLAIN.fullmatch(node) else NODE
