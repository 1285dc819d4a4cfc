"""``/api/tokens``: how many tokens the texts of an order have. Nothing is sent."""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from pydantic import BaseModel

from novelai.tokens import Budget
from novelai.types.base import construct
from novelai.types.generation import GenerateImageParams
from novelai.types.inpaint import InpaintParams

__all__ = ["BudgetView", "TokensView", "count_tokens", "params_with_texts"]

WITHOUT_TEXT = frozenset(
    """
    size steps scale sampler noise_schedule seed n_samples cfg_rescale variety_boost smea smea_dyn
    decrisp i2i inpaint vibes controlnet character_references straight_alpha image_format
    """.split()
)
"""Parameters that no text depends on; that something is inpainted matters, and not what."""


class BudgetView(BaseModel):
    """What texts use of the tokens that they share.

    Attributes:
        tokens: of all of them.
        limit: how many the model reads; the rest is cut off. ``null`` when it is unknown.
        base: of the prompt itself, or the undesired content, with what is added to it.
        characters: of each character that was named; 0 for one that is not sent.
    """

    tokens: int
    limit: int | None
    base: int
    characters: list[int]


class TokensView(BaseModel):
    """How many tokens an order's texts have, as NovelAI's page counts them."""

    prompt: BudgetView
    negative_prompt: BudgetView


def params_with_texts(params: Mapping[str, Any]) -> GenerateImageParams:
    """Return what an order says, as far as its texts depend on it.

    Unlike an order it may have no prompt yet, and pictures in it are not looked at.

    Raises:
        InvalidParamsError: a value is wrong.
    """
    prompt = params.get("prompt") or ""
    texts = {name: value for name, value in params.items() if name not in WITHOUT_TEXT}
    made = construct(GenerateImageParams, texts | {"prompt": prompt or "-"})
    past_the_checks: dict[str, Any] = {"prompt": prompt}
    if params.get("inpaint"):
        past_the_checks["inpaint"] = InpaintParams.model_construct()
    return made.model_copy(update=past_the_checks)


async def count_tokens(params: GenerateImageParams) -> TokensView:
    """Count in a thread: 100 kB take a third of a second, and the first count loads a vocabulary.

    Raises:
        ConfigurationError: the extra that counts for this model is not installed.
    """
    found = await anyio.to_thread.run_sync(params.count_tokens)
    return TokensView(
        prompt=_view(found.prompt, params), negative_prompt=_view(found.negative_prompt, params)
    )


def _view(budget: Budget, params: GenerateImageParams) -> BudgetView:
    counts = dict(zip(map(id, params.enabled_characters), budget.characters, strict=True))
    return BudgetView(
        tokens=budget.tokens,
        limit=budget.limit,
        base=budget.base.tokens,
        characters=[
            counts[id(one)].tokens if id(one) in counts else 0 for one in params.characters or ()
        ],
    )
