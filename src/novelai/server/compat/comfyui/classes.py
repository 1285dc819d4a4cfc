"""The classes of nodes: which are read, which are left out, and which cannot be."""

from collections.abc import Collection

from novelai.server.compat.comfyui.graph import Graph, Node
from novelai.server.compat.comfyui.refusals import WorkflowError, refuse_node, refuse_values

__all__ = ["DRAWS", "NATIVE", "NUMBERS", "SENDS", "SHOWS", "TEXTS", "check_classes", "left_out"]

NATIVE = "NovelAI"
DRAWS = frozenset({"KSampler", "KSamplerAdvanced", NATIVE})
SHOWS = frozenset({"SaveImage", "PreviewImage"})
SENDS = "SaveImageWebsocket"
TEXTS = ("text", "string", "value", "prompt", "text_g", "text_l", "clip_l", "t5xxl")
NUMBERS = ("seed", "noise_seed", "int", "float", "number")

READ = frozenset({
    *DRAWS, *SHOWS, SENDS,
    "CheckpointLoader", "CheckpointLoaderSimple", "CLIPTextEncode", "CLIPTextEncodeFlux",
    "CLIPTextEncodeSDXL", "ConditioningZeroOut", "EmptyFlux2LatentImage", "EmptyLatentImage",
    "EmptySD3LatentImage", "InpaintModelConditioning", "InvertMask", "LoadImage", "LoadImageMask",
    "PrimitiveFloat", "PrimitiveInt", "PrimitiveNode", "PrimitiveString",
    "PrimitiveStringMultiline", "RepeatLatentBatch", "Reroute", "SetLatentNoiseMask", "UNETLoader",
    "VAEDecode", "VAEDecodeTiled", "VAEEncode", "VAEEncodeForInpaint", "VAEEncodeTiled",
})  # fmt: skip
"""Of these at least a part means something."""

LEFT_OUT = frozenset({
    "BasicScheduler", "CFGNorm", "CFGZeroStar", "CLIPLoader", "CLIPSetLastLayer",
    "ConditioningAverage", "ConditioningCombine", "ConditioningConcat", "ConditioningSetArea",
    "ConditioningSetAreaPercentage", "ConditioningSetMask", "ConditioningSetTimestepRange",
    "DifferentialDiffusion", "DualCLIPLoader", "FluxGuidance", "FreeU", "FreeU_V2", "HyperTile",
    "HypernetworkLoader", "ImageBlur", "ImageQuantize", "ImageScale", "ImageScaleBy",
    "ImageScaleToTotalPixels", "ImageSharpen", "ImageUpscaleWithModel", "LoraLoader",
    "LoraLoaderModelOnly", "ModelSamplingAuraFlow", "ModelSamplingContinuousEDM",
    "ModelSamplingContinuousV", "ModelSamplingDiscrete", "ModelSamplingFlux", "ModelSamplingSD3",
    "PatchModelAddDownscale", "PerturbedAttentionGuidance", "RescaleCFG",
    "SelfAttentionGuidance", "SkipLayerGuidanceDiT", "TomePatchModel", "TripleCLIPLoader",
    "UpscaleModelLoader", "VAELoader",
})  # fmt: skip
"""What these do, NovelAI does not; the picture is one without it."""

PICTURES = (
    "ControlNet", "GLIGEN", "IPAdapter", "InpaintModelConditioning", "LoadImage",
    "SetLatentNoiseMask", "StyleModel", "VAEEncode", "unCLIP",
)  # fmt: skip
"""Parts of names: the picture would be another one without them."""


def check_classes(graph: Graph) -> None:
    """Go on only if each node is of a class that is known, or merely holds a value.

    Raises:
        WorkflowError: as ComfyUI refuses a node that is not installed.
    """
    for node in graph.nodes.values():
        if not node.kind:
            raise WorkflowError(
                "missing_node_type",
                f"Node 'ID #{node.name[:40]}' has no class_type: a workflow is sent in API format.",
                details=f"Node ID '#{node.name}'",
                extra={"node_id": node.name, "class_type": None, "node_title": None},
            )
        if node.kind not in READ | LEFT_OUT and not _has_picture(node) and not _is_value(node):
            raise refuse_node(node)


def left_out(nodes: list[Node], read: Collection[str]) -> list[str]:
    """Say which of the nodes that a picture is made from are left out.

    Args:
        nodes: all of them.
        read: ids of those that lead to the picture which it starts from.

    Raises:
        WorkflowError: another one takes a picture, too.
    """
    others = [node for node in nodes if node.name not in read]
    for node in others:
        if _has_picture(node):
            words = "takes a picture in a way that NovelAI has not: one is taken as latent_image"
            raise refuse_values(node, [("class_type", words)])
    return [
        f"{node} was left out: NovelAI does nothing of this kind."
        for node in others
        if node.kind in LEFT_OUT
    ]


def _has_picture(node: Node) -> bool:
    return any(part in node.kind for part in PICTURES)


def _is_value(node: Node) -> bool:
    """Return whether it is a text or a number under another name; many packs bring such nodes."""
    return not any(node.links) and any(name in node.inputs for name in (*TEXTS, *NUMBERS))
