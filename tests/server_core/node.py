"""A worker in a process of its own, to be killed: ``python node.py URL BLOBS UPSTREAM``."""

import sys
from pathlib import Path

import anyio

from novelai.server.engine_room import open_room
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.secrets import Vault
from novelai.server.upstream.clients import no_waiting
from novelai.server.worker.parts import Timing

CHAOS = Timing(lease=2.0, beat=0.4, settle=0.8, give_up=5.0, poll=0.1, sweep=0.2)


async def main(url: str, blobs: str, upstream: str) -> None:
    async with open_room(
        url=url,
        blobs=Blobs.local(Path(blobs)),
        vault=Vault([b"k" * 32]),
        connect=no_waiting(upstream, timeout=10),
        timing=CHAOS,
    ):
        print("ready", flush=True)
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
