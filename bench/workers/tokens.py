"""
Tokens being counted: `python -m bench.workers.tokens '{"model": "nai-diffusion-3", …}'`.

Says what it takes to load a vocabulary, to count a prompt of new words and of words that were
counted before, and a text of 100 kB.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count as numbers
from random import Random
from typing import Any

from bench.measure import usage
from bench.workers.job import answer, given
from novelai.catalogue import model_spec
from novelai.tokens import tokenizer_of

WORDS = 40
ENDINGS = ("ing", "ed", "er", "ly", "ness", "s")


def prompts(random: Random) -> Iterator[str]:
    """Make up prompts of about 300 letters, no word of which was there before."""
    for number in numbers():
        stems = (f"{random.choice('bcdfghlmnprst')}{number:x}a{word:x}o" for word in range(WORDS))
        yield ", ".join(stem + random.choice(ENDINGS) for stem in stems)


def cpu_ms(act: Callable[[], Any], seconds: float) -> float:
    """Return the CPU time of one turn."""
    done, before = 0, usage()
    until = time.perf_counter() + seconds
    while done == 0 or time.perf_counter() < until:
        act()
        done += 1
    return (usage().cpu_ms - before.cpu_ms) / done


if __name__ == "__main__":
    job = given()
    before = usage()
    tokenizer = tokenizer_of(model_spec(job["model"]))
    loaded = usage()
    made = prompts(Random(5))
    same = next(made)
    long = ", ".join(next(made) for _ in range(400))[:100_000]
    answer(
        load_ms=loaded.cpu_ms - before.cpu_ms,
        loaded_mb=loaded.resident_mb - before.resident_mb,
        new_ms=cpu_ms(lambda: tokenizer.count(next(made)), job["seconds"]),
        again_ms=cpu_ms(lambda: tokenizer.count(same), job["seconds"]),
        long_ms=cpu_ms(lambda: tokenizer.count(long), 0),
    )
