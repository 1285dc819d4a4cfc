"""What a picture costs a server, and whether it still answers others meanwhile."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.processes import Worker
from bench.report import Table, Target
from bench.setting import Setting, medians

__all__ = ["run"]

PATH = "/generate?prompt=1girl%2C%20cat%20ears"


@dataclass(frozen=True, kw_only=True)
class Server:
    """
    One server to measure.

    Attributes:
        name: what the table calls it.
        program: what `bench.workers.serve` calls it.
        sdk: it runs where novelai-sdk is installed.
        tls: it speaks TLS to the stub, as people do to NovelAI.
        keep_buffers: it keeps large buffers, as `novelai serve` does.
        probe: what is asked beside the pictures.
    """

    name: str
    program: str
    sdk: bool = False
    tls: bool = False
    keep_buffers: bool = False
    probe: str = "/ping"


PLAIN = Server(name="ASGI pass-through on httpx2", program="passthrough")
DOCUMENTED = Server(name="documented program, novelai", program="documented")
SDK = Server(name="documented program, novelai-sdk", program="documented", sdk=True)
PIECES = Server(name="novelai.fastapi route", program="pieces")
SERVED = Server(
    name="novelai serve: GET /generate", program="server", keep_buffers=True, probe="/healthz"
)
SERVED_TLS = Server(
    name="... TLS to NovelAI", program="server", keep_buffers=True, probe="/healthz", tls=True
)
ALL = (
    PLAIN,
    DOCUMENTED,
    PIECES,
    Server(name="... keeping large buffers", program="pieces", keep_buffers=True),
    SERVED,
    SERVED_TLS,
)


def run(setting: Setting, servers: Sequence[Server] = ALL) -> list[Table]:
    """Measure servers at each level, in turns, while the others stand by."""
    table = Table(
        "Servers: GET /generate",
        [
            "server",
            "in flight",
            "CPU ms / image",
            "x pass-through",
            "images/s",
            "p99 beside it, ms",
            "peak MB",
            "resident MB",
        ],
    )
    with ExitStack() as stack:
        running = [
            Running(setting, server, stack.enter_context(started(setting, server)))
            for server in (*servers, *((SDK,) if setting.compare else ()))
        ]
        for in_flight in setting.server_levels:
            found = measured(setting, running, in_flight)
            floor = found[PLAIN]["cpu_ms"]
            for server, taken in found.items():
                table.rows.append(
                    (
                        server.name,
                        in_flight,
                        taken["cpu_ms"],
                        taken["cpu_ms"] / floor,
                        taken["per_second"],
                        taken["probe_ms"],
                        taken["peak_mb"],
                        taken["resident_mb"],
                    )
                )
            table.targets += targets(found, in_flight)
    return [table]


def targets(found: dict[Server, dict[str, float]], in_flight: int) -> list[Target]:
    """Return what was aimed for at a level."""
    cpu = {server: taken["cpu_ms"] for server, taken in found.items()}
    at = f"{in_flight} in flight"
    wanted: list[Target] = []
    if PIECES in found:
        ratio = cpu[PIECES] / cpu[PLAIN]
        wanted.append(Target(f"novelai.fastapi route, {at}, to pass-through", ratio, 1.3))
    if SERVED in found:
        wanted.append(Target(f"novelai serve, {at}, CPU per image", cpu[SERVED], 11, "ms"))
        ratio = cpu[SERVED] / cpu[PLAIN]
        wanted.append(Target(f"novelai serve, {at}, to pass-through", ratio, 2.2))
    if SERVED_TLS in found:
        wanted.append(Target(f"... over TLS, {at}, CPU per image", cpu[SERVED_TLS], 15, "ms"))
    if SDK in found:
        ratio = cpu[DOCUMENTED] / cpu[SDK]
        wanted.append(Target(f"documented program, {at}, to novelai-sdk", ratio, 1 / 60))
    if in_flight == 8:
        beside = found[DOCUMENTED]["probe_ms"]
        wanted.append(Target(f"documented program, {at}, p99 of /ping", beside, 25, "ms"))
    if in_flight == 32 and SERVED in found:
        beside = found[SERVED]["probe_ms"]
        wanted.append(Target(f"novelai serve, {at}, p99 of /healthz", beside, 20, "ms"))
    return wanted


def started(setting: Setting, server: Server) -> Worker:
    """Start a server."""
    return setting.worker(
        "serve",
        of="sdk" if server.sdk else "",
        program=server.program,
        base=setting.tls_base if server.tls else setting.base,
        keep_buffers=server.keep_buffers,
    )


def measured(
    setting: Setting, running: Sequence["Running"], in_flight: int
) -> dict[Server, dict[str, float]]:
    """Return the figures of all servers at a level; medians of as many rounds as are set."""
    costs: dict[Server, list[dict[str, float]]] = {one.server: [] for one in running}
    for turn in range(setting.rounds):
        for one in running:
            # A picture takes novelai-sdk so long that one round is long enough.
            if turn == 0 or not one.server.sdk:
                costs[one.server].append(one.cost(in_flight))
    found: dict[Server, dict[str, float]] = {}
    for one in running:
        probed = one.probe(in_flight)
        taken = medians(costs[one.server])
        found[one.server] = {**taken, "probe_ms": probed["p99_ms"], **one.memory()}
    return found


class Running:
    """A server that runs."""

    def __init__(self, setting: Setting, server: Server, worker: Worker) -> None:
        self.server = server
        self._setting = setting
        self._worker = worker
        self._port: int = worker.answer()["port"]
        self._asked(1, seconds=0)

    def cost(self, in_flight: int) -> dict[str, float]:
        """Return what a picture takes when nothing else is asked."""
        before = self._worker.ask("usage")
        taken = self._asked(in_flight, seconds=self._setting.seconds)
        after = self._worker.ask("usage")
        if not self.server.sdk and taken["digests"] != [self._setting.stub["sha256"]]:
            raise RuntimeError(f"{self.server.name} answered other bytes than the stub sent")
        return {
            "cpu_ms": (after["cpu_ms"] - before["cpu_ms"]) / taken["count"],
            "per_second": taken["per_second"],
        }

    def probe(self, in_flight: int) -> dict[str, float]:
        """Return how long something small takes beside the pictures."""
        with self._setting.helper("ping", port=self._port, path=self.server.probe) as pinging:
            pinging.answer()
            self._asked(in_flight, seconds=2 * self._setting.seconds)
            return pinging.ask("stop")

    def memory(self) -> dict[str, float]:
        """Return the memory it has, and the most it ever had."""
        used = self._worker.ask("usage")
        return {"peak_mb": used["peak_mb"], "resident_mb": used["resident_mb"]}

    def _asked(self, in_flight: int, *, seconds: float) -> dict[str, Any]:
        with self._setting.helper(
            "load", port=self._port, path=PATH, in_flight=in_flight, seconds=seconds
        ) as worker:
            return worker.answer()
