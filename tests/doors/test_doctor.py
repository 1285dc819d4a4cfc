"""``novelai doctor --client``: what to enter in a program, and whether the server answers it."""

import json

import httpx2
import pytest
from tests.doors.serving import serving, settings_for
from tests.emulator.waiting import until
from typer.testing import CliRunner

from novelai.cli.app import app
from novelai.cli.clients.probes import examine_server
from novelai.cli.clients.table import CLIENTS


def doctor(*arguments: str, key: str = ""):
    return CliRunner().invoke(app, ["doctor", *arguments], env={"NOVELAI_API_KEY": key})


@pytest.mark.parametrize("name", CLIENTS)
def test_every_program_is_answered(keyed, seen, name):
    """For each: what to enter, every probe is answered, and a picture in its own way, for free."""
    secret = keyed.make_key()
    ran = doctor("--client", name, "--server", keyed.url, key=secret)
    assert ran.exit_code == 0, ran.output
    assert ran.output.rstrip().endswith("Usable.")
    assert keyed.url in ran.output
    assert f"{secret[:12]}…" in ran.output
    assert secret not in ran.output
    assert "free" in ran.output.splitlines()[-2]
    assert [one.path for one in seen.requests] == ["/ai/generate-image-stream"]
    assert all(job.cost == 0 for job in jobs_of(keyed, secret))


def jobs_of(keyed, secret):
    """The jobs of a key; there is at least one."""
    key = keyed.run(keyed.services.authentication.key_of(secret))
    found = keyed.run(keyed.services.jobs.list(key))
    assert found
    return found


@pytest.mark.parametrize("name", ["sillytavern", "mcp", "openai"])
def test_nothing_is_tried_that_costs(upstream, paying, seen, name):
    """Where a picture is not free none is asked for, and the doctor says so and why."""
    secret = paying.make_key()
    ran = doctor("--client", name, "--server", paying.url, key=secret)
    assert ran.exit_code == 0, ran.output
    assert "None was tried: it would cost" in ran.output
    assert "no picture was tried" in ran.output.splitlines()[-1]
    record = json.loads(
        doctor("--client", name, "--server", paying.url, "--json", key=secret).stdout
    )
    assert record["usable"] is False
    assert seen.paid == 0


@pytest.fixture(scope="module")
def paying(upstream, tmp_path_factory):
    """A server whose account pays for every picture."""
    emulator, address = upstream
    token = f"pst-{'d' * 64}"
    emulator.add_account(token, tier=1)
    settings = settings_for(
        emulator, address, tmp_path_factory.mktemp("paying"), api_key=token, require_keys=True
    )
    with serving(settings) as served:
        yield served


def test_what_a_program_is_refused_is_said(keyed, seen):
    """Its own request shows what the probes do not: a model that the key may not use."""
    secret = keyed.make_key(models=("nai-diffusion-4-5-curated",))
    ran = doctor("--client", "risuai", "--server", keyed.url, key=secret)
    assert ran.exit_code == 1
    assert "/ai/generate-image answers 403" in ran.output
    assert "may not use nai-diffusion-4-5-full" in ran.output
    assert seen.paid == 0


def test_what_was_refused_lately_is_shown(keyed):
    """What the program met before, in the sentences that it does not show."""
    secret = keyed.make_key(free_only=True)
    headers = {"Authorization": f"Bearer {secret}"}
    wish = {"prompt": "a cat", "steps": 40}
    httpx2.post(f"{keyed.url}/sdapi/v1/txt2img", json=wish, headers=headers)
    address = f"{keyed.url}/api/refusals"
    until(lambda: httpx2.get(address, headers=headers).json()["refusals"])
    ran = doctor("--client", "sillytavern", "--server", keyed.url, key=secret)
    assert ran.exit_code == 0, ran.output
    assert "just now, POST /sdapi/v1/txt2img: 402 free_only" in ran.output
    assert "takes only what is free" in ran.output


def test_scripts_get_one_object(keyed):
    """`--json`: what to enter, each finding, and whether it is usable."""
    ran = doctor("--client", "mcp", "--server", keyed.url, "--json", key=keyed.make_key())
    record = json.loads(ran.stdout)
    assert record["usable"] is True
    assert record["client"] == "mcp"
    assert record["enter"]["server URL (streamable HTTP)"] == f"{keyed.url}/mcp"
    assert {one["level"] for one in record["findings"]} == {"ok"}


def test_nobody_needs_a_key_on_a_local_server(server):
    """Without a key the doctor says that anything will do, and the probes pass."""
    ran = doctor("--client", "koishi", "--server", f"{server}/")
    assert ran.exit_code == 0, ran.output
    assert "asks for no key" in ran.output


def test_a_token_of_novelai_is_not_sent_to_a_server(keyed):
    """The account's own token in the environment is taken for no key of the server."""
    token = "pst-" + "a" * 64
    ran = doctor("--client", "novelai-sdk", "--server", keyed.url, key=token)
    assert ran.exit_code == 1
    assert "novelai keys create" in ran.output
    assert token not in ran.output


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "asks for a key"), (403, "not allowed"), (404, "is not there"), (500, "answers 500")],
)
def test_what_is_wrong_is_said(status, said):
    """Each refusal has a sentence, and says what to do."""
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(status))
    findings = examine_server(CLIENTS["novelai"], "http://127.0.0.1:1", "nvs_x", transport)
    assert all(said in finding.sentence and finding.fix for finding in findings)


def test_another_server_is_noticed():
    """An answer without what the program reads is a failure, too."""
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(200, json={"other": 1}))
    first, *_ = examine_server(CLIENTS["sillytavern"], "http://127.0.0.1:1", "", transport)
    assert first.level == "fail"
    assert "without sd_model_checkpoint" in first.sentence


def test_nothing_there_and_no_address():
    """A server that does not run, an address that is none, and an unknown program."""
    assert (
        "Nothing listens" in doctor("--client", "novelai", "--server", "http://127.0.0.1:9").output
    )
    assert doctor("--client", "novelai", "--server", "http://[").exit_code == 1
    unknown = doctor("--client", "nobody")
    assert unknown.exit_code == 2
    assert "sillytavern" in unknown.output
