"""
A large gallery: `python -m bench.workers.gallery '{"database": "sqlite", "images": 100000, ...}'`.

Prints how long a page of each kind of search takes, in milliseconds, and how many pictures a
second are indexed.
"""

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from sqlalchemy import text

from bench.measure import percentile
from bench.workers.job import answer, given
from bench.workers.queue import database
from novelai.server.images import repository
from novelai.server.images.filter import Filter
from novelai.server.images.index import index_missing
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import migrate
from novelai.server.storage.tables import images, owners

OWNER = "bench"
AT_ONCE = 5_000
TAGS = [f"tag{number}" for number in range(3_000)]
KANJI = "東京大阪夜景桜雪海空月星花鳥風山川森猫犬少女制服髪目青赤白黒金銀"
SEARCHES = {
    "the newest": Filter(),
    "the newest, in stacks": Filter(stacked=True),
    "a word of all": Filter(query="1girl"),
    "a rare word": Filter(query='"tag5"'),
    "a phrase": Filter(query='"cat ears"'),
    "a word of all, without another": Filter(query='1girl "tag5" -tag7'),
    "the beginning of many words": Filter(query="t"),
    "the beginning of one": Filter(query="umbr"),
    "two Japanese characters": Filter(query="東京"),
    "one Japanese character": Filter(query="猫"),
    "a character's word": Filter(query="zebra"),
    "what was not wanted": Filter(query="neg:lowres"),
    "without a rare word": Filter(query="-tag5"),
    "favourites": Filter(favourite=True),
    "a seed": Filter(query="seed:77"),
    "a model, a size and a word": Filter(query="model:4.5 size:1216x832 tag9"),
    "a rare size": Filter(query="size:64x64"),
    "a door that nobody used": Filter(query="door:mcp"),
    "a month": Filter(query="after:1970-01-01 before:1970-02-01"),
    "versions of one": Filter(query=f"from:img_{0:036d}"),
    "the bin": Filter(binned=True),
}


def row(number: int, chance: random.Random) -> dict[str, Any]:
    """A picture as the table has it."""
    words = ["1girl", "cat ears", *chance.choices(TAGS, k=18)]
    words.append("".join(chance.choices(KANJI, k=8)))
    if number % 500 == 1:
        words.append("umbrella")
    derived = number % 10 == 9
    characters = [{"prompt": "zebra hair" if number % 300 == 1 else "blue hair"}]
    return {
        "id": f"img_{number:036d}", "owner_id": OWNER, "key_id": "k", "job_id": f"job_{number}",
        "position": 0, "sha256": f"{number:064d}", "media_type": "image/png", "bytes": 1,
        "width": 1216 if number % 9 == 0 else 832,
        "height": 832 if number % 9 == 0 else 1216, "kind": "generate",
        "model": "nai-diffusion-4-5-full",
        "seed": number, "prompt": ", ".join(words), "negative_prompt": "lowres, bad quality",
        "settings": {"steps": 28, "scale": 5, "characters": characters}, "sources": [],
        "derived_from": f"img_{number - 9:036d}" if derived else None,
        "stack": f"img_{number - 9:036d}" if derived else None,
        "door": "api", "favourite": number % 50 == 0,
        "created_at": float(number), "deleted_at": None if number % 20 else 1.0,
    }  # fmt: skip


async def fill(store: Database, count: int) -> None:
    """Put pictures into the gallery."""
    chance = random.Random(1)
    values = {"id": OWNER, "name": "", "vtime": 0.0, "paused": False, "created_at": 0.0}
    async with store.write() as connection:
        await connection.execute(owners.insert().values(values))
    for start in range(0, count, AT_ONCE):
        rows = [row(start + number, chance) for number in range(min(AT_ONCE, count - start))]
        async with store.write() as connection:
            await connection.execute(images.insert(), rows)


async def index(store: Database) -> float:
    """How many pictures are indexed in a second, as after a new version's first start."""
    begun, below = time.perf_counter(), None
    while (below := await index_missing(store, below)) is not None:
        pass
    if not store.is_sqlite:  # Postgres does so by itself
        async with store.write() as connection:
            await connection.execute(text("ANALYZE"))
    async with store.read() as connection:
        number = await repository.count(connection, OWNER)
    return number / (time.perf_counter() - begun)


async def page(store: Database, wanted: Filter, before: int | None) -> float:
    """How many milliseconds a page and its count take."""
    async with store.read() as connection:
        begun = time.perf_counter()
        await repository.find_and_count(connection, OWNER, wanted, before=before, limit=60)
        return (time.perf_counter() - begun) * 1000


async def main(job: dict[str, Any]) -> None:
    """Measure."""
    with TemporaryDirectory() as name, database(job["database"], Path(name)) as url:
        store = Database(url)
        await migrate(store, now=0)
        await fill(store, job["images"])
        indexed = await index(store)
        found: dict[str, float] = {}
        for title, wanted in SEARCHES.items():
            places = [None, job["images"] // 2] * job["count"]
            times = [await page(store, wanted, before) for before in places]
            found[title] = percentile(times, 0.95)
        await store.close()
    answer(indexed=indexed, pages=found)


if __name__ == "__main__":
    anyio.run(main, given())
