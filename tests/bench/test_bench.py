"""The bench measures what it says: every part runs, on the pictures and bytes it promises."""

import os
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from bench.measure import percentile, usage
from bench.parts import bodies, clients, emulator, imports, metadata, servers, tokens
from bench.picture import PREVIEWS
from bench.processes import Worker, environment
from bench.report import Table, Target
from bench.setting import Setting
from bench.workers.client import unzipped

from novelai._codecs.frames import FrameDecoder
from novelai._codecs.sse import SSEDecoder


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    """Give the smallest setting there is: each thing once or twice."""
    env = environment(os.environ, Path())
    folder = tmp_path_factory.mktemp("bench")
    del env["PYTHONPYCACHEPREFIX"]  # no figure counts here, so any bytecode will do
    with Worker("stub", {"folder": str(folder)}, env=env) as stub:
        yield Setting(
            seconds=0,
            rounds=1,
            starts=1,
            client_levels=(2,),
            server_levels=(2,),
            env=env,
            stub=stub.answer(),
        )


def figures(table: Table) -> list[float]:
    return [cell for row in table.rows for cell in row if not isinstance(cell, str)]


def check(tables: list[Table], *titles: str) -> None:
    assert [table.title.split(":")[0].split(";")[0] for table in tables] == list(titles)
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert all(figure >= 0 for figure in figures(table))
        assert table.title in str(table)


def test_the_stub_sends_the_same_picture_in_every_packing(setting):
    """ZIP, msgpack and SSE hold one picture, which the stub announced by its digest."""
    stream = f"{setting.base}/ai/generate-image-stream"
    with httpx2.Client() as client:
        archive = client.post(f"{setting.base}/ai/generate-image", content=b"{}").content
        frames = client.post(stream, content=b'{"parameters":{"stream":"msgpack"}}').content
        events = client.post(stream, content=b'{"parameters":{"stream":"sse"}}').content
    picture = unzipped(archive)
    assert sha256(picture).hexdigest() == setting.stub["sha256"]
    assert 1_300_000 < len(picture) == setting.stub["length"] < 1_700_000
    maps = list(FrameDecoder().feed(frames))
    assert len(maps) == len(SSEDecoder().feed(events)) == PREVIEWS + 1
    assert maps[-1]["image"] == picture
    assert 9_000 < len(maps[0]["image"]) < 18_000


def test_clients_are_measured(setting):
    """Each client brings the picture that the stub sent; a worker that does not fails the run."""
    tables = clients.run(
        setting, ["post", "ours", "ours-saved", "floor"], ["post", "ours", "floor"]
    )
    check(tables, "Clients", "Clients")
    assert [len(table.rows) for table in tables] == [4, 3]


def test_streams_are_measured(setting):
    """Both framings bring the picture."""
    tables = clients.streams(setting)
    check(tables, "Streams", "Streams")
    assert [len(table.rows) for table in tables] == [3, 2]


def test_servers_are_measured(setting):
    """The documented program answers the very bytes that the stub sent, or the run fails."""
    tables = servers.run(setting, [servers.PLAIN, servers.DOCUMENTED])
    check(tables, "Servers")
    assert [row[0] for row in tables[0].rows] == [servers.PLAIN.name, servers.DOCUMENTED.name]


def test_imports_are_measured(setting):
    """Each program is started, and has its memory looked at."""
    names = ["bare Python", "pydantic, httpx2", "novelai"]
    table = imports.importing(setting, {name: imports.PROGRAMS[name] for name in names})
    check([table], "Imports")
    assert [row[0] for row in table.rows] == names


def test_an_installation_is_added_up():
    """What the package needs without extras counts, and nothing else."""
    check([imports.installing()], "A core installation, without bytecode")
    needed = set(imports.closure("novelai-fastapi"))
    assert {"httpx2", "pillow", "pydantic", "novelai-fastapi"} <= needed
    assert needed.isdisjoint({"fastapi", "uvicorn", "rich", "pytest"})


def test_bodies_are_measured(setting):
    """A body takes some time to make."""
    tables = bodies.run(setting)
    check(tables, "Parameters to body")
    assert tables[0].rows[0][1] > 0


def test_readers_of_settings_are_measured(setting):
    """The reader finds the prompt in both files, or the run fails."""
    check(metadata.run(setting), "Settings of an 832x1216 picture")


def test_counting_is_measured(setting):
    """Each tokenizer is loaded in a process of its own, and counts."""
    tables = tokens.run(setting)
    check(tables, "Tokens")
    assert len(tables[0].rows) == 3


def test_the_emulator_is_measured(setting):
    """The emulator's own process is what is measured, and it draws."""
    tables = emulator.run(setting, {True: 50})
    check(tables, "Emulator")
    assert tables[0].rows[0][1] > 0


def test_a_worker_that_fails_says_so(setting):
    """A measurement that went wrong is no measurement."""
    failing = setting.worker("client", kind="post", base="http://127.0.0.1:1", in_flight=1)
    with failing as worker, pytest.raises(RuntimeError, match="client failed"):
        worker.answer()


@pytest.mark.parametrize(
    ("measured", "line"),
    [
        (1.2, "  met     generate: 1.20x (at most 1.25x)"),
        (2, "  MISSED  generate: 2x (at most 1.25x)"),
    ],
)
def test_targets_are_judged(measured, line):
    """A figure at or below its limit is met."""
    assert str(Target("generate", measured, 1.25)) == line


def test_percentiles():
    """The 99th percentile of a hundred readings is all but their worst."""
    readings = [float(number) for number in range(100)]
    assert percentile(readings, 0.99) == 99
    assert percentile(readings, 0.5) == 50
    assert percentile([], 0.5) == 0


def test_usage_only_grows():
    """CPU time is cumulative, and memory is counted in megabytes."""
    before = usage()
    sum(range(200_000))
    after = usage()
    assert after.cpu_ms >= before.cpu_ms > 0
    assert 5 < after.resident_mb <= after.peak_mb + 1 < 10_000


def test_the_environment_is_clean():
    """What a person has set for Python or NovelAI changes no figure and reaches no process."""
    own = {"PATH": "/bin", "NOVELAI_BASE_URL": "x", "PYTHONDONTWRITEBYTECODE": "1"}
    env = environment(own, Path("cache"))
    assert env.keys() == {"PATH", "NOVELAI_API_KEY", "PYTHONPYCACHEPREFIX"}
    assert (env["PATH"], env["PYTHONPYCACHEPREFIX"]) == ("/bin", "cache")
