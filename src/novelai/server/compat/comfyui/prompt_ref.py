"""What a job remembers of the prompt it came from: who waits for it, some nodes, what is told.

It stands in the job's client data, so every process knows it, after a restart too.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from novelai.server.model.job import Job

__all__ = ["NODE", "PromptRef", "lookup_of"]

NODE = "9"
"""The node that saves in ComfyUI's default workflow; clients take whichever there is."""

PLAIN = re.compile(r"[\w.:-]{1,40}", re.ASCII)
YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRef:
    """What is told of a prompt.

    Attributes:
        sampler: the id of the node that draws.
        output: the id of the node that shows the picture; empty where none does.
        sends: the id of the node that hands it to the socket; empty where none does.
        previews: pictures in the making were asked for.
        notes: what was taken otherwise than asked for, in sentences.
    """

    sampler: str = NODE
    output: str = NODE
    sends: str = ""
    previews: bool = False
    notes: Sequence[str] = ()

    def client_data(self, client_id: str) -> Mapping[str, str]:
        """Return what a new job keeps.

        Args:
            client_id: which client waits.
        """
        more = {
            "sends": _short(self.sends) if self.sends else "",
            "previews": YES if self.previews else "",
            "notes": "\n".join(self.notes),
        }
        return {
            "lookup": lookup_of(client_id),
            "sampler": _short(self.sampler),
            "output": _short(self.output) if self.output else "",
            **{name: text for name, text in more.items() if text},
        }

    @classmethod
    def of(cls, job: Job) -> "PromptRef":
        """Read what a job remembers; the nodes of the default workflow where it has none."""
        data = job.client_data or {}
        return cls(
            sampler=data.get("sampler", NODE),
            output=data.get("output", NODE),
            sends=data.get("sends", ""),
            previews=data.get("previews") == YES,
            notes=data.get("notes", "").splitlines(),
        )


def lookup_of(client_id: str) -> str:
    """Return the name by which a client's jobs are found again."""
    return "comfy " + hashlib.sha256(client_id.encode("utf-8", "replace")).hexdigest()[:16]


def _short(node: str) -> str:
    return node if PLAIN.fullmatch(node) else NODE
