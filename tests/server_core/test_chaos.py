"""Real processes, killed without warning."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import anyio
import pytest
from sqlalchemy import func, select
from tests.server_core.helpers import PAID, TOKENS, connect_to, person, picture

from novelai.emulator import Emulator
from novelai.server.engine_room import open_room
from novelai.server.jobs.states import State
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import accounts, jobs, ledger

pytestmark = [pytest.mark.anyio, pytest.mark.chaos]

JOBS = 60
STARTED_WITH = 10_000
LONGEST = 90.0
KILLING = 20.0


def start(url: str, blobs: Path, upstream: str) -> subprocess.Popen[str]:
    node = Path(__file__).with_name("node.py")
    return subprocess.Popen(
        [sys.executable, str(node), url, str(blobs), upstream], stdout=subprocess.PIPE, text=True
    )


def ended(node: subprocess.Popen[str]) -> None:
    node.wait()
    assert node.stdout is not None
    node.stdout.close()


async def unfinished(url: str) -> Counter[str]:
    database = Database(url)
    async with database.read() as connection:
        rows = await connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
        found = Counter({str(state): count for state, count in rows})
    await database.close()
    return found


@pytest.mark.timeout(150)
async def test_killed_again_and_again(url: str, tmp_path: Path) -> None:
    """Workers are killed about every second: no job is lost, none is paid twice, none overlap."""
    chance = random.Random(7)
    emulator = Emulator(fast=True, step_seconds=0.01)
    blobs = tmp_path / "blobs"
    with emulator.serve() as upstream:
        async with open_room(
            url=url,
            blobs=Blobs.local(blobs),
            vault=Vault([b"k" * 32]),
            connect=connect_to(upstream),
            work=False,
        ) as room:
            key = await person(room, TOKENS)
            for number in range(JOBS):
                await room.jobs.submit(
                    key, picture(f"number {number}", **(PAID if number % 2 else {"steps": 20}))
                )
        count = 1 if url.startswith("sqlite") else 3
        nodes = [start(url, blobs, upstream) for _ in range(count)]
        kills = 0
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < LONGEST:
                await anyio.sleep(chance.uniform(0.5, 1.0))
                left = await unfinished(url)
                if not left["queued"] + left["running"] + left["uncertain"]:
                    break
                if time.monotonic() - begun < KILLING:
                    victim = chance.randrange(count)
                    nodes[victim].send_signal(signal.SIGKILL)
                    ended(nodes[victim])
                    nodes[victim] = start(url, blobs, upstream)
                    kills += 1
                    assert nodes[victim].stdout is not None
                    nodes[victim].stdout.readline()
        finally:
            for node in nodes:
                node.kill()
                ended(node)
        states = await unfinished(url)
        print(kills, dict(states))
        spent = sum(STARTED_WITH - emulator.account(token).anlas for token in TOKENS)
        await check(url, spent)
        assert set(states) <= {"succeeded", "failed"}
        assert sum(states.values()) == JOBS
        assert kills


async def check(url: str, spent: int) -> None:
    """What the accounts paid is what jobs were charged with and keys have used; none is held."""
    database = Database(url)
    async with database.read() as connection:
        used = (await connection.execute(select(func.sum(ledger.c.anlas)))).scalar_one()
        cost = (await connection.execute(select(func.sum(jobs.c.cost)))).scalar_one()
        held = await connection.execute(select(accounts.c.id).where(accounts.c.job_id.is_not(None)))
        failed = await connection.execute(
            select(jobs.c.charged).where(jobs.c.state == State.FAILED)
        )
        assert spent == used == cost
        assert held.all() == []
        assert set(failed.scalars()) <= {"yes"}
    await database.close()
