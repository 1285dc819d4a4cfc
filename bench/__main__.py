"""The command: `python3 dev.py bench`."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.compare import compared
from bench.parts import (
    bodies,
    clients,
    emulator,
    imports,
    metadata,
    page,
    queue,
    servers,
    tokens,
)
from bench.processes import Cores, Worker, environment
from bench.report import Table
from bench.setting import Setting

PARTS: dict[str, Callable[[Setting], list[Table]]] = {
    "clients": clients.run,
    "streams": clients.streams,
    "servers": servers.run,
    "imports": imports.run,
    "bodies": bodies.run,
    "metadata": metadata.run,
    "tokens": tokens.run,
    "emulator": emulator.run,
    "queue": queue.run,
    "page": page.run,
}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough picture in half a minute")
    parser.add_argument(
        "--only", action="append", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="measure novelai-sdk 0.14.1, novelai-api 0.34.1 and a hand-written floor too",
    )
    return parser.parse_args(given)


def main() -> None:
    """Measure and print; the exit code tells nothing about speed."""
    options = arguments()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        env = environment(os.environ, Path(folder))
        cores = Cores()
        compare = compared() if options.compare else {}
        with Worker("stub", {"core": cores.others, "folder": folder}, env=env) as stub:
            setting = Setting(
                seconds=0.25 if options.quick else 0.6,
                rounds=1 if options.quick else 3,
                starts=4 if options.quick else 12,
                client_levels=(8,) if options.quick else (1, 8, 64),
                server_levels=(8,) if options.quick else (1, 8, 32),
                env=env,
                compare=compare,
                stub=stub.answer(),
                cores=cores,
            )
            for name in options.only or PARTS:
                for table in PARTS[name](setting):
                    print(table, flush=True)
    print(f"\n{time.monotonic() - began:.0f} seconds")


if __name__ == "__main__":
    main()
