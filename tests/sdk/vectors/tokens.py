"""Checks of test vectors: token counts."""

from typing import Any

from novelai.catalogue import model_spec
from novelai.tokens import count, tokenizer_of

MODELS = {
    "v5": "nai-diffusion-5-full",
    "v4": "nai-diffusion-4-5-full",
    "v3": "nai-diffusion-3",
}


def part(family: str) -> Any:
    """Return the check of one part's count."""

    def check(case: dict[str, Any]) -> None:
        assert tokenizer_of(model_spec(MODELS[family])).count(case["text"]) == case["tokens"]

    return check


def field(case: dict[str, Any]) -> None:
    found = count(case["text"], MODELS[case["family"]])
    assert (found.tokens, list(found.parts)) == (case["count"], case["parts"])


CHECKS: dict[str, Any] = {
    "tokens_t5": part("v4"),
    "tokens_clip": part("v3"),
    "tokens_qwen": part("v5"),
    "tokens_fields": field,
}
