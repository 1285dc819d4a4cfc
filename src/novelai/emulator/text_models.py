"""Text models: who may use them, and how much they read and write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class TextModel:
    """One text model.

    Attributes:
        id: Its id.
        interface: `native` (`/ai/generate`) or `openai` (`/oa/v1`).
        vocabulary: Number of its tokens.
        width: Bytes of a token in packed form.
        context: Tokens it reads and writes together, by tier; tiers that are left out may not
            use it.
        output: Most tokens it writes, by tier.
    """

    id: str
    interface: Literal["native", "openai"]
    vocabulary: int
    width: int = 4
    context: Mapping[int, int]
    output: Mapping[int, int] = field(default_factory=dict[int, int])


_STORY_OUTPUT = {1: 150, 2: 150, 3: 250}
_GLM_CONTEXT = {1: 8_192, 2: 12_288, 3: 28_672}

TEXT_MODELS = {
    model.id: model
    for model in (
        TextModel(
            id="kayra-v1",
            interface="native",
            vocabulary=49_400,
            width=2,
            context={1: 4_096, 2: 8_192, 3: 8_192},
            output=_STORY_OUTPUT,
        ),
        TextModel(
            id="llama-3-erato-v1",
            interface="native",
            vocabulary=128_000,
            context={3: 8_192},
            output=_STORY_OUTPUT,
        ),
        TextModel(id="glm-4-6", interface="openai", vocabulary=151_000, context=_GLM_CONTEXT),
        # The older name of the same model.
        TextModel(id="glm-4-5", interface="openai", vocabulary=151_000, context=_GLM_CONTEXT),
        TextModel(id="xialong-v1", interface="openai", vocabulary=151_000, context={3: 28_672}),
    )
}
LISTED = ("glm-4-6", "xialong-v1")


def usable_model(
    model_id: str, interface: Literal["native", "openai"], account: EmulatedAccount, now: float
) -> TextModel:
    """Return the model of an id, if the account may use it here.

    Raises:
        Refusal: 402 without a subscription, 403 when there is no such model for the account.
    """
    if not account.has_subscription(now):
        raise Refusal(402, "No active subscription")
    model = TEXT_MODELS.get(model_id)
    if model is not None and model.interface == "openai" and interface == "native":
        raise Refusal(403, f"model '{model_id}' is only available via the OpenAI-compatible API")
    if model is None or model.interface != interface or account.tier not in model.context:
        raise Refusal(403, f"model '{model_id}' doesn't exist")
    return model


def check_context(model: TextModel, account: EmulatedAccount, read: int, written: int) -> None:
    """Refuse what does not fit; the service cuts nothing itself.

    Args:
        model: The model.
        account: Whose tier counts.
        read: Tokens of the prompt.
        written: Tokens asked for.

    Raises:
        Refusal: 400.
    """
    context = model.context[account.tier]
    if read + written > context:
        raise Refusal(
            400,
            f"Invalid request: prompt of {read} tokens and output of {written} tokens exceed the "
            f"context of {context} tokens",
        )
