"""
A large gallery: `python -m bench.workers.gallery '{"images": 100000, ...}'`.

Prints how long a page of each kind of search takes on SQLite, in milliseconds.
"""

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from bench.measure import percentile
from bench.workers.job import answer, given
from novelai.server.images import repository
from novelai.server.images.repository import Filter
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import migrate
from novelai.server.storage.tables import images, owners

OWNER = "bench"
AT_ONCE = 5_000
TAGS = [f"tag{number}" for number in range(3_000)]
SEARCHES = {
    "the newest": Filter(),
    "a word of all": Filter(query="1girl"),
    "a rare word": Filter(query="tag5"),
    "a phrase": Filter(query='"cat ears"'),
    "two words, without a third": Filter(query="1girl tag5 -tag7"),
    "favourites": Filter(favourite=True),
    "a seed": Filter(seed=77),
    "the bin": Filter(binned=True),
}


def row(number: int, chance: random.Random) -> dict[str, Any]:
    """A picture as the table has it."""
    words = ["1girl", "cat ears", *chance.choices(TAGS, k=18)]
    return {
        "id": f"img_{number:036d}", "owner_id": OWNER, "key_id": "k", "job_id": f"job_{number}",
        "position": 0, "sha256": f"{number:064d}", "media_type": "image/png", "bytes": 1,
        "width": 832, "height": 1216, "kind": "generate", "model": "nai-diffusion-4-5-full",
        "seed": number, "prompt": ", ".join(words), "negative_prompt": "lowres, bad quality",
        "settings": {"steps": 28, "scale": 5}, "sources": [], "favourite": number % 50 == 0,
        "created_at": float(number), "deleted_at": None if number % 20 else 1.0,
    }  # fmt: skip


async def fill(database: Database, count: int) -> None:
    """Put pictures into the gallery."""
    chance = random.Random(1)
    values = {"id": OWNER, "name": "", "vtime": 0.0, "paused": False, "created_at": 0.0}
    async with database.write() as connection:
        await connection.execute(owners.insert().values(values))
    for start in range(0, count, AT_ONCE):
        rows = [row(start + number, chance) for number in range(min(AT_ONCE, count - start))]
        async with database.write() as connection:
            await connection.execute(images.insert(), rows)


async def page(database: Database, wanted: Filter, before: int | None) -> float:
    """How many milliseconds a page and its count take."""
    async with database.read() as connection:
        begun = time.perf_counter()
        await repository.find(connection, OWNER, wanted, before=before, limit=60)
        await repository.count_found(connection, OWNER, wanted)
        return (time.perf_counter() - begun) * 1000


async def main(job: dict[str, Any]) -> None:
    """Measure."""
    with TemporaryDirectory() as name:
        database = Database(f"sqlite:///{Path(name) / 'gallery.db'}")
        await migrate(database, now=0)
        await fill(database, job["images"])
        found: dict[str, float] = {}
        for title, wanted in SEARCHES.items():
            places = [None, job["images"] // 2] * job["count"]
            times = [await page(database, wanted, before) for before in places]
            found[title] = percentile(times, 0.95)
        await database.close()
    answer(**found)


if __name__ == "__main__":
    anyio.run(main, given())
