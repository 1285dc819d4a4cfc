"""Count the tokens of prompts as NovelAI's web client does, exactly and without asking anybody.

    from novelai.tokens import count

    count("1girl, cat ears", "nai-diffusion-4-5-full").tokens  # 6

What is beyond a model's limit is cut off silently by the service. `count` takes a text as it is;
`novelai.types.GenerateImageParams.count_tokens` counts all that an order sends, the quality text
and the preset of undesired content included, against the limits that its texts share.

V4 and V4.5 count with T5's vocabulary, older models with CLIP's: both are in the package. V5 counts
with Qwen 3.5's, which the extra ``tokens`` brings. The first count loads one, 50 to 200 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from novelai.catalogue import ModelSpec, model_spec
from novelai.tokens._definitions import Tokenizer, clip, qwen, read_definition, t5
from novelai.tokens._fields import FieldCount, count_field

__all__ = [
    "Budget",
    "FieldCount",
    "PromptTokens",
    "Tokenizer",
    "count",
    "count_texts",
    "read_definition",
    "tokenizer_of",
]

TOKENIZERS = {"v4": t5, "v4.5": t5, "v3": clip, "legacy": clip}


@dataclass(frozen=True, slots=True)
class Budget:
    """What several fields use of the tokens that they share.

    Attributes:
        limit: how many the model reads; ``None`` when that is unknown.
        base: of the prompt itself, or of the undesired content.
        characters: of each character that is sent, in their order; V4 and later have some.
    """

    limit: int | None
    base: FieldCount
    characters: tuple[FieldCount, ...] = ()

    @property
    def tokens(self) -> int:
        """All of them together."""
        return self.base.tokens + sum(one.tokens for one in self.characters)

    @property
    def is_over(self) -> bool:
        """Tell whether the service cuts something off."""
        return self.limit is not None and self.tokens > self.limit


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """The tokens of all texts of an order.

    Attributes:
        prompt: of the prompt with its quality text, and of the characters' prompts.
        negative_prompt: of the undesired content with its preset, and of the characters' own.
    """

    prompt: Budget
    negative_prompt: Budget

    @property
    def cuts(self) -> list[str]:
        """What is cut off, a sentence each; none when all fits."""
        return [
            f"The {name} has {budget.tokens} tokens; the model cuts it at {budget.limit}."
            for name, budget in (
                ("prompt", self.prompt),
                ("undesired content", self.negative_prompt),
            )
            if budget.is_over
        ]


def count(text: str, model: str, *, tokenizer: Tokenizer | None = None) -> FieldCount:
    """Count the tokens of a prompt, of undesired content, or of a character's text.

    In ``||a|b||`` only the longest option counts. The parts of a mix (``a | b``), at most six, are
    added up on V4 and later; before, each has the limit for itself, and the longest counts. A model
    that the catalogue does not know is counted like V5.

    Args:
        text: as it is sent; nothing is added.
        model: a NovelAI model id.
        tokenizer: another than the model's own; see `read_definition`.

    Raises:
        ConfigurationError: counting for this model needs the extra ``tokens``.
    """
    spec = model_spec(model)
    return _count(text, spec, tokenizer or tokenizer_of(spec))


def count_texts(
    prompts: Sequence[str],
    negative_prompts: Sequence[str],
    spec: ModelSpec,
    *,
    tokenizer: Tokenizer | None = None,
) -> PromptTokens:
    """Count the tokens of all texts of an order; `GenerateImageParams.count_tokens` gives them.

    Args:
        prompts: the prompt, then that of each character; as they are sent.
        negative_prompts: the same of undesired content.
        spec: the row of the model that the request carries.
        tokenizer: another than the model's own; see `read_definition`.

    Raises:
        ConfigurationError: counting for this model needs the extra ``tokens``.
    """
    chosen = tokenizer or tokenizer_of(spec)

    def budget(texts: Sequence[str]) -> Budget:
        base, *characters = (_count(text, spec, chosen) for text in texts)
        return Budget(spec.token_limit, base, tuple(characters))

    return PromptTokens(budget(prompts), budget(negative_prompts))


def tokenizer_of(spec: ModelSpec) -> Tokenizer:
    """Return the tokenizer of a model; an unknown one counts like V5.

    Raises:
        ConfigurationError: counting for this model needs the extra ``tokens``.
    """
    return TOKENIZERS.get(spec.generation, qwen)()


def _count(text: str, spec: ModelSpec, tokenizer: Tokenizer) -> FieldCount:
    return count_field(text, tokenizer.count, pooled=spec.structured_prompt)
