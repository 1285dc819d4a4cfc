"""What all parts of a run share: how long, how often, against what, beside whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.processes import Cores, Worker

__all__ = ["Setting", "medians"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    One run of the bench.

    Attributes:
        seconds: how long each measurement keeps at it.
        rounds: how often each is taken; the median counts.
        starts: how often a program that only starts is started.
        client_levels: how many generations a client has in flight at once, from few to many.
        server_levels: the same for those who ask a server.
        env: the environment of every process, without NovelAI's address.
        stub: what the stub said: its ports, the picture's length and digest, whom to trust.
        compare: interpreters of environments with novelai-sdk (`sdk`) and novelai-api (`api`), if
            they are to be measured too.
        cores: where processes run.
    """

    seconds: float
    rounds: int
    starts: int
    client_levels: Sequence[int]
    server_levels: Sequence[int]
    env: dict[str, str]
    stub: dict[str, Any]
    compare: dict[str, Path] = field(default_factory=dict)
    cores: Cores = field(default_factory=Cores)

    @property
    def base(self) -> str:
        """The address of the stub."""
        return f"http://127.0.0.1:{self.stub['port']}"

    @property
    def tls_base(self) -> str:
        """Its address over TLS."""
        return f"https://127.0.0.1:{self.stub['tls_port']}"

    def worker(self, module: str, *, of: str = "", **job: Any) -> Worker:
        """
        Start a process that is measured.

        Args:
            module: which of `bench.workers`.
            of: run it where another package is installed: `sdk` or `api`.
            **job: what it is to do.
        """
        env = self.env
        if job.get("base") == self.tls_base:
            env = {**env, "SSL_CERT_FILE": self.stub["authority"]}
        job = {"core": self.cores.measured, **job}
        return Worker(module, job, env=env, python=self.compare.get(of))

    def helper(self, module: str, **job: Any) -> Worker:
        """Start a process that serves or asks the one that is measured."""
        return Worker(module, {"core": self.cores.others, **job}, env=self.env)

    def clients(
        self, kinds: Iterable[str], in_flight: int, *, base: str | None = None, **job: Any
    ) -> dict[str, dict[str, float]]:
        """
        Return what clients take, round by round in turns so that a busy minute hits all.

        Beside the medians, `total` counts the calls of all rounds. A base other than the stub's
        answers other pictures, so they are not compared.
        """
        expected = {"length": self.stub["length"], "sha256": self.stub["sha256"]}
        is_stub = base in (None, self.tls_base)
        job = {"seconds": self.seconds, **(expected if is_stub else {}), **job}
        taken: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
        for _ in range(self.rounds):
            for kind, results in taken.items():
                with self.worker(
                    "client",
                    of=kind.partition("-")[0],
                    kind=kind,
                    in_flight=in_flight,
                    base=base or self.base,
                    **job,
                ) as worker:
                    results.append(worker.answer())
        return {
            kind: {**medians(results), "total": sum(1 + result["count"] for result in results)}
            for kind, results in taken.items()
        }


def medians(results: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: median(result[name] for result in results) for name in results[0]}
