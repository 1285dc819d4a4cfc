"""compose.yaml: Docker's own program reads it, and its services started by hand find each other."""

import json
import re
import shutil
import subprocess

import boto3
import httpx2
import pytest
import yaml
from dev_venv import ROOT
from moto.server import ThreadedMotoServer
from tests.cli.processes import novelai, running
from tests.deploy.tools import tool
from tests.postgres import serve_postgres
from tests.server_core.conftest import fresh_database

from novelai.emulator import Emulator, Fault

DEPLOY = ROOT / "deploy"
EXAMPLES = ("server", "database", "store")
TOKEN = "pst-compose-" + "t" * 52
NAME = "pictures.example.org"
LONG = 60


@pytest.fixture
def copied(tmp_path):
    """The folder as somebody has it who copied the examples and filled in nothing."""
    folder = tmp_path / "deploy"
    shutil.copytree(DEPLOY, folder)
    for name in EXAMPLES:
        shutil.copy(folder / f"{name}.env.example", folder / f"{name}.env")
    return folder


def compose(folder, *words):
    return subprocess.run(
        [tool("docker-compose"), "--file", folder / "compose.yaml", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )


def test_compose_reads_it(copied):
    """`docker compose config` has nothing to say against it, and each service has its secrets."""
    done = compose(copied, "config", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    services = json.loads(done.stdout)["services"]
    variables = {name: set(service["environment"]) for name, service in services.items()}
    assert variables["server"] == variables["worker"]
    for name, theirs in (("database", "POSTGRES_PASSWORD"), ("store", "GARAGE_RPC_SECRET")):
        holders = {service for service, known in variables.items() if theirs in known}
        assert holders == {name}
    for service in services.values():
        assert int(service["mem_limit"]) > 0
    (port,) = services["server"]["ports"]
    assert port["host_ip"] == "127.0.0.1"


def test_compose_misses_what_is_missing(copied):
    """Without an env file it names that file and starts nothing."""
    (copied / "store.env").unlink()
    done = compose(copied, "config", "--quiet")
    assert done.returncode != 0
    assert "store.env" in done.stderr


@pytest.mark.parametrize("name", ["compose.yaml"])
def test_it_fits_the_specification(name):
    """Other programs that read compose files understand it, too."""
    checked = subprocess.run(
        [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.fixture(scope="module")
def endpoint():
    """An S3-compatible server with the bucket of the example."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="pictures")
    client.close()
    yield address
    server.stop()


@pytest.fixture(scope="module")
def nai():
    """What stands for NovelAI, and its address."""
    emulator = Emulator(fast=True, tokens=[TOKEN])
    with emulator.serve() as address:
        yield emulator, address


@pytest.fixture
def filled(endpoint, nai, tmp_path):
    """The variables of server.env, filled in for services on this machine."""
    text = (DEPLOY / "server.env.example").read_text("utf-8")
    example = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    with running(*novelai("server", "new-key"), cwd=tmp_path) as made:
        secret = made.wait_for(r"(?m)^\S{40,}$")[0]
    with serve_postgres() as postgres:
        yield example | {
            "NOVELAI_SERVER_SECRET_KEY": secret,
            "NOVELAI_API_KEY": TOKEN,
            "NOVELAI_BASE_URL": nai[1],
            "NOVELAI_SERVER_TRUSTED_PROXIES": "127.0.0.1",
            "NOVELAI_SERVER_DATABASE": fresh_database(postgres),
            "NOVELAI_SERVER_S3_ENDPOINT": endpoint,
            "NOVELAI_SERVER_S3_REGION": "us-east-1",
            "NOVELAI_SERVER_S3_ACCESS_KEY_ID": "test",
            "NOVELAI_SERVER_S3_SECRET_ACCESS_KEY": "test",
        }


def command_of(service):
    """What its container runs, as the file says."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    return services[service]["command"]


def test_its_services_by_hand(filled, nai, tmp_path):
    """The server takes jobs and draws none; a worker draws them, and a second one takes over."""
    emulator, _ = nai
    about = {"cwd": tmp_path, **filled}
    with running(*novelai("keys", "create", "me", "--admin", "--json"), **about) as made:
        secret = made.wait_for(r'"secret": "(nvs_[^"]+)"')[1]
        assert made.process.wait(LONG) == 0
    place = ("--host", "127.0.0.1", "--port", "0")
    with running(*novelai(*command_of("server"), *place), **about) as server:
        url = server.wait_for(r"Open (http://[^/\s]+)")[1]
        headers = {"Authorization": f"Bearer {secret}", "Host": NAME}
        with httpx2.Client(base_url=url, headers=headers, timeout=LONG) as visitor:
            order = {"params": {"prompt": "a", "size": "1024x1024", "steps": 40}}
            made = [visitor.post("/api/jobs", json=order).json() for _ in range(2)]

            def state(job):
                return visitor.get(f"/api/jobs/{job['id']}").json()["state"]

            assert [state(job) for job in made] == ["queued", "queued"]
            emulator.script(Fault(delay=2.0, path="/ai/generate-image-stream"))
            with running(*novelai(*command_of("worker")), **about) as worker:
                while "running" not in (states := [state(job) for job in made]):
                    assert "succeeded" not in states
                code, _ = worker.stop()
            assert code in {0, -15, 143}
            assert sorted(state(job) for job in made) == ["queued", "succeeded"]
            with running(*novelai(*command_of("worker")), **about):
                while {state(job) for job in made} != {"succeeded"}:
                    pass
            for job in made:
                done = visitor.get(f"/api/jobs/{job['id']}").json()
                picture = visitor.get(done["images"][0]["url"])
                assert picture.content.startswith(b"\x89PNG")
        code, _ = server.stop()
    assert code in {0, -15, 143}
    drawn = [one for one in emulator.requests if "generate-image" in one.path]
    assert len(drawn) == 2
