"""A workflow of ComfyUI, as far as it says what picture is wanted.

No graph is run. One sampler is looked for, and from it the links are followed to the texts, the
size and the checkpoint. A node of the class ``NovelAI`` holds NovelAI's own parameters instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from novelai.server.http.error_handlers import invalid
from novelai.types.base import SEEDS

__all__ = ["WorkflowImage", "read_workflow"]

SAMPLERS = frozenset({"KSampler", "KSamplerAdvanced"})
NATIVE = "NovelAI"
OUTPUTS = ("SaveImage", "PreviewImage")
DEEPEST = 50
"""How many there are at NovelAI: ComfyUI's clients draw them from more, and they are folded."""
TEXTS = ("text", "string", "value", "prompt", "text_g", "text_l")
CHECKPOINTS = ("ckpt_name", "unet_name", "model_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowImage:
    """What a workflow asks for.

    Attributes:
        node: the id of the node that draws.
        output: the id of the node that shows the picture; of the one that draws if none does.
        native: parameters of a ``NovelAI`` node, by our names; everything else is empty then.
        fields: of a sampler, in A1111's names.
    """

    node: str
    output: str
    native: Mapping[str, Any]
    fields: Mapping[str, Any]


def read_workflow(workflow: object) -> WorkflowImage:
    """Read a workflow in ComfyUI's API format.

    Raises:
        ProblemError: 422; it does not say, or asks for more than one picture.
    """
    nodes = _nodes(workflow)
    found = [name for name, node in nodes.items() if _class(node) in (SAMPLERS | {NATIVE})]
    if len(found) != 1:
        raise invalid([("prompt", f"has {len(found)} KSampler or NovelAI nodes; one is needed")])
    (name,) = found
    inputs = _inputs(nodes[name])
    output = _output(nodes) or name
    if _class(nodes[name]) == NATIVE:
        native = {field: _text(nodes, value) or value for field, value in inputs.items()}
        seed = _number(nodes, inputs.get("seed"))
        native |= {} if seed is None else {"seed": seed}
        return WorkflowImage(node=name, output=output, native=native, fields={})
    latent = next(_chain(nodes, inputs.get("latent_image"), ("samples", "pixels")), None)
    size: Mapping[str, Any] = {} if latent is None else _inputs(latent)
    if "width" not in size or "height" not in size:
        raise invalid([("prompt", "starts from no EmptyLatentImage: pictures are not taken here")])
    if size.get("batch_size", 1) != 1:
        raise invalid([("batch_size", "must be 1: queue one prompt for each picture")])
    fields: dict[str, Any] = {
        "prompt": _text(nodes, inputs.get("positive")),
        "negative_prompt": _text(nodes, inputs.get("negative")),
        "seed": _number(nodes, inputs.get("seed", inputs.get("noise_seed"))),
        "steps": inputs.get("steps"),
        "cfg_scale": inputs.get("cfg"),
        "sampler_name": inputs.get("sampler_name"),
        "scheduler": inputs.get("scheduler"),
        "width": size["width"],
        "height": size["height"],
        "model": _checkpoint(nodes, inputs.get("model")),
    }
    given = {field: value for field, value in fields.items() if value is not None}
    return WorkflowImage(node=name, output=output, native={}, fields=given)


def _nodes(workflow: object) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(workflow, Mapping):
        raise invalid([("prompt", "is a workflow in API format: an object of nodes")])
    nodes = cast("Mapping[str, Any]", workflow)
    return {
        str(name): cast("Mapping[str, Any]", node)
        for name, node in nodes.items()
        if isinstance(node, Mapping)
    }


def _output(nodes: Mapping[str, Mapping[str, Any]]) -> str | None:
    return next((name for name, node in nodes.items() if _class(node) in OUTPUTS), None)


def _class(node: Mapping[str, Any]) -> str:
    return str(node.get("class_type"))


def _inputs(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: object = node.get("inputs")
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def _follow_link(nodes: Mapping[str, Mapping[str, Any]], value: object) -> Mapping[str, Any] | None:
    if not isinstance(value, list) or not value:
        return None
    return nodes.get(str(cast("list[Any]", value)[0]))


def _chain(
    nodes: Mapping[str, Mapping[str, Any]], value: object, onward: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes behind a link, each found through one of these inputs of the one before."""
    for _ in range(DEEPEST):
        node = _follow_link(nodes, value)
        if node is None:
            return
        yield node
        inputs = _inputs(node)
        value = next((inputs[name] for name in onward if isinstance(inputs.get(name), list)), None)


def _text(nodes: Mapping[str, Mapping[str, Any]], value: object) -> str | None:
    if isinstance(value, str):
        return value
    onward = (*TEXTS, "conditioning", "conditioning_1", "positive")
    for node in _chain(nodes, value, onward):
        inputs = _inputs(node)
        for name in TEXTS:
            if isinstance(inputs.get(name), str):
                return inputs[name]
    return None


def _number(nodes: Mapping[str, Mapping[str, Any]], value: object) -> int | None:
    for node in _chain(nodes, value, ()):
        inputs = _inputs(node)
        value = inputs.get("seed", inputs.get("value"))
    if not isinstance(value, int):
        return None
    return value % SEEDS if value >= 0 else value


def _checkpoint(nodes: Mapping[str, Mapping[str, Any]], value: object) -> str | None:
    for node in _chain(nodes, value, ("model",)):
        inputs = _inputs(node)
        for name in CHECKPOINTS:
            if isinstance(inputs.get(name), str):
                return inputs[name]
    return None
