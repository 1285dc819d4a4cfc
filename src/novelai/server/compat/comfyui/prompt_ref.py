"""What a job remembers of the prompt it came from: who waits for it, and two of its nodes.

It stands in the job's client data, so every process knows it, after a restart too.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from novelai.server.model.job import Job

__all__ = ["NODE", "PromptRef", "lookup_of"]

NODE = "9"
"""The node that saves in ComfyUI's default workflow; clients take whichever there is."""

PLAIN = re.compile(r"[\w.:-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRef:
    """The nodes of a prompt.

    Attributes:
        sampler: the id of the node that draws.
        output: the id of the node that shows the picture.
    """

    sampler: str = NODE
    output: str = NODE

    def client_data(self, client_id: str) -> Mapping[str, str]:
        """Return what a new job keeps.

        Args:
            client_id: which client waits.
        """
        nodes = {"sampler": _short(self.sampler), "output": _short(self.output)}
        return {"lookup": lookup_of(client_id), **nodes}

    @classmethod
    def of(cls, job: Job) -> "PromptRef":
        """Read the nodes of a job; those of the default workflow where it has none."""
        data = job.client_data or {}
        return cls(sampler=data.get("sampler", NODE), output=data.get("output", NODE))


def lookup_of(client_id: str) -> str:
    """Return the name by which a client's jobs are found again."""
    return "comfy " + hashlib.sha256(client_id.encode("utf-8", "replace")).hexdigest()[:16]


def _short(node: str) -> str:
    return node if PLAIN.fullmatch(node) else NODE
