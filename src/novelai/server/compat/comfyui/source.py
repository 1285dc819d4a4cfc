"""The picture that a workflow starts from, and its mask, followed from the sampler's latent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from novelai.server.compat.comfyui.graph import Graph, Node
from novelai.server.compat.comfyui.refusals import refuse_values
from novelai.server.compat.comfyui.values import whole_of

__all__ = ["BATCH", "CHANNELS", "SIDE", "Latent", "Mask", "find_latent"]

SIDE = 16, 16_384
"""ComfyUI's own limits: what is outside is refused, what NovelAI has not is brought near."""

BATCH = 8
"""Pictures of one prompt at most, at any size."""

LOADS = "LoadImage"
SCALES = "ImageScale"
REPEATS = "RepeatLatentBatch"
ONWARD: Mapping[str, str] = {
    "SetLatentNoiseMask": "samples",
    REPEATS: "samples",
    "VAEEncode": "pixels",
    "VAEEncodeTiled": "pixels",
    "VAEEncodeForInpaint": "pixels",
    "InpaintModelConditioning": "pixels",
    SCALES: "image",
}
"""Nodes between a picture and the sampler, and the input that leads on to the picture."""

CHANNELS = ("alpha", "red", "green", "blue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """What is repainted.

    Attributes:
        node: that loads it.
        channel: whose brightness counts; of ``alpha`` what is transparent is repainted.
        inverted: the rest is repainted.
    """

    node: Node
    channel: str
    inverted: bool


@dataclass(slots=True, kw_only=True)
class Latent:
    """What a sampler begins with.

    Attributes:
        node: an empty latent, or the node that loads a picture.
        mask: of the picture.
        scaled: the node that brings it to a size.
        batch_size: how often it is drawn.
        read: ids of the nodes that were followed.
    """

    node: Node
    mask: Mask | None = None
    scaled: Node | None = None
    batch_size: int = 1
    read: set[str] = field(default_factory=set[str])

    @property
    def is_empty(self) -> bool:
        """Whether it is no picture."""
        return self.node.kind.startswith("Empty")


def find_latent(graph: Graph, sampler: Node) -> Latent:
    """Follow the links from a sampler to what it begins with.

    Raises:
        WorkflowError: something stands between that is not read here.
    """
    found = Latent(node=sampler)
    value, masked = sampler.inputs.get("latent_image"), None
    while (node := graph.behind(value)) is not None and node.kind in ONWARD:
        found.read.add(node.name)
        if "mask" in node.inputs and masked is None:
            masked = node
        if node.kind == SCALES:
            found.scaled = found.scaled or node
        if node.kind == REPEATS:
            found.batch_size *= whole_of(graph, node, "amount", limits=(1, BATCH))
        value = node.inputs.get(ONWARD[node.kind])
    if node is None or not (node.kind == LOADS or node.kind.startswith("Empty")):
        words = "start from an EmptyLatentImage, or from LoadImage through VAEEncode"
        raise refuse_values(sampler, [("latent_image", words)])
    found.node = node
    found.read.add(node.name)
    if masked is not None:
        found.mask = _mask(graph, masked, found)
    if found.is_empty:
        size = whole_of(graph, node, "batch_size", limits=(1, BATCH), default=1)
        found.batch_size *= size
    if found.batch_size > BATCH:
        words = f"{found.batch_size} pictures are wanted, and {BATCH} are the most"
        raise refuse_values(sampler, [("latent_image", words)])
    return found


def _mask(graph: Graph, masked: Node, found: Latent) -> Mask:
    if found.is_empty:
        raise refuse_values(masked, [("mask", "there is no picture that it could belong to")])
    value, inverted = masked.inputs["mask"], False
    while (node := graph.behind(value)) is not None and node.kind == "InvertMask":
        found.read.add(node.name)
        value, inverted = node.inputs.get("mask"), not inverted
    if node is None or node.kind not in (LOADS, "LoadImageMask"):
        raise refuse_values(masked, [("mask", "must come from LoadImage or LoadImageMask")])
    found.read.add(node.name)
    channel = "alpha" if node.kind == LOADS else node.inputs.get("channel", "alpha")
    if channel not in CHANNELS:
        raise refuse_values(node, [("channel", f"must be one of {', '.join(CHANNELS)}")])
    return Mask(node=node, channel=channel, inverted=inverted)
