"""Answers beside facts: pure comparisons, which print no prompt, no token and nothing personal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from novelai.catalogue import model_of_source
from novelai.cli.drift.facts import (
    COMMENT,
    ECHOED,
    PICTURE,
    PRICES,
    REQUEST_TYPE,
    SOFTWARE,
    SUBSCRIPTION,
    SUGGESTIONS,
    TAG,
    TITLE,
    UNKNOWN_MODEL,
    USAGE,
    Call,
    Shape,
)
from novelai.metadata import ImageMetadata

__all__ = [
    "Answer",
    "Drift",
    "compare_absent_model",
    "compare_call",
    "compare_document",
    "compare_metadata",
    "compare_model",
    "compare_price",
    "compare_size",
    "compare_subscription",
]

MOST_COUNT = 10_000
TEXTS = frozenset({"prompt", "uc"})
"""Settings whose values are never shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a call.

    Attributes:
        status: of HTTP.
        content_type: without its parameters.
        content: the body; left empty where it is a picture.
    """

    status: int
    content_type: str = ""
    content: bytes = b""

    @property
    def document(self) -> Any:
        """The body's JSON, or ``None``."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference between the service and what this package expects.

    Attributes:
        about: the call, and the field where there is one.
        expected: what the package relies on.
        found: what came.
        source: where the expectation comes from.
    """

    about: str
    expected: str
    found: str
    source: str

    @property
    def line(self) -> str:
        """The whole of it, ready to be pasted."""
        return f"{self.about}: expected {self.expected}, found {self.found} ({self.source})"


def compare_call(call: Call, answer: Answer) -> Iterator[Drift]:
    """Compare status and content type."""
    if answer.status != call.status:
        yield Drift(
            about=call.name,
            expected=f"status {call.status}",
            found=f"status {answer.status}",
            source=call.source,
        )
    elif answer.content_type != call.content_type:
        yield Drift(
            about=f"{call.name} content-type",
            expected=call.content_type,
            found=answer.content_type or "none",
            source=call.source,
        )


def compare_document(about: str, document: Any, shape: Shape) -> Iterator[Drift]:
    """Compare the fields of a document and their kinds."""
    if not isinstance(document, dict):
        yield Drift(about=about, expected="an object", found=kind_of(document), source=shape.source)
        return
    found = dict(_fields(cast("dict[str, Any]", document)))
    for name, kind in shape.fields.items():
        parent = name.rpartition(".")[0]
        if parent and kind_of(found.get(parent)) != "object":
            continue  # said already
        here = "nothing" if name not in found else kind_of(found[name])
        if here != kind:
            yield Drift(about=f"{about} {name}", expected=kind, found=here, source=shape.source)
    for name in _news(found, shape) if shape.closed else ():
        yield Drift(
            about=f"{about} {name}",
            expected="no such field",
            found=kind_of(found[name]),
            source=shape.source,
        )


def compare_subscription(about: str, document: Any, *, opus: bool) -> Iterator[Drift]:
    """Compare a subscription; that of an active Opus account has more."""
    yield from compare_document(about, document, SUBSCRIPTION)
    if opus and isinstance(document, dict):
        yield from compare_document(about, document, USAGE)


def compare_model(model: str, call: Call, answer: Answer) -> Iterator[Drift]:
    """Compare the tag suggestions for a model that is there."""
    if answer.status == UNKNOWN_MODEL.status:
        yield Drift(
            about=f"model {model}",
            expected="a model",
            found=f"status {answer.status}: the service does not know it",
            source=call.source,
        )
        return
    differing = list(compare_call(call, answer))
    yield from differing
    if differing:
        return
    yield from compare_document(f"{call.name} {model}", answer.document, SUGGESTIONS)
    document: object = answer.document
    tags: object = cast("dict[str, Any]", document).get("tags") if isinstance(document, dict) else 0
    for tag in cast("list[Any]", tags)[:1] if isinstance(tags, list) else []:
        yield from compare_document(f"{call.name} tags", tag, TAG)
        yield from _compare_tag(call, tag)


def compare_absent_model(model: str, answer: Answer) -> Iterator[Drift]:
    """Compare the refusal of a model that is not there."""
    document = answer.document
    message = cast("dict[str, Any]", document).get("message") if isinstance(document, dict) else ""
    if answer.status == 200:
        found = "status 200: the service has it"
    elif answer.status != UNKNOWN_MODEL.status:
        found = f"status {answer.status}"
    elif message != UNKNOWN_MODEL.message:
        found = "another sentence"
    else:
        return
    yield Drift(
        about=f"model {model}",
        expected=f"status {UNKNOWN_MODEL.status}, {UNKNOWN_MODEL.message!r}",
        found=found,
        source=UNKNOWN_MODEL.source,
    )


def compare_price(what: str, price: int, before: int, after: int) -> Iterator[Drift]:
    """Compare a price with the difference of two balances."""
    if before - after != price:
        yield Drift(
            about=f"price of {what}",
            expected=f"{price} Anlas",
            found=f"{before - after} Anlas less on the account",
            source=PRICES,
        )


def compare_size(
    about: str, expected: tuple[int, int], found: tuple[int, int], source: str
) -> Iterator[Drift]:
    """Compare the size of a picture."""
    if expected != found:
        yield Drift(
            about=f"{about} size",
            expected=f"{expected[0]}x{expected[1]}",
            found=f"{found[0]}x{found[1]}",
            source=source,
        )


def compare_metadata(
    model: str, request: Mapping[str, Any], metadata: ImageMetadata | None
) -> Iterator[Drift]:
    """Compare what a picture says of its making with the request for it.

    Args:
        model: the model id of the request.
        request: the whole body.
        metadata: what the picture holds.
    """
    if metadata is None:
        yield Drift(
            about="picture", expected="embedded settings", found="none", source=PICTURE.source
        )
        return
    named = {"Title": (TITLE, metadata.title), "Software": (SOFTWARE, metadata.software)}
    for name, (expected, found) in named.items():
        yield from _compare_value(f"picture {name}", expected, found, PICTURE)
    made_by = model_of_source(metadata.source or "")
    if made_by != model:
        yield Drift(
            about="picture Source",
            expected=f"a name and hash of {model}",
            found=f"{(metadata.source or 'nothing')[:60]!r}",
            source=PICTURE.source,
        )
    yield from compare_document("picture Comment", dict(metadata.comment), COMMENT)
    parameters = request["parameters"]
    sent = {name: parameters.get(field) for name, field in ECHOED.items()}
    for name, value in {**sent, "prompt": request["input"], "request_type": REQUEST_TYPE}.items():
        found = metadata.comment.get(name)
        if kind_of(found) == COMMENT.fields[name]:  # else it was named already
            yield from _compare_value(f"picture Comment {name}", value, found, COMMENT)


def kind_of(value: Any) -> str:
    """Name the kind of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "flag"
    kinds = {(int, float): "number", (str,): "text", (dict,): "object", (list,): "list"}
    return next((name for types, name in kinds.items() if isinstance(value, types)), "anything")


def _compare_value(about: str, expected: Any, found: Any, shape: Shape) -> Iterator[Drift]:
    if expected == found:
        return
    hidden = about.rpartition(" ")[2] in TEXTS
    yield Drift(
        about=about,
        expected="what was sent" if hidden else repr(expected),
        found=_differing(expected, found) if hidden else repr(found)[:60],
        source=shape.source,
    )


def _differing(expected: Any, found: Any) -> str:
    """Say how a text differs without showing it."""
    if not isinstance(expected, str) or not isinstance(found, str):
        return kind_of(found)
    same = next(
        (at for at, (one, other) in enumerate(zip(expected, found, strict=False)) if one != other),
        min(len(expected), len(found)),
    )
    return f"a text of {len(found)} characters for {len(expected)}, the same up to number {same}"


def _compare_tag(call: Call, tag: Any) -> Iterator[Drift]:
    if not isinstance(tag, dict):
        return
    limits: Sequence[tuple[str, float]] = (("count", MOST_COUNT), ("confidence", 1))
    for name, most in limits:
        value: object = cast("dict[str, Any]", tag).get(name)
        if isinstance(value, (int, float)) and not 0 <= value <= most:
            yield Drift(
                about=f"{call.name} tags {name}",
                expected=f"0 to {most}",
                found=f"{value}",
                source=call.source,
            )


def _fields(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Give the fields of a document and of the objects in it, by dotted name."""
    for name, value in document.items():
        yield f"{before}{name}", value
        if isinstance(value, dict):
            yield from _fields(cast("dict[str, Any]", value), f"{before}{name}.")


def _news(found: Mapping[str, Any], shape: Shape) -> list[str]:
    """List the fields that no row has; of a new object, the object alone."""
    known = {*shape.fields, *shape.optional}
    new = found.keys() - known
    return sorted(
        name
        for name in new
        if (parent := name.rpartition(".")[0]) not in new and parent not in shape.opaque
    )
