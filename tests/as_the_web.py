"""What the web client makes of what people type, for every way to ask for it."""

from typing import Any, NamedTuple

MEDIUM = "nai-diffusion-5-full-medium"
V5, V45 = "nai-diffusion-5-full", "nai-diffusion-4-5-full"

Q = "very aesthetic, masterpiece, no text"
"""The quality text of all three."""


class Typed(NamedTuple):
    """A prompt, the model it is for, and what is sent."""

    prompt: str
    model: str
    sent: str


PROMPTS = [
    Typed("1girl, 2::japanese text::, smile", V45, f"1girl, 2::japanese text::, smile, {Q}"),
    Typed("1girl, 2::japanese text::, smile", V5, f"1girl, 2::japanese text::, smile, {Q}"),
    Typed('a sign that says "HELLO"', V5, f'a sign that says "HELLO", {Q}, teXt: HELLO'),
    Typed('a sign that says "HELLO"', V45, f'a sign that says "HELLO", {Q}'),
    Typed("1girl,", V45, f"1girl,, {Q}"),
    Typed("||red|blue|| cat", V5, f"||red|blue|| cat, {Q}"),
    Typed("red || cat", V45, f"red || cat, {Q}"),
    Typed("|".join("abcdefgh"), V45, f"a, {Q}|b|c|d|e|f|g|h"),
    Typed("a cat", MEDIUM, f"a cat, {Q}"),
]

MEDIUM_ANLAS = 17
"""Of a picture of the usual size, 832x1216: at 14 steps, whatever is asked for."""

ALONE: dict[str, Any] = {"prompt": "", "characters": [{"prompt": "girl", "position": "C3"}]}
"""An empty prompt, and one character."""
