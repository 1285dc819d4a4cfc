"""Colours, and the words of a prompt that name them."""

import re

Colour = tuple[int, int, int]

NAMED: dict[str, Colour] = {
    "red": (214, 56, 62), "crimson": (176, 28, 52), "orange": (240, 138, 60),
    "yellow": (246, 208, 84), "blonde": (246, 212, 122), "gold": (226, 180, 74),
    "golden": (226, 180, 74), "green": (86, 168, 104), "emerald": (42, 157, 122),
    "aqua": (96, 210, 214), "teal": (40, 150, 160), "cyan": (88, 206, 232),
    "blue": (74, 128, 216), "navy": (38, 56, 110), "indigo": (76, 70, 168),
    "purple": (148, 96, 196), "violet": (160, 110, 214), "lavender": (188, 168, 230),
    "magenta": (208, 70, 160), "pink": (246, 158, 190), "brown": (128, 84, 62),
    "black": (46, 42, 54), "grey": (150, 152, 164), "gray": (150, 152, 164),
    "silver": (206, 212, 224), "white": (240, 240, 246),
}  # fmt: skip
_WORD = re.compile(r"[a-z]+")


def before(nouns: str) -> re.Pattern[str]:
    """Find the word right before one of these nouns.

    Args:
        nouns: Alternatives as in a regular expression, `hair|ponytail`.
    """
    return re.compile(rf"\b([a-z]+)[ -]+(?:{nouns})\b")


_OWNED = before(
    "hair|eyes?|dress|shirt|skirt|ribbon|bow|jacket|coat|kimono|hoodie|"
    "sweater|uniform|hat|hairband|apron|gloves|thighhighs|boots|scarf"
)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return a colour between two; `share` of the second, 0 to 1."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return r, g, b


def darker(colour: Colour, share: float = 0.25) -> Colour:
    """Return a shade: toward a deep violet, which looks warmer than black."""
    return mix(colour, (34, 20, 60), share)


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    """Return a tint: toward a warm white."""
    return mix(colour, (255, 250, 242), share)


def find_colour_before(text: str, nouns: re.Pattern[str]) -> Colour | None:
    """Return the colour named right before a noun: `pink` in "long pink hair" for `hair`.

    Args:
        text: Lower-case prompt.
        nouns: Of `before`.
    """
    for match in nouns.finditer(text):
        if match[1] in NAMED:
            return NAMED[match[1]]
    return None


def free_colour(text: str) -> Colour | None:
    """Return the first colour word that describes the scene rather than hair, eyes or clothes."""
    found = (word for word in _WORD.findall(_OWNED.sub(" ", text)) if word in NAMED)
    return next((NAMED[word] for word in found), None)
