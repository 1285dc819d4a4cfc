"""Real processes, killed without warning, frozen, and left without their database."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from tests.postgres import serve_postgres
from tests.server_core.chaos import Field, check, check_series, endured, field_of

SHORT, FULL, CELLS = 40, 300, 200
FEW, MANY = 4, 60
SOON, LATE = 60.0, 400.0
LEASES = 3.0
"""Seconds; longer than a lease of `node.CHAOS`."""

SIZES = [
    pytest.param(SHORT, FEW, SOON, id="short"),
    pytest.param(FULL, MANY, LATE, id="full", marks=[pytest.mark.chaos, pytest.mark.timeout(500)]),
]
SEVERAL = ("work", "work", "work", "submit", "submit")


def roles(url: str) -> tuple[str, ...]:
    return ("both",) if url.startswith("sqlite") else SEVERAL


@pytest.fixture
def own_postgres() -> Generator[Any]:
    with serve_postgres() as server:
        yield server


@pytest.mark.parametrize(("count", "strikes", "longest"), SIZES)
def test_killed(url: str, tmp_path: Path, count: int, strikes: int, longest: float) -> None:
    """Processes are killed about every second: nothing is lost, paid twice, or run side by side."""
    with field_of(url, str(tmp_path / "blobs"), count, roles(url)) as field:

        async def go() -> None:
            await endured(field, Field.killed, strikes=strikes, longest=longest)
            await check(field)

        anyio.run(go)


@pytest.mark.parametrize(("count", "strikes", "longest"), SIZES)
def test_killed_in_a_series(
    url: str, tmp_path: Path, count: int, strikes: int, longest: float
) -> None:
    """The same in the middle of series: each cell is paid once at most, and none is lost."""
    several = ("work", "work", "work", "series")
    chosen = ("both series",) if url.startswith("sqlite") else several
    with field_of(url, str(tmp_path / "blobs"), min(count, CELLS), chosen) as field:

        async def go() -> None:
            await endured(field, Field.killed, strikes=strikes, longest=longest)
            await check(field, kinds=1)
            await check_series(field)

        anyio.run(go)


@pytest.mark.parametrize(("count", "strikes", "longest"), SIZES)
def test_frozen(url: str, tmp_path: Path, count: int, strikes: int, longest: float) -> None:
    """A process stands still for longer than its leases: the same holds when it goes on."""
    with field_of(url, str(tmp_path / "blobs"), count, roles(url)) as field:

        async def go() -> None:
            strike = lambda one: one.frozen(LEASES)  # noqa: E731 - a name for what is done
            await endured(field, strike, strikes=max(strikes // 6, 1), longest=longest)
            await check(field)

        anyio.run(go)


@pytest.mark.parametrize(("count", "strikes", "longest"), SIZES)
def test_without_its_database(
    own_postgres: Any, tmp_path: Path, count: int, strikes: int, longest: float
) -> None:
    """Postgres is restarted in the middle of the work: the same holds, and all goes on."""

    def restarted() -> None:
        own_postgres.stop()
        own_postgres.start()

    with field_of(own_postgres.get_uri(), str(tmp_path / "blobs"), count, SEVERAL) as field:

        async def go() -> None:
            await endured(
                field,
                lambda _field: anyio.to_thread.run_sync(restarted),
                strikes=max(strikes // 10, 1),
                longest=longest,
            )
            await check(field)

        anyio.run(go)
