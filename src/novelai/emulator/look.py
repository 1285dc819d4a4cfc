"""What a figure looks like: read from its prompt, completed by chance."""

import random
import re
from dataclasses import dataclass

from novelai.emulator.colours import NAMED, Colour, before, find_colour_before

_HAIR = ("blonde", "brown", "black", "silver", "pink", "lavender", "blue", "orange", "aqua")
_EYES = ("blue", "green", "brown", "violet", "gold", "red", "teal")
_CLOTHES = ("white", "navy", "crimson", "teal", "lavender", "pink", "emerald", "indigo")
_GARMENTS = before("dress|shirt|skirt|jacket|coat|kimono|hoodie|sweater|uniform|cape|robe|leotard")
_ON_HAIR = before("hair|ponytail|twintails|braid")
_ON_EYES = before("eyes?")
_ON_BOWS = before("ribbon|bow|hairband|scarf")
_NOBODY = re.compile(r"\bno humans?\b")
_MALE = re.compile(r"\b\d*(boys?|man|men|male)\b")
_SHORT = re.compile(r"short hair|bob cut")
_LONG = re.compile(r"\blong (\w+ )?hair\b")
_EARS = re.compile(r"(cat|animal|fox|wolf|dog) ?(ears|girl|boy)|nekomimi")
_SULKING = re.compile(r"\b(sad|angry|serious|crying|expressionless|frown)\b")
_SKINS: tuple[Colour, ...] = ((255, 228, 212), (250, 216, 196), (240, 200, 176))
_PERSON = re.compile(
    r"\b(?:(\d{1,9})\+?)?(girl|boy|woman|women|man|men|other|people|person|maid|elf|witch|knight|"
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
    """Return how many people a prompt asks for, 0 to 6."""
    if _NOBODY.search(prompt):
        return 0
    found = _PERSON.findall(prompt)
    counted = sum(int(number) for number, _ in found if number)
    return min(counted or (1 if found else 0), 6)


def look_of(prompt: str, rng: random.Random) -> Look:
    """Return the look a prompt describes.

    Args:
        prompt: Lower-case text.
        rng: Chooses what the prompt leaves open.
    """
    hair, eyes, clothes = rng.choice(_HAIR), rng.choice(_EYES), rng.choice(_CLOTHES)
    skin, chance = rng.choice(_SKINS), rng.random()
    boy = bool(_MALE.search(prompt)) and "girl" not in prompt
    bow = find_colour_before(prompt, _ON_BOWS)
    short = boy or bool(_SHORT.search(prompt))
    return Look(
        hair=find_colour_before(prompt, _ON_HAIR) or NAMED[hair],
        eyes=find_colour_before(prompt, _ON_EYES) or NAMED[eyes],
        clothes=find_colour_before(prompt, _GARMENTS) or NAMED[clothes],
        skin=(150, 100, 76) if "dark skin" in prompt else skin,
        long_hair=not short and (chance < 0.7 or bool(_LONG.search(prompt))),
        ears=bool(_EARS.search(prompt)),
        maid="maid" in prompt,
        ribbon=bow or (NAMED["red"] if "ribbon" in prompt else None),
        smiling=not _SULKING.search(prompt),
        boy=boy,
    )
