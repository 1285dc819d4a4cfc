"""How much of the server a reader has to know to follow one request."""

import gc
from pathlib import Path

from starlette.testclient import TestClient
from tests.sdk.test_path_of_a_picture import files_that_run, of_the_client

from novelai.server.app import create_app
from novelai.server.settings import Settings

MOST = 70
ROUNDS = 30
ADDRESS = "http://127.0.0.1:8000"
ASKED = "/generate?prompt=a%20cat&size=64x64&steps=1"

BY_THE_CLOCK = {
    "server/webhooks/repository.py",
    "server/webhooks/service.py",
    "server/worker/context.py",
    "server/worker/reaper.py",
    "server/worker/reconciler.py",
}
"""What looks for messages and for crashes from time to time; on a busy machine in each round."""


def test_a_picture_runs_through_few_files(tmp_path: Path) -> None:
    """One ``GET /generate`` leads through at most 70 files, from the middleware to the worker."""
    settings = Settings(demo=True, data=tmp_path, _env_file=None)
    every: list[list[str]] = []
    with files_that_run() as files, TestClient(create_app(settings), base_url=ADDRESS) as client:
        # The first warms up; what else goes by the clock is in some of them.
        while len(every) < ROUNDS and (len(every) < 2 or len(every[-1]) > MOST):
            gc.collect()
            files.clear()
            assert client.get(ASKED).status_code == 200
            every.append([one for one in of_the_client(files) if one not in BY_THE_CLOCK])
    own = min(every[1:], key=len)
    assert "server/worker/run.py" in own, "the job ran meanwhile"
    assert len(own) <= MOST, "\n".join((f"{len(own)} files run:", *own))
    assert [path for path in own if path.startswith("server/compat/")] == [
        "server/compat/adapters.py"
    ], "a request of ours pays for no other program's API"
