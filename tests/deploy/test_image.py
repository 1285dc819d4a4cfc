"""The image: built from a fresh clone, and run as an engine runs it."""

import shutil
import socket
import subprocess
import time

import httpx2
import pytest
from tests.deploy.image import BASE, Builder, BuildError, contained, why_not

from novelai.emulator import Emulator, Fault

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can be built"),
    pytest.mark.timeout(2_400),
]

IMAGE = "novelai-server"
TOKEN = "pst-image-" + "t" * 54
PAID = {"prompt": "a", "size": "1024x1024", "steps": 40}
LONG = 60.0
"""Seconds until what a container does not do counts as failed."""


@pytest.fixture(scope="module")
def builder(clone):
    builder = Builder()
    builder.make_base()
    begun = time.monotonic()
    builder.build(clone, IMAGE)
    print(f"The image was built in {time.monotonic() - begun:.0f} s.")
    return builder


@pytest.fixture(scope="module")
def config(builder):
    """How an engine is told to run it."""
    return builder.describe(IMAGE)


@pytest.fixture(scope="module")
def root(builder):
    """Its files."""
    with builder.mounted(IMAGE) as root:
        yield root


@pytest.fixture
def volume(tmp_path):
    """What is kept when a container goes."""
    (tmp_path / "volume").mkdir(mode=0o700)
    return tmp_path / "volume"


@pytest.fixture
def here():
    """Variables by which a container listens on this machine alone, as others use it too."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {"NOVELAI_SERVER_HOST": "127.0.0.1", "NOVELAI_SERVER_PORT": str(port)}


def visiting(here):
    return httpx2.Client(base_url=f"http://127.0.0.1:{here['NOVELAI_SERVER_PORT']}", timeout=LONG)


def wait_for(condition):
    """Wait until something holds; gives what it gave."""
    ends = time.monotonic() + LONG
    while not (found := condition()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return found


def test_what_it_says_of_itself(config):
    """An engine knows its user, its volume, its port, how it is stopped and whether it is well."""
    assert config["User"] == "novelai"
    assert config["Volumes"] == {"/data": {}}
    assert config["ExposedPorts"] == {"8000/tcp": {}}
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"][0] == "CMD"


def test_what_is_in_it(root):
    """The page and the server; no tools of the build, and nothing of the machine that built it."""
    package = next((root / "opt" / "venv").glob("lib/python*/site-packages/novelai"))
    assert (package / "server" / "static" / "index.html").is_file()
    inside = {path.name for path in (root / "opt").iterdir()}
    assert inside == {"venv"}
    assert not (root / "checkout").exists()
    assert not (root / "wheels").exists()
    for left in (root / "root" / ".npmrc", root / "etc" / "pip.conf"):
        assert not left.exists() or not left.read_bytes()  # a place that something was mounted on
    writable = [path for path in (root / "opt").rglob("*") if path.lstat().st_uid != 0]
    assert writable == []


def test_it_does_not_begin_without_a_key(root, config, volume):
    """On all addresses, as it listens by itself, it asks for a key before it opens a port."""
    with contained(root, config, volume) as container:
        assert container.program.process.wait(LONG) != 0
        container.program._reader.join(LONG)
        assert "keys create" in container.program.output


def test_it_runs(root, config, volume, here):
    """As its own user, with nothing to write to but its volume; it shows the page and draws."""
    with contained(root, config, volume, ["serve", "--demo"], **here) as container:
        container.program.wait_for("Open http")
        with visiting(here) as visitor:
            page = visitor.get("/", headers={"Accept": "text/html"})
            assert page.status_code == 200
            assert "<script" in page.text
            drawn = visitor.get("/generate", params={"prompt": "a", "size": "128x192", "steps": 1})
            assert drawn.content.startswith(b"\x89PNG")
        assert container.execute("id", "-u").stdout.strip() == "10001"
        assert "Read-only" in container.execute("touch", "/opt/venv/x").stderr
        assert container.execute("touch", "/data/x", "/tmp/x").returncode == 0
        _, *healthcheck = config["Healthcheck"]["Test"]
        assert container.execute(*healthcheck).returncode == 0
        assert container.stop() == 0
    assert {path.name for path in volume.iterdir()} >= {"demo", "x"}


def test_a_healthcheck_notices(root, config, volume, here):
    """A server that cannot do its work is not well: its store is gone."""
    with contained(root, config, volume, ["serve", "--demo"], **here) as container:
        container.program.wait_for("Open http")
        _, *healthcheck = config["Healthcheck"]["Test"]
        database = volume / "demo" / "novelai.db"
        database.rename(database.with_name("elsewhere"))
        assert wait_for(lambda: container.execute(*healthcheck).returncode) != 0


def test_stopped_in_the_middle_of_paid_work(root, config, volume, here):
    """What runs comes to its end and is kept; what waits is drawn after the next start, once."""
    emulator = Emulator(fast=True, tokens=[TOKEN])
    with emulator.serve() as address:
        emulator.script(Fault(delay=3.0, path="/ai/generate-image-stream"))
        account = {"NOVELAI_API_KEY": TOKEN, "NOVELAI_BASE_URL": address, **here}
        before = emulator.account(TOKEN).anlas
        with contained(root, config, volume, **account) as container, visiting(here) as visitor:
            container.program.wait_for("Open http")
            made = [visitor.post("/api/jobs", json={"params": PAID}).json() for _ in range(2)]
            wait_for(lambda: any("generate-image" in one.path for one in emulator.requests))
            assert visitor.get(f"/api/jobs/{made[0]['id']}").json()["state"] == "running"
            assert container.stop() == 0
        with contained(root, config, volume, **account) as container, visiting(here) as visitor:
            container.program.wait_for("Open http")

            def ended():
                jobs = [visitor.get(f"/api/jobs/{one['id']}").json() for one in made]
                return jobs if all(job["state"] == "succeeded" for job in jobs) else None

            jobs = wait_for(ended)
            for job in jobs:
                picture = visitor.get(job["images"][0]["url"])
                assert picture.content.startswith(b"\x89PNG")
            assert container.stop() == 0
        sent = [one for one in emulator.requests if "generate-image" in one.path]
        assert len(sent) == 2
        assert before - emulator.account(TOKEN).anlas == sum(job["cost"] for job in jobs)


def test_no_image_without_its_page(builder, clone, tmp_path):
    """A build whose page ends up elsewhere fails: no image is made that has nothing to show."""
    other = tmp_path / "clone"
    shutil.copytree(clone, other)
    settings = other / "page" / "vite.config.ts"
    text = settings.read_text("utf-8")
    assert "../src/novelai/server/static" in text
    settings.write_text(text.replace("../src/novelai/server/static", "../elsewhere"), "utf-8")
    with pytest.raises(BuildError, match="static"):
        builder.build(other, "novelai-server-without-page")
    assert not builder.has("novelai-server-without-page")


def size_of(folder):
    """Return how many megabytes a folder takes."""
    done = subprocess.run(["du", "-sxm", folder], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[0])


def test_its_size(builder, root):
    """It adds less to its base than the base itself takes."""
    whole = size_of(root)
    with builder.mounted(BASE) as below:
        base = size_of(below)
    print(f"The image has {whole} MB, {whole - base} MB more than its base.")
    assert base < whole < 2 * base
