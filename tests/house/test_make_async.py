"""The asynchronous half of the resources is made, never written."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_async.py"


def load():
    spec = importlib.util.spec_from_file_location("make_async", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_async = load()

SYNC = '''"""Toys, for programs that wait."""

from novelai._drivers import SyncDriver
from novelai.streams import EventStream

__all__ = ["Toys"]


class Toys:
    """As NovelAI has them; sign in by `NovelAI.login`."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    @property
    def driver(self) -> SyncDriver:
        """What runs them."""
        return self._driver

    def count(self) -> int:
        """Return how many."""
        return self.find().size + len(self._driver.run(operations.count()))

    @overload
    def find(self) -> Toy: ...
    def find(self) -> Toy:
        """Find one."""
        return self._driver.run_generation(operations.find())

    def draw(self, **fields: Any) -> Toy:
        """Draw one."""
        driver, given = self._driver.take(fields)
        return driver.run_generation(operations.draw(given))

    def burn(self, **options: Any) -> bool:
        """Burn them."""
        return self._driver.using(options).run(operations.burn()).gone

    def watch(self) -> EventStream[Toy]:
        """Watch them."""
        return EventStream(self._driver.stream_generation(operations.watch()))
'''

ASYNC = '''# Made from toys.py by scripts/make_async.py: change that file, then run the script.
"""Toys, for programs on an event loop."""

from novelai._drivers import AsyncDriver
from novelai.streams import AsyncEventStream

__all__ = ["AsyncToys"]


class AsyncToys:
    """As NovelAI has them; sign in by `AsyncNovelAI.login`."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    @property
    def driver(self) -> AsyncDriver:
        """What runs them."""
        return self._driver

    async def count(self) -> int:
        """Return how many."""
        return (await self.find()).size + len(await self._driver.run(operations.count()))

    @overload
    async def find(self) -> Toy: ...
    async def find(self) -> Toy:
        """Find one."""
        return await self._driver.run_generation(operations.find())

    async def draw(self, **fields: Any) -> Toy:
        """Draw one."""
        driver, given = self._driver.take(fields)
        return await driver.run_generation(operations.draw(given))

    async def burn(self, **options: Any) -> bool:
        """Burn them."""
        return (await self._driver.using(options).run(operations.burn())).gone

    def watch(self) -> AsyncEventStream[Toy]:
        """Watch them."""
        return AsyncEventStream(self._driver.stream_generation(operations.watch()))
'''


def test_the_asynchronous_half_awaits_what_gives_a_result():
    """Methods become coroutines and streams do not; names and wording follow."""
    assert make_async.async_source(SYNC, "toys.py") == ASYNC


def test_every_resource_has_its_asynchronous_half():
    """All resources have one layout, and nobody edited the half that is made."""
    names = {path.name for path in make_async.FOLDER.glob("[!_]*.py")}
    written = {name for name in names if not name.startswith("async_")}
    assert names - written == {f"async_{name}" for name in written}
    assert make_async.main(["--check"]) == 0


def test_a_half_that_differs_is_named(tmp_path, capsys):
    """`--check` says which file differs and what to run, and leaves it; without it, it is made."""
    (tmp_path / "toys.py").write_text(SYNC, "utf-8")
    half = tmp_path / "async_toys.py"
    half.write_text("edited", "utf-8")
    assert make_async.main(["--check"], tmp_path) == 1
    said = capsys.readouterr().out
    assert "async_toys.py" in said
    assert "scripts/make_async.py" in said
    assert half.read_text("utf-8") == "edited"
    assert make_async.main([], tmp_path) == 0
    assert half.read_text("utf-8") == ASYNC
    assert make_async.main(["--check"], tmp_path) == 0
