"""Prompt randomiser: `||red|blue||` becomes one of its choices, decided by the seed."""

import random
import re

_CHOICE = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)


def resolve(prompt: str, seed: int) -> str:
    """Replace every `||a|b||` in `prompt`; the same seed makes the same choices."""
    chooser = random.Random(f"choices:{seed}")
    return _CHOICE.sub(lambda match: chooser.choice(match[1].split("|")).strip(), prompt)
