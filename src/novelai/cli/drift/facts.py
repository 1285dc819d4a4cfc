"""What the service is expected to answer: one table, each row with where it was seen.

To teach the check a new fact, change its row here; nothing else knows any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

__all__ = [
    "ABSENT_MODELS",
    "COMMENT",
    "DATA",
    "DATA_CALL",
    "ECHOED",
    "GENERATE_CALL",
    "PICTURE",
    "PRESENT_GENERATIONS",
    "PRICES",
    "REQUEST_TYPE",
    "SOFTWARE",
    "SUBSCRIPTION",
    "SUBSCRIPTION_CALL",
    "SUGGESTIONS",
    "TAG",
    "TAGS_CALL",
    "TITLE",
    "UNKNOWN_MODEL",
    "UPSCALE_CALL",
    "UPSCALE_FACTOR",
    "USAGE",
    "Call",
    "Shape",
]

Kind: TypeAlias = Literal["number", "text", "flag", "object", "list", "anything"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The fields of a document.

    Attributes:
        source: where it was seen, and when.
        fields: those that are always there, by dotted name, and of what kind they are.
        optional: those that some accounts have.
        opaque: objects whose own fields are nobody's business.
        closed: a field that is in neither is news.
    """

    source: str
    fields: Mapping[str, Kind]
    optional: frozenset[str] = field(default_factory=frozenset[str])
    opaque: frozenset[str] = field(default_factory=frozenset[str])
    closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that succeeds.

    Attributes:
        source: where it was seen, and when.
        method: of HTTP.
        path: on the image host.
        status: of the answer.
        content_type: of the answer, without its parameters.
    """

    source: str
    method: str
    path: str
    status: int = 200
    content_type: str = "application/json"

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A call that is refused.

    Attributes:
        source: where it was seen, and when.
        status: of the answer.
        message: its sentence.
    """

    source: str
    status: int
    message: str


LIVE = "live Opus accounts, August to October 2026"
CAPTURES = "captures of October 2026"

SUBSCRIPTION_CALL: Final = Call(method="GET", path="/user/subscription", source=LIVE)
DATA_CALL: Final = Call(method="GET", path="/user/data", source=LIVE)
TAGS_CALL: Final = Call(
    method="GET", path="/ai/generate-image/suggest-tags", source="a live audit of October 2026"
)
GENERATE_CALL: Final = Call(
    method="POST",
    path="/ai/generate-image",
    content_type="binary/octet-stream",
    source=f"26 {CAPTURES}; NovelAI's own document says 201",
)
UPSCALE_CALL: Final = Call(
    method="POST",
    path="/ai/upscale",
    content_type="binary/octet-stream",
    source=CAPTURES,
)

SUBSCRIPTION: Final = Shape(
    source=LIVE,
    fields={
        "tier": "number",
        "active": "flag",
        "expiresAt": "number",
        "accountType": "number",
        "isGracePeriod": "flag",
        "perks": "object",
        "perks.maxPriorityActions": "number",
        "perks.startPriority": "number",
        "perks.contextTokens": "number",
        "perks.unlimitedMaxPriority": "flag",
        "perks.moduleTrainingSteps": "number",
        "trainingStepsLeft": "object",
        "trainingStepsLeft.fixedTrainingStepsLeft": "number",
        "trainingStepsLeft.purchasedTrainingSteps": "number",
    },
    optional=frozenset(
        {
            "isPaypal",
            "paymentProcessor",
            "paymentProcessorData",
            "usage",
            "usage.percent",
            "usage.isNegative",
            "usage.timeUntilNextPercent",
            "usage.purchasedPercent",
            "usage.purchasedPercentLeft",
            # Gone since spring 2026; their return would change nothing.
            "perks.voiceGeneration",
            "perks.imageGeneration",
            "perks.unlimitedImageGeneration",
            "perks.unlimitedImageGenerationLimits",
        }
    ),
    opaque=frozenset({"paymentProcessorData"}),
)

USAGE: Final = Shape(
    source=LIVE,
    fields={
        "usage": "object",
        "usage.percent": "number",
        "usage.isNegative": "flag",
        "usage.timeUntilNextPercent": "number",
    },
    closed=False,
)
"""What an active Opus subscription has besides."""

DATA: Final = Shape(
    source=LIVE,
    fields={
        "subscription": "object",
        "priority": "object",
        "priority.maxPriorityActions": "number",
        "priority.nextRefillAt": "number",
        "priority.taskPriority": "number",
        "information": "object",
        "information.emailVerified": "flag",
        "information.trialActivated": "flag",
        "information.trialActionsLeft": "number",
        "information.trialImagesLeft": "number",
        "information.accountCreatedAt": "number",
        "information.banStatus": "text",
        "information.loginMethod": "text",
    },
    closed=False,
)

SUGGESTIONS: Final = Shape(source=TAGS_CALL.source, fields={"tags": "list"})
TAG: Final = Shape(
    source=TAGS_CALL.source,
    fields={"tag": "text", "count": "number", "confidence": "number"},
)

PRESENT_GENERATIONS: Final = frozenset({"v5", "v4.5", "v4", "v3"})
"""Generations of the catalogue whose ids were seen live in 2026; older ones were not probed."""

ABSENT_MODELS: Final = ("nai-diffusion-5", "nai-diffusion-4-5")
"""Ids that NovelAI does not have (live probes, August 2026): if one answers, there is news."""

UNKNOWN_MODEL: Final = Refusal(source=TAGS_CALL.source, status=400, message="Model not found")

PICTURE: Final = Shape(
    source="pictures of captures, October 2026",
    fields={"Title": "text", "Description": "text", "Software": "text", "Source": "text"},
)

COMMENT: Final = Shape(
    source="the settings in a picture of V4.5 Full, captured on 2026-10-01",
    fields={
        "prompt": "text",
        "steps": "number",
        "height": "number",
        "width": "number",
        "scale": "number",
        "uncond_scale": "number",
        "cfg_rescale": "number",
        "seed": "number",
        "n_samples": "number",
        "noise_schedule": "text",
        "sampler": "text",
        "v4_prompt": "object",
        "v4_negative_prompt": "object",
        "uc": "text",
        "request_type": "text",
        "signed_hash": "text",
    },
    closed=False,
)

ECHOED: Final = {
    "steps": "steps",
    "height": "height",
    "width": "width",
    "scale": "scale",
    "cfg_rescale": "cfg_rescale",
    "seed": "seed",
    "n_samples": "n_samples",
    "noise_schedule": "noise_schedule",
    "sampler": "sampler",
    "uc": "negative_prompt",
}
"""Settings in a picture, and the field of the request that each repeats."""

SOFTWARE: Final = "NovelAI"
TITLE: Final = "AI generated image"
REQUEST_TYPE: Final = "PromptGenerateRequest"

PRICES: Final = "the web client's price rules and live charges, October 2026"
UPSCALE_FACTOR: Final = 2
