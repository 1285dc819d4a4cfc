"""What a figure looks like: read from its prompt, completed by chance."""

import random
import re
from dataclasses import dataclass

from novelai.emulator.colours import NAMED, Colour, named_before

_HAIR = ("blonde", "brown", "black", "silver", "pink", "lavender", "blue", "orange", "aqua")
_EYES = ("blue", "green", "brown", "violet", "gold", "red", "teal")
_CLOTHES = ("white", "navy", "crimson", "teal", "lavender", "pink", "emerald", "indigo")
_GARMENTS = "dress|shirt|skirt|jacket|coat|kimono|hoodie|sweater|uniform|cape|robe|leotard"
_SKINS: tuple[Colour, ...] = ((255, 228, 212), (250, 216, 196), (240, 200, 176))
_PERSON = re.compile(
    r"\b(?:(\d+)\+?)?(girl|boy|woman|women|man|men|other|people|person|maid|elf|witch|knight|"
    r"princess|prince|portrait|upper body|solo|cat ears|catgirl|idol|miko)s?\b"
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The looks of one figure."""

    hair: Colour
    eyes: Colour
    clothes: Colour
    skin: Colour
    long_hair: bool
    ears: bool
    maid: bool
    ribbon: Colour | None
    smiling: bool
    boy: bool


def people_in(prompt: str) -> int:
    """How many people a prompt asks for, 0 to 6."""
    if re.search(r"\bno humans?\b", prompt):
        return 0
    found = _PERSON.findall(prompt)
    counted = sum(int(number) for number, _ in found if number)
    return min(counted or (1 if found else 0), 6)


def look_of(prompt: str, rng: random.Random) -> Look:
    """The look a prompt describes.

    Args:
        prompt: Lower-case text.
        rng: Chooses what the prompt leaves open.
    """
    hair, eyes, clothes = rng.choice(_HAIR), rng.choice(_EYES), rng.choice(_CLOTHES)
    skin, chance = rng.choice(_SKINS), rng.random()
    boy = bool(re.search(r"\b\d*(boys?|man|men|male)\b", prompt)) and "girl" not in prompt
    bow = named_before(prompt, "ribbon|bow|hairband|scarf")
    short = boy or bool(re.search(r"short hair|bob cut", prompt))
    return Look(
        hair=named_before(prompt, "hair|ponytail|twintails|braid") or NAMED[hair],
        eyes=named_before(prompt, "eyes?") or NAMED[eyes],
        clothes=named_before(prompt, _GARMENTS) or NAMED[clothes],
        skin=(150, 100, 76) if "dark skin" in prompt else skin,
        long_hair=not short and (chance < 0.7 or bool(re.search(r"\blong (\w+ )?hair\b", prompt))),
        ears=bool(re.search(r"(cat|animal|fox|wolf|dog) ?(ears|girl|boy)|nekomimi", prompt)),
        maid="maid" in prompt,
        ribbon=bow or (NAMED["red"] if "ribbon" in prompt else None),
        smiling=not re.search(r"\b(sad|angry|serious|crying|expressionless|frown)\b", prompt),
        boy=boy,
    )
