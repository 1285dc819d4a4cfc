"""The palette of a picture: an hour of the day, bent toward the colours the prompt names."""

import random
import re
from dataclasses import dataclass

from novelai.emulator.colours import Colour, darker, free_colour, lighter, mix


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours of one picture.

    Attributes:
        sky: Three stops from the top to the horizon.
        light: Sun or moon.
        haze: What distance fades into.
        land: The nearest ground.
        accent: Petals, windows, flowers.
        night: Stars and a moon instead of a sun.
    """

    sky: tuple[Colour, Colour, Colour]
    light: Colour
    haze: Colour
    land: Colour
    accent: Colour
    night: bool = False


_HOURS: dict[str, Palette] = {
    "dawn": Palette(
        sky=((112, 148, 214), (240, 184, 196), (255, 226, 186)),
        light=(255, 244, 214), haze=(236, 190, 200), land=(84, 86, 128), accent=(255, 176, 188),
    ),
    "day": Palette(
        sky=((64, 140, 222), (132, 196, 240), (224, 242, 246)),
        light=(255, 252, 232), haze=(176, 216, 232), land=(52, 118, 100), accent=(255, 214, 120),
    ),
    "sunset": Palette(
        sky=((70, 58, 138), (226, 104, 118), (255, 196, 118)),
        light=(255, 236, 176), haze=(222, 122, 128), land=(52, 36, 82), accent=(255, 150, 96),
    ),
    "dusk": Palette(
        sky=((44, 52, 118), (140, 100, 176), (244, 164, 170)),
        light=(255, 230, 208), haze=(142, 108, 170), land=(40, 36, 82), accent=(250, 170, 206),
    ),
    "night": Palette(
        sky=((12, 18, 52), (30, 44, 104), (84, 96, 164)),
        light=(246, 242, 222), haze=(58, 70, 132), land=(14, 18, 46), accent=(255, 222, 140),
        night=True,
    ),
}  # fmt: skip
_WORDS = (
    ("night", "night|moon|moonlight|stars?|starry|midnight|dark|space|galaxy|fireflies"),
    ("sunset", "sunset|evening|autumn|fire|lava|golden hour"),
    ("dusk", "dusk|twilight|neon|cyberpunk|dream|fantasy"),
    ("dawn", "dawn|morning|sunrise|cherry blossoms?|sakura|spring|pastel|snow|winter"),
    ("day", "day|daylight|sunny|blue sky|summer|beach|ocean|sea|grass|forest|sunlight"),
)
_FORMS = tuple((hour, re.compile(rf"\b(?:{words})\b")) for hour, words in _WORDS)


def choose_palette(prompt: str, rng: random.Random, tints: list[tuple[Colour, float]]) -> Palette:
    """Return the palette of a prompt.

    Args:
        prompt: Lower-case text of everything the picture shows.
        rng: Decides what the prompt leaves open.
        tints: Colours of references with their strengths, -1 to 1; each bends all colours.
    """
    hours = [hour for hour, form in _FORMS if form.search(prompt)]
    undecided = rng.choice(sorted(_HOURS))
    palette = _HOURS[hours[0] if hours else undecided]
    colour = free_colour(prompt)
    if colour is not None:
        palette = _bend(palette, colour, 0.42)
    for tint, strength in tints:
        palette = _bend(palette, tint, min(abs(strength), 1.0) * 0.55)
    drift = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
    return _bend(palette, drift, 0.06)


def _bend(palette: Palette, colour: Colour, share: float) -> Palette:
    top, middle, low = palette.sky
    return Palette(
        sky=(
            mix(top, darker(colour, 0.4 if palette.night else 0.15), share),
            mix(middle, colour, share),
            mix(low, lighter(colour, 0.15 if palette.night else 0.6), share),
        ),
        light=mix(palette.light, lighter(colour, 0.7), share),
        haze=mix(palette.haze, colour, share),
        land=mix(palette.land, darker(colour, 0.6), share),
        accent=mix(palette.accent, lighter(colour, 0.25), share),
        night=palette.night,
    )
