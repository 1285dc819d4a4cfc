"""Logs, request ids, metrics, traces and readiness."""

import json
import logging
import re
import sys
from contextlib import suppress

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient
from tests.server.conftest import visiting
from tests.server_core.helpers import PAID, TOKENS, person, picture

from novelai.emulator import Fault
from novelai.errors import ServerError
from novelai.server.accounts.clients import no_waiting
from novelai.server.health import unready
from novelai.server.http.middleware import RequestId
from novelai.server.telemetry.logs import REQUEST_ID, JsonFormatter, TextFormatter, log_config
from novelai.server.telemetry.metrics import Meter, WatchedTransport, trace_calls
from novelai.server.telemetry.redaction import redact

SECRETS = "nvs_planted", "pst-planted", "whs_planted", "whsec_+planted/planted="
LINES = [
    "GET /generate?prompt=planted&seed=1 HTTP/1.1",
    "at http://127.0.0.1/generate?planted",
    "Authorization: Bearer planted-and-more",
    "{'authorization': 'Basic planted=='}",
    "(b'cookie', b'novelai_session=planted; other=planted')",
    '"x-api-key": "planted"',
    "set-cookie: novelai_session=planted; HttpOnly",
    "calling with bearer planted-token",
    "postgresql://user:planted@host/name",
    "a session token eyplantedplanted.planted.planted",
    "x-key-eyplantedplanted.planted.planted",
    *(f"key {secret}-x is wrong" for secret in SECRETS),
    "/k/nvs_planted/v1/images",
]


@pytest.mark.parametrize("line", LINES)
def test_secrets_are_left_out(line):
    """Whatever form they come in; that there was something stays."""
    assert "planted" not in redact(line).replace("user:", "")
    assert "…" in redact(line)


@pytest.mark.parametrize("line", ["Is it ready? Yes.", "job_01 ended: Server, retry", "a=b"])
def test_plain_sentences_stay(line):
    """What is no secret is not touched."""
    assert redact(line) == line


@given(st.text(), st.text(alphabet="abcXYZ019_-", min_size=1))
def test_no_key_survives(around, secret):
    """Wherever it stands in a text."""
    for prefix in ("nvs_", "nvp_", "pst-", "whs_", "whsec_"):
        assert f"{prefix}{secret}" not in redact(f"{around} {prefix}{secret} {around}")


def record(message, *args, name="novelai.x", error=None):
    info = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord(name, logging.INFO, "file", 1, message, args, info)


def failed(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def test_texts_of_errors_are_left_out():
    """Where one came from and its kind are told; only our own, which quote nothing, speak."""
    inner = failed(ValueError("planted prompt"))
    for formatter in (TextFormatter(), JsonFormatter()):
        line = formatter.format(record("went wrong", error=inner))
        assert "ValueError" in line
        assert "planted" not in line
    ours = failed(ServerError("NovelAI failed.", status=500))
    assert "NovelAI failed." in TextFormatter().format(record("x", error=ours))


def test_access_lines():
    """The path without its query, as text and as fields."""
    args = ("127.0.0.1:5", "GET", "/generate?prompt=planted", "1.1", 200)
    line = record('%s - "%s %s HTTP/%s" %d', *args, name="uvicorn.access")
    assert 'GET /generate HTTP/1.1" 200' in TextFormatter().format(line)
    fields = json.loads(JsonFormatter().format(line))
    assert (fields["path"], fields["status"], fields["method"]) == ("/generate", 200, "GET")


def test_libraries_keep_quiet():
    """At a talkative level they would tell statements and headers."""
    config = log_config("debug", "json")
    assert config["root"]["level"] == "WARNING"
    ours = {"novelai", "novelai.client", "uvicorn", "uvicorn.error", "uvicorn.access"}
    assert set(config["loggers"]) == ours
    client = log_config("info", "text")["loggers"]["novelai.client"]
    assert (client["level"], config["loggers"]["novelai.client"]["level"]) == ("WARNING", "DEBUG")


async def named(scope, receive, send):
    body = (REQUEST_ID.get() or "").encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0123456789abcdef", True), ("a.b-c_d.e", True), ("short", False), ("a" * 65, False),
     ("with blank", False), ("-leading-dash", False), ("é" * 10, False)],
)  # fmt: skip
def test_request_ids(given, kept):
    """A sane one is taken over; otherwise there is a new one. Inside and outside are the same."""
    client = TestClient(RequestId(named, draw=lambda: "drawn"))
    answer = client.get("/", headers={"X-Request-Id": given.encode()})
    assert answer.headers["X-Request-Id"] == answer.text == (given if kept else "drawn")


def samples(text):
    lines = re.finditer(r"^(\w+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
    return {found[1]: float(found[2]) for found in lines}


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    with visiting(tmp_path_factory.mktemp("watched")) as visitor:
        yield visitor


def test_a_picture_is_counted(watched):
    """By kind, door and state; its Anlas, its call, its request."""
    order = {"params": {"prompt": "planted", "size": "1024x1024", "steps": 29}}
    watched.post("/api/jobs", json=order, headers={"Prefer": "wait=20"})
    watched.get("/generate", params={"prompt": "planted", "size": "64x64", "steps": 1})
    watched.get("/planted")
    watched.request("PLANTED", "/planted")
    text = watched.get("/metrics").text
    assert "planted" not in text.lower()
    found = samples(text)
    assert found['novelai_jobs_total{door="api",kind="generate",state="succeeded"}'] == 1
    assert found['novelai_anlas_settled_total{kind="generate"}'] > 0
    assert found['novelai_job_wait_seconds_count{kind="generate"}'] == 2
    calls = 'operation="/ai/generate-image-stream",outcome="200"'
    assert found[f"novelai_upstream_seconds_count{{{calls}}}"] == 2
    asked = 'method="GET",route="/generate",status="200"'
    assert found[f"novelai_http_request_seconds_count{{{asked}}}"] == 1
    assert found['novelai_jobs_held{state="queued"}'] == 0
    assert found['novelai_accounts{health="ok"}'] == 1
    assert found['novelai_events_total{name="job"}'] >= 6
    assert any(name.startswith("process_") for name in found)


def test_paths_and_methods_make_no_labels(watched):
    """However many a caller thinks of."""
    for number in range(5):
        watched.request(f"M{number}", f"/nowhere/{number}")
        watched.get(f"/api/jobs/job_{number}")
    text = watched.get("/metrics").text
    assert "nowhere" not in text
    assert "job_1" not in text
    assert 'method="other",route="none"' in text
    assert 'route="/api/jobs/{job_id}"' in text


def test_metrics_are_for_administrators(keyed, make_key):
    """Where keys are needed: they tell how much is spent. Readiness is for everybody."""
    assert keyed.get("/metrics").status_code == 401
    for scopes, status in ((("generate", "read"), 403), (("admin",), 200)):
        _, secret = make_key(scopes=scopes)
        asked = keyed.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
        assert asked.status_code == status
    assert keyed.get("/readyz").status_code == 200


def test_ready_when_all_is_well(watched):
    """200, with each part."""
    answer = watched.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["parts"] == dict.fromkeys(("database", "store", "schema", "worker"), "ok")


def test_a_stopping_server_is_not_ready(tmp_path):
    """So that a proxy sends nobody any more; /healthz still answers."""
    with visiting(tmp_path) as visitor:
        visitor.portal.call(visitor.services.stopping.begin)
        answer = visitor.get("/readyz")
        assert answer.status_code == 503
        assert "stopping" in answer.json()["parts"]["worker"]
        assert visitor.get("/healthz").status_code == 200


@pytest.mark.anyio
async def test_the_part_that_is_not_ready_is_named(services):
    """A database that is gone; a schema of another version."""
    assert await unready(services) == {}
    async with services.context.database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    assert set(await unready(services)) == {"schema"}
    async with services.context.database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE alembic_version")
    assert set(await unready(services)) == {"schema"}


class Transport(httpx2.AsyncBaseTransport):
    def __init__(self, answer):
        self.answer = answer

    async def handle_async_request(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Answer(httpx2.AsyncByteStream):
    def __init__(self, *, broken=False):
        self.broken = broken

    async def __aiter__(self):
        yield b"begin"
        if self.broken:
            raise httpx2.ReadError("cut")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx2.Response(200, stream=Answer()), "200"),
        (httpx2.Response(429, stream=Answer()), "429"),
        (httpx2.ConnectError("no"), "unreachable"),
        (httpx2.Response(200, stream=Answer(broken=True)), "cut"),
    ],
)
async def test_calls_are_told_of_once(recorder, answer, outcome):
    """With the status, or how they broke off."""
    told = []
    ticks = iter([10.0, 12.5, 99.0])
    transport = WatchedTransport(
        Transport(answer), lambda *call: told.append(call), monotonic=lambda: next(ticks)
    )
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        with suppress(httpx2.TransportError):
            await client.get("/ai/upscale?planted")
    assert recorder.names[-1] == "novelai.upstream"
    assert told == [("/ai/upscale", outcome, 2.5)]


def test_two_meters_count_apart():
    """Each has a registry of its own, and a strange path is no label."""
    first, second = Meter(), Meter()
    first.call("/planted", "200", 1.0)
    nothing = {"held": [], "accounts": [], "told": {}, "listeners": 0, "deliveries": 0}
    assert b'operation="other"' in first.text(**nothing)
    assert b'operation="other"' not in second.text(**nothing)
    assert b"planted" not in first.text(**nothing)


class Recorder:
    """OpenTelemetry's SDK, which keeps spans once they have ended."""

    def __init__(self):
        self._kept = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        trace.set_tracer_provider(provider)

    @property
    def spans(self):
        return self._kept.get_finished_spans()

    @property
    def names(self):
        return [span.name for span in self.spans]

    def clear(self):
        self._kept.clear()


@pytest.fixture(scope="module")
def recorder():
    return Recorder()


@pytest.mark.anyio
async def test_a_job_leaves_spans(recorder, services, emulator):
    """From submission to its end; a look for work that finds none leaves no span."""
    key = await person(services)
    emulator.script(Fault(status=429, path="/ai/generate-image-stream"))
    recorder.clear()
    submitted = await services.jobs.submit(key, picture(**PAID))
    await services.jobs.wait(key, submitted.job.id, 20)
    steps = ["submit", "claim", "spool", "finish"]
    assert {f"novelai.{step}" for step in steps} <= set(recorder.names)
    assert recorder.names.count("novelai.claim") == 2


@pytest.mark.anyio
async def test_spans_hang_together(recorder, opening, upstream):
    """From a request to the call of NovelAI the way can be followed, and no span tells a secret."""
    watched = no_waiting(upstream, timeout=10, watch=lambda *_: None)
    async with opening(connect=watched) as services:
        key = await person(services)
        recorder.clear()
        with trace.get_tracer("whatever serves").start_as_current_span("request"):
            submitted = await services.jobs.submit(key, picture("planted prompt", **PAID))
        await services.jobs.wait(key, submitted.job.id, 20)
    # Whatever ran has ended here, and its span with it.
    spans = {span.name: span for span in recorder.spans}  # the last call is the picture's
    parents = {span.context.span_id: span.name for span in recorder.spans}
    under = {name: parents.get(span.parent and span.parent.span_id) for name, span in spans.items()}
    assert under["novelai.submit"] == "request"
    for step in ("upstream", "spool", "finish"):
        assert under[f"novelai.{step}"] == "novelai.job"
    for name in ("novelai.submit", "novelai.job"):
        assert spans[name].attributes["novelai.job"] == submitted.job.id
    call = spans["novelai.upstream"]
    assert call.kind is trace.SpanKind.CLIENT
    assert call.attributes["url.path"] == "/ai/generate-image-stream"
    told = "".join(span.to_json() for span in recorder.spans)
    assert not any(secret in told for secret in ("planted", TOKENS[0], "Bearer"))


@pytest.mark.anyio
async def test_a_span_passes_errors_on():
    """The decorated function does what it did."""

    @trace_calls("test")
    async def fail(value):
        await anyio.lowlevel.checkpoint()
        raise KeyError(value)

    with pytest.raises(KeyError, match="mine"):
        await fail("mine")
    assert fail.__name__ == "fail"
    assert sys.exc_info()[0] is None
