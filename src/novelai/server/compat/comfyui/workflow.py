"""What picture a workflow asks for.

No graph is run. One sampler is looked for, and from it the links are followed to the texts, the
size and the checkpoint. A node of the class ``NovelAI`` holds NovelAI's own parameters instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from novelai.server.compat.comfyui.classes import (
    DRAWS,
    NATIVE,
    SENDS,
    SHOWS,
    check_classes,
    left_out,
)
from novelai.server.compat.comfyui.graph import Graph, Node
from novelai.server.compat.comfyui.refusals import (
    WorkflowError,
    refuse_input,
    refuse_loop,
    refuse_values,
)
from novelai.server.compat.comfyui.source import SIDE, Latent, find_latent
from novelai.server.compat.comfyui.values import number_of, seed_of, text_behind, whole_of

__all__ = ["CHECKPOINTS", "Wanted", "WorkflowImage", "read_workflow"]

STEPS = 1, 10_000
PLACES = 0, 10_000
CFG = 100.0
"""ComfyUI's own limits: what is outside is refused, what NovelAI has not is brought near."""

CHECKPOINTS = ("ckpt_name", "unet_name", "model_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A picture as a sampler asks for it, in ComfyUI's terms.

    Attributes:
        size: ``None`` for that of the picture it starts from.
        latent: what it starts from.
        strength: how much of a picture is drawn anew.
        loader: the node that names the checkpoint.
    """

    prompt: str = field(repr=False)
    negative: str = field(repr=False)
    seed: int
    steps: int
    cfg: float
    sampler_name: str | None
    scheduler: str | None
    size: tuple[int, int] | None
    latent: Latent
    strength: float
    loader: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowImage:
    """What a workflow asks for.

    Attributes:
        node: that draws.
        output: the id of the node that shows the picture; of the one that draws if none does.
        sends: the id of the node that hands it to the socket; empty without one.
        wanted: parameters of a ``NovelAI`` node by our names, or what a sampler asks for.
        notes: what is left out, in sentences.
    """

    node: Node
    output: str
    sends: str
    wanted: Mapping[str, Any] | Wanted
    notes: Sequence[str]


def read_workflow(workflow: object) -> WorkflowImage:
    """Read a workflow in ComfyUI's API format.

    Raises:
        WorkflowError: it does not say, or asks for what cannot be.
    """
    if workflow is None:
        raise WorkflowError("no_prompt", "No prompt provided.", details="No prompt provided")
    if not isinstance(workflow, Mapping):
        raise WorkflowError(
            "invalid_prompt", "A prompt is a workflow in API format: an object of nodes."
        )
    graph = Graph.read(cast("Mapping[str, Any]", workflow))
    check_classes(graph)
    shows = [node for node in graph.nodes.values() if node.kind in SHOWS]
    sends = [node for node in graph.nodes.values() if node.kind == SENDS]
    node = _drawing(graph, [*shows, *sends])
    used = graph.reached(node, *shows, *sends)
    _check_links(graph, used)
    latent = None if node.kind == NATIVE else find_latent(graph, node)
    notes = left_out(used, latent.read if latent else ())
    return WorkflowImage(
        node=node,
        output=shows[0].name if shows else "" if sends else node.name,
        sends=sends[0].name if sends else "",
        wanted=_wanted(graph, node, latent, notes) if latent else _native(graph, node),
        notes=notes,
    )


def _drawing(graph: Graph, outputs: Sequence[Node]) -> Node:
    looked_at = [
        [node for node in nodes if node.kind in DRAWS]
        for nodes in (graph.reached(*outputs), graph.nodes.values())
    ]
    found = looked_at[0] or looked_at[1]
    if not found:
        raise WorkflowError(
            "prompt_no_outputs",
            "Prompt has no outputs: it has 0 KSampler or NovelAI nodes, and needs one.",
        )
    if len(found) > 1:
        words = f"the prompt has {len(found)} KSampler or NovelAI nodes, and one is drawn"
        raise refuse_values(found[1], [("class_type", words)])
    return found[0]


def _check_links(graph: Graph, nodes: Sequence[Node]) -> None:
    loop = graph.loop()
    if loop:
        raise refuse_loop(loop)
    for node in nodes:
        if node.kind == NATIVE:  # its lists are values
            continue
        for name, leads_to in node.links:
            if len(node.inputs[name]) != 2 or leads_to not in graph.nodes:
                raise refuse_input(node, name, "bad_linked_input", "leads to no node")


def _native(graph: Graph, node: Node) -> Mapping[str, Any]:
    fields = {
        name: value if (text := text_behind(graph, value)) is None else text
        for name, value in node.inputs.items()
    }
    if "seed" in fields:
        fields["seed"] = seed_of(graph, node, "seed")
    return fields


def _wanted(graph: Graph, node: Node, latent: Latent, notes: list[str]) -> Wanted:
    inputs = node.inputs
    positive, negative = (_conditioning(graph, node, name) for name in ("positive", "negative"))
    prompt = text_behind(graph, positive)
    if prompt is None or not prompt.strip():
        raise refuse_values(next(graph.chain(positive), node), [("text", "a prompt is needed")])
    if any(graph.nodes[name].inputs.get("grow_mask_by") for name in latent.read):
        notes.append("grow_mask_by was left out: NovelAI paints what the mask marks.")
    sized = latent.node if latent.is_empty else latent.scaled
    return Wanted(
        prompt=prompt,
        negative=text_behind(graph, negative) or "",
        seed=seed_of(graph, node, "seed" if "noise_seed" not in inputs else "noise_seed"),
        steps=whole_of(graph, node, "steps", limits=STEPS),
        cfg=number_of(graph, node, "cfg", CFG),
        sampler_name=text_behind(graph, inputs.get("sampler_name")),
        scheduler=text_behind(graph, inputs.get("scheduler")),
        size=sized
        and (
            whole_of(graph, sized, "width", limits=SIDE),
            whole_of(graph, sized, "height", limits=SIDE),
        ),
        latent=latent,
        strength=_strength(graph, node, latent, notes),
        loader=_loader(graph, inputs.get("model")),
    )


def _conditioning(graph: Graph, node: Node, name: str) -> object:
    """Return the link to a text; a node for inpainting hands both texts on."""
    behind = graph.behind(node.inputs.get(name))
    handed_on = behind is not None and behind.kind == "InpaintModelConditioning"
    return behind.inputs.get(name) if behind and handed_on else node.inputs.get(name)


def _strength(graph: Graph, node: Node, latent: Latent, notes: list[str]) -> float:
    """Return how much is drawn anew; says so where only a part of the steps was meant to be."""
    denoise = number_of(graph, node, "denoise", 1.0) if "denoise" in node.inputs else 1.0
    start = whole_of(graph, node, "start_at_step", limits=PLACES, default=0)
    steps = whole_of(graph, node, "steps", limits=STEPS)
    if latent.is_empty and denoise < 1:
        notes.append(f"denoise {denoise:g} became 1: nothing is there to begin with.")
    if latent.is_empty and start > 0:
        notes.append("start_at_step was left out: NovelAI draws all steps.")
    if whole_of(graph, node, "end_at_step", limits=PLACES, default=PLACES[1]) < steps:
        notes.append("end_at_step was left out: NovelAI draws all steps.")
    return denoise * (1 - min(start, steps) / steps)


def _loader(graph: Graph, value: object) -> Node | None:
    for node in graph.chain(value, "model"):
        if any(isinstance(node.inputs.get(name), str) for name in CHECKPOINTS):
            return node
    return None
