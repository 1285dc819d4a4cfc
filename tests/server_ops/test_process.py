"""The server and workers as processes: how they stop, and what their log holds."""

import json
import re
import signal
import threading

import httpx2
import pytest
from tests.cli.processes import novelai, running
from tests.server_ops.receiver import Receiver

from novelai.emulator import Emulator, Fault
from novelai.server.storage.secrets import new_key

PROMPT = "planted-prompt-zebra"
TOKEN = "pst-planted-" + "t" * 52
LONG = 90.0
"""Seconds until a process that ends by itself counts as hanging."""
PATIENT = {"NOVELAI_SERVER_GRACE": "600"}
"""What would let a process that waits for its visitors outlive the tests' own patience."""
"""Seconds in which nothing is waited for, on a very busy machine: half of the grace. Alone on it,
an idle server ends in less than one second."""


@pytest.fixture(scope="module")
def nai():
    """An emulator of this file's own, that takes its time when it is told to."""
    return Emulator(fast=True, tokens=[TOKEN])


@pytest.fixture(scope="module")
def nai_url(nai):
    with nai.serve() as address:
        yield address


def serve(folder, *options, **environment):
    command = novelai("serve", "--port", "0", "--data", str(folder), *options)
    return running(*command, cwd=folder, **environment)


def address_of(program) -> str:
    return program.wait_for(r"Open (http://[^/\s]+)/\S* or ")[1]


def asking(address, **fields):
    """A request that waits for its picture, in a thread; gives the thread and its answers."""
    answers = []

    def ask():
        params = {"prompt": PROMPT, "size": "128x192", "steps": 1} | fields
        answers.append(httpx2.get(f"{address}/generate", params=params, timeout=40))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, answers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_idle_server_ends_at_once(tmp_path, number):
    """With an event stream open, too: it is told goodbye."""
    with serve(tmp_path, "--demo", **PATIENT) as program:
        address = address_of(program)
        with httpx2.stream("GET", f"{address}/api/events", timeout=20) as stream:
            coming = stream.iter_lines()
            next(coming)
            code, _ = program.stop(number)
            assert "event: bye" in list(coming)
    assert code in {0, -number, 128 + number}
    assert "ERROR" not in program.output


def test_a_running_generation_comes_to_its_end(tmp_path, nai, nai_url):
    """It is paid for: the signal waits for it, its caller gets it, and nothing new is begun."""
    nai.script(Fault(delay=2.0, path="/ai/generate-image-stream"))
    environment = {"NOVELAI_API_KEY": TOKEN, "NOVELAI_BASE_URL": nai_url}
    with serve(tmp_path, **environment) as program:
        address = address_of(program)
        thread, answers = asking(address)
        with httpx2.Client(base_url=address) as visitor:
            while not visitor.get("/api/state").json()["running"]:
                pass
        code, _ = program.stop()
        thread.join(60)
    assert answers[0].headers["content-type"] == "image/png"
    assert code in {0, -signal.SIGTERM, 128 + signal.SIGTERM}


def test_a_waiting_caller_is_told_at_the_end(tmp_path, nai_url):
    """What has not begun waits for the next start; whoever waits for it is not kept waiting."""
    environment = {"NOVELAI_API_KEY": TOKEN, "NOVELAI_BASE_URL": nai_url, **PATIENT}
    with serve(tmp_path, **environment) as program:
        address = address_of(program)
        with httpx2.Client(base_url=address) as owner:
            owner.get(program.wait_for(r"Open (\S+)")[1])
            assert owner.post("/api/queue", json={"paused": True}).status_code == 200
        thread, answers = asking(address)
        with httpx2.Client(base_url=address) as visitor:
            while not visitor.get("/api/state").json()["queue"]:
                pass
        program.stop()
        thread.join(60)
    assert answers[0].status_code in {503, 504}
    with serve(tmp_path, **environment) as program:
        [job] = httpx2.get(f"{address_of(program)}/api/state").json()["queue"]
    assert job["state"] == "queued"


def test_the_second_interrupt_does_not_wait(tmp_path, nai, nai_url):
    """The call is left; the next start looks into it, and nothing is paid for twice."""
    nai.script(Fault(delay=600.0, path="/ai/generate-image-stream"))
    environment = {"NOVELAI_API_KEY": TOKEN, "NOVELAI_BASE_URL": nai_url, **PATIENT}
    with serve(tmp_path, **environment) as program:
        address = address_of(program)
        order = {"params": {"prompt": PROMPT, "size": "1024x1024", "steps": 40}}
        job = httpx2.post(f"{address}/api/jobs", json=order).json()
        with httpx2.Client(base_url=address) as visitor:
            while visitor.get(f"/api/jobs/{job['id']}").json()["state"] != "running":
                pass
            while not any("generate-image" in request.path for request in nai.requests):
                pass
        program.process.send_signal(signal.SIGINT)
        program.wait_for("Shutting down")
        program.stop(signal.SIGINT)
    with serve(tmp_path, **environment) as program:
        again = httpx2.get(f"{address_of(program)}/api/jobs/{job['id']}").json()
    assert again["state"] in {"uncertain", "succeeded", "failed"}


@pytest.fixture(scope="module")
def talkative(tmp_path_factory, nai_url):
    """A server that asks for keys and logs JSON; with the secrets that were planted."""
    folder = tmp_path_factory.mktemp("talkative")
    with running(
        *novelai("keys", "create", "me", "--admin", "--data", str(folder), "--json"), cwd=folder
    ) as made:
        made.process.wait(LONG)
        made._reader.join(30)
        key = json.loads(made.output)
    environment = {"NOVELAI_API_KEY": TOKEN, "NOVELAI_BASE_URL": nai_url}
    environment |= {"NOVELAI_SERVER_WEBHOOK_PRIVATE": "true"}
    options = ("--require-keys", "--log-format", "json", "--log-level", "debug")
    with serve(folder, *options, **environment) as program:
        yield program, address_of(program), key


def test_nothing_secret_is_logged(talkative, nai):
    """Token, keys, prompts, webhooks and cookies: planted everywhere, found in no line."""
    program, address, key = talkative
    secret = key["secret"]
    path = "/ai/generate-image-stream"
    with (
        Receiver() as receiver,
        httpx2.Client(base_url=address, timeout=LONG) as visitor,
    ):
        hook = f"{receiver.url}/hook/{PROMPT}?secret={PROMPT}"
        bearer = {"Authorization": f"Bearer {secret}"}
        small = {"prompt": PROMPT, "size": "128x192", "steps": 2}
        visitor.get("/generate", params=small)
        visitor.get("/generate", params=small, headers=bearer)
        visitor.get("/generate", params=small | {"model": PROMPT}, headers=bearer)
        visitor.get("/generate", params=small, headers={"Host": PROMPT, **bearer})
        visitor.get("/api/state", headers={"Authorization": f"Bearer nvs_{PROMPT}"})
        visitor.get("/api/state", headers={"x-api-key": secret})
        visitor.get(f"/api/images?q={PROMPT}", headers=bearer)
        visitor.post("/api/session", json={"key": secret})
        visitor.get("/api/state")
        visitor.cookies.clear()
        order = {"params": {**small, "seed": 1}, "webhook": hook}
        visitor.post("/api/jobs", json=order, headers=bearer | {"Prefer": "wait=20"})
        visitor.post("/api/jobs", json={"params": {"prompt": PROMPT}}, headers=bearer)
        visitor.post("/api/jobs", content=PROMPT * 9, headers=bearer)
        for fault in (Fault(status=500, path=path), Fault(drop=True, path=path)):
            nai.script(fault)
            visitor.get("/generate", params=small, headers=bearer)
        nai.script(Fault(status=400, path=path))
        visitor.get("/generate", params=small, headers=bearer)
        visitor.post("/api/accounts", json={"token": f"pst-{PROMPT}"}, headers=bearer)
        assert receiver.arrived.wait(20)
        metrics = visitor.get("/metrics", headers=bearer).text
        document = visitor.get("/openapi.json").text
        last = visitor.get("/healthz", headers={"X-Request-Id": "the-last-request"})
        assert last.headers["X-Request-Id"] == "the-last-request"
        program.wait_for("the-last-request")
    cookie = re.compile(r"novelai_session=(?!…)")
    for text in (program.output, metrics, document):
        assert PROMPT not in text
        assert TOKEN not in text
        assert secret not in text
        assert key["webhook_secret"] not in text
        assert not cookie.search(text)
    assert "novelai_jobs_total" in metrics


def test_json_lines_name_their_request(talkative):
    """Each line is an object; what belongs to a request carries its name."""
    program, address, _ = talkative
    httpx2.get(f"{address}/healthz", headers={"X-Request-Id": "request-named-so"})
    program.wait_for("request-named-so")
    lines = [json.loads(line) for line in program.output.splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line.get("request_id") == "request-named-so"]
    assert (line["path"], line["status"], line["level"]) == ("/healthz", 200, "info")
    assert line["time"].endswith("+00:00")


def test_others_need_a_key(tmp_path):
    """A server that others reach does not start without one, and does with one."""
    with serve(tmp_path, "--demo", "--host", "0.0.0.0") as program:
        assert program.process.wait(LONG) != 0
        program.wait_for("novelai keys create me --admin")
        assert "Traceback" not in program.output


NOWHERE = {"NOVELAI_SERVER_DATABASE": "postgresql://u:planted@127.0.0.1:1/x"}


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (NOWHERE | {"NOVELAI_SERVER_SECRET_KEY": new_key()}, "does not answer"),
        (NOWHERE, "novelai server new-key"),
        ({"NOVELAI_SERVER_DATA": "/proc/none"}, "cannot be written"),
        ({"NOVELAI_SERVER_SECRET_KEY": "planted"}, "32 bytes"),
        ({"NOVELAI_SERVER_WORK": "false"}, "with SQLite the server runs them itself"),
    ],
)
def test_a_start_that_cannot_work(tmp_path, environment, sentence):
    """Ends with the sentence that mends it, and no traceback."""
    command = novelai("serve", "--port", "0", "--demo")
    environment = {"NOVELAI_SERVER_DATA": str(tmp_path)} | environment
    with running(*command, cwd=tmp_path, **environment) as program:
        assert program.process.wait(LONG) != 0
        program._reader.join(30)
        assert sentence in program.output
        assert "Traceback" not in program.output
        assert "planted" not in program.output


@pytest.fixture
def shared(postgres_url, tmp_path, nai_url):
    """The environment of servers and workers on one Postgres."""
    return {
        "NOVELAI_SERVER_DATABASE": postgres_url,
        "NOVELAI_SERVER_SECRET_KEY": new_key(),
        "NOVELAI_SERVER_DATA": str(tmp_path),
        "NOVELAI_API_KEY": TOKEN,
        "NOVELAI_BASE_URL": nai_url,
    }


def test_workers_beside_a_server(shared, tmp_path, nai):
    """On Postgres a worker does what a server takes; commands work beside them; both stop."""
    with (
        running(*novelai("worker"), cwd=tmp_path, **shared) as worker,
        serve(tmp_path, "--no-work", **shared) as server,
    ):
        address = address_of(server)
        worker.wait_for("waits for jobs")
        picture = httpx2.get(f"{address}/generate?prompt=a&size=128x192&steps=1", timeout=30)
        assert picture.headers["content-type"] == "image/png"
        with running(*novelai("keys", "create", "bot"), cwd=tmp_path, **shared) as made:
            assert made.process.wait(LONG) == 0
        code, _ = worker.stop()
        assert code == 0
        assert "Stopped." in worker.output
        server.stop()
