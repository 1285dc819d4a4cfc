"""Checks of test vectors: a convention of ``__name__``, which templates take in."""

from novelai.templates import Entry, Library, expand

LIBRARY = Library(
    [
        Entry("Weather", "sunny\nrainy, wet\n\n  snowy ,"),
        Entry("coat", "red coat", "snippet"),
        Entry("outfit", "__coat__, hat", "snippet"),
        Entry("loop", "x __loop__", "snippet"),
        Entry("scene", "__Weather__ street\n__coat__ shop"),
    ]
)
COUNTS = {"weather": 3, "scene": 2}
"""Options of each list: a case tells which one is picked, modulo their number."""


def check_wildcards(case):
    forced = {name: case["choose_option"] % count for name, count in COUNTS.items()}
    roll = expand({"prompt": case["text"]}, LIBRARY, roll_seed=0, forced=forced, unknown="keep")
    assert roll.texts == {"prompt": case["expected"]}


CHECKS = {"wildcards": check_wildcards}
