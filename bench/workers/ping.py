"""
Somebody who looks whether a server still answers: `python -m bench.workers.ping '{"port": …}'`.

Asks every few milliseconds on a connection of its own, until standard input says `stop`.
"""

import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection

from bench.measure import percentile
from bench.workers.job import answer, given, on_command

PAUSE = 0.005


class Pinging(threading.Thread):
    """Asks and keeps how long each answer took."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._path = path
        self._ended = threading.Event()
        self._seconds: list[float] = []

    def run(self) -> None:
        """Ask until told to stop."""
        connection = HTTPConnection("127.0.0.1", self._port)
        while not self._ended.wait(PAUSE):
            began = time.perf_counter()
            connection.request("GET", self._path)
            reply = connection.getresponse()
            reply.read()
            if reply.status != HTTPStatus.OK:
                raise RuntimeError(f"the server answered {reply.status}")
            self._seconds.append(time.perf_counter() - began)
        connection.close()

    def stop(self) -> dict[str, float]:
        """Stop, and return what was seen."""
        self._ended.set()
        self.join()
        return {
            "count": len(self._seconds),
            "p50_ms": percentile(self._seconds, 0.5) * 1000,
            "p99_ms": percentile(self._seconds, 0.99) * 1000,
        }


if __name__ == "__main__":
    job = given()
    pinging = Pinging(job["port"], job["path"])
    pinging.start()
    answer(ready=True)
    on_command({"stop": pinging.stop})
