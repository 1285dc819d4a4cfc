"""What the emulator writes: short sentences of its own, chosen by the prompt and filled in."""

import hashlib
import random
import re
from collections.abc import Iterator

_SENTENCES = (
    "The lantern over the {place} swung once and was still.",
    "Somewhere beyond the {place}, a {animal} called twice.",
    "“You are late,” said the {person}, and poured the {colour} tea.",
    "Nobody had crossed the {place} since the first snow.",
    "She counted the steps — forty, forty-one — and stopped.",
    "A {colour} {animal} slept on the windowsill, as if it owned the café.",
    "The {person} folded the map along its oldest crease.",
    "“Listen,” he whispered. “The {place} is breathing.”",
    "It smelled of rain, paper and something like oranges.",
    "By evening the whole {place} had turned {colour}.",
    "They shared the last naïve little peach in silence.",
    "Under the floor of the {place} lay a door no taller than a {animal}.",
    "The {person} laughed, though nothing had been said.",
    "One by one the {colour} windows of the {place} went dark.",
    "“Then we walk,” said the {person}. So they walked.",
    "A letter arrived, written in {colour} ink and addressed to the {animal}.",
    "The wind brought the sound of bells from the {place}.",
    "Nothing moved but the {animal}, and the {animal} moved slowly.",
    "In the morning there were footprints all around the {place}.",
    "The {person} kept one promise for every star: ★ by ★.",
)
_ANSWERS = (
    "That is a fine question, and it deserves a {colour} answer.",
    "Start small: one {animal}, one {place}, one song.",
    "I would ask the {person} first; they know the {place} best.",
    "Here is the short of it: be kind, and bring a lantern.",
    "Write it down before the tea gets cold — the rest will follow.",
    "If the {place} seems too far, begin at the café on the corner.",
    "Three things help: patience, a {colour} pencil, and a good {animal}.",
    "You could also do nothing at all, which is naïve but restful.",
    "The {person} would disagree, but the {person} always does.",
    "In other words: yes, as long as the {animal} agrees.",
)
_WORDS = {
    "place": "harbour orchard library lighthouse station garden valley attic bridge market".split(),
    "animal": "fox heron cat moth badger swallow hare otter".split(),
    "person": "clockmaker ferryman gardener librarian painter stranger baker cartographer".split(),
    "colour": "blue amber silver crimson green violet pale golden".split(),
}
_SLOT = re.compile(r"\{(\w+)\}")
_PIECE = re.compile(r" ?\w+| ?[^\w\s]+|\s+")


def pieces(text: str) -> list[str]:
    """Return a text cut into tokens of our own: words with the space before them, signs, blanks."""
    return _PIECE.findall(text)


def story(prompt: str, seed: object) -> Iterator[str]:
    """Pieces of a story that goes on for ever; equal prompts and seeds give equal stories."""
    rng = _rng(prompt, seed)
    glue = "" if prompt[-1:].isspace() else " "
    while True:
        # A deck that is shuffled when it is used up: no sentence returns too soon.
        for sentence in rng.sample(_SENTENCES, len(_SENTENCES)):
            yield from pieces(glue + _fill(rng, sentence))
            glue = " "


def answer(prompt: str, seed: object) -> Iterator[str]:
    """Pieces of an answer of two to five sentences; it begins with a newline, as models do."""
    rng = _rng(prompt, seed)
    yield "\n"
    chosen = rng.sample(_ANSWERS, rng.randint(2, 5))
    yield from pieces(" ".join(_fill(rng, sentence) for sentence in chosen))


def _rng(prompt: str, seed: object) -> random.Random:
    digest = hashlib.sha256(f"{seed}\0{prompt}".encode("utf-8", errors="surrogatepass")).digest()
    return random.Random(digest)


def _fill(rng: random.Random, sentence: str) -> str:
    return _SLOT.sub(lambda slot: rng.choice(_WORDS[slot[1]]), sentence)
