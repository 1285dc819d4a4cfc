"""``novelai doctor``: each thing that can be wrong is named, with what to write where."""

import socket
import ssl

import httpx2
import pytest

from novelai._version import __version__
from novelai.cli.checkup.account import account_findings
from novelai.cli.checkup.address import addresses
from novelai.cli.checkup.examination import examine
from novelai.cli.checkup.installation import installation_findings
from novelai.cli.checkup.key import key_finding
from novelai.cli.checkup.reach import reach
from novelai.emulator import Fault

TOKEN = "pst-" + "aB3" * 21 + "x"
SUBSCRIPTION = {
    "tier": 3,
    "active": True,
    "trainingStepsLeft": {"fixedTrainingStepsLeft": 500, "purchasedTrainingSteps": 0},
    "usage": {"percent": 50, "isNegative": False},
}
MOVED = {
    "statusCode": 400,
    "message": "Please refresh NovelAI.net. If using a third-party tool, update to the image URL.",
}


def answering(status=200, document=None, text=None):
    """A service that says nothing at its front page and this for the subscription."""

    def handle(request):
        if request.url.path == "/":
            return httpx2.Response(404)
        if text is not None:
            return httpx2.Response(status, text=text)
        return httpx2.Response(status, json=SUBSCRIPTION if document is None else document)

    return httpx2.MockTransport(handle)


def failing(cause, kind=httpx2.ConnectError):
    """A network on which every connection ends like this."""

    def handle(request):
        raise kind("failed", request=request) from cause

    return httpx2.MockTransport(handle)


def about(findings, *names):
    return [(one.level, one.sentence) for one in findings if one.about in names]


def examined(transport, **environment):
    return examine({"NOVELAI_API_KEY": TOKEN, **environment}, {"httpx2": "2.16"}.get, [], transport)


def test_a_working_set_up_is_usable(run):
    """Exit code 0; the emulator is named, the key is not."""
    ran = run("doctor")
    assert ran.exit_code == 0, ran.stdout
    assert ran.lines[-1] == "Usable."
    assert "An emulator answers at http://127.0.0.1" in ran.stdout
    assert "Opus, 10000 Anlas" in ran.stdout
    assert __version__ in ran.stdout


def test_json_is_one_object(run):
    """For scripts: usable, and each finding with level, sentence and fix."""
    (record,) = run("doctor", "--json").records
    assert record["usable"] is True
    assert all(set(one) == {"about", "level", "sentence", "fix"} for one in record["findings"])


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"NOVELAI_API_KEY": None}, "NOVELAI_API_KEY is not set"),
        ({"NOVELAI_API_KEY": "  "}, "NOVELAI_API_KEY is empty"),
        ({"NOVELAI_BASE_URL": "localhost"}, "NOVELAI_BASE_URL must be an address"),
        ({"NOVELAI_BASE_URL": "http://127.0.0.1:1"}, "Nothing listens at 127.0.0.1:1"),
    ],
)
def test_a_broken_set_up_is_code_1(run, environment, said):
    """The fault is named and the last line says that nothing works."""
    ran = run("doctor", **environment)
    assert ran.exit_code == 1
    assert said in ran.stdout
    assert ran.lines[-1].startswith("Not usable")


def test_a_revoked_key_is_named(run, emulator):
    """A 401 says to make a new key."""
    emulator.account().revoked = True
    ran = run("doctor")
    assert ran.exit_code == 1
    assert "The key is not accepted (401)" in ran.stdout
    assert "export NOVELAI_API_KEY=" in ran.stdout


@pytest.mark.parametrize(
    ("key", "level", "said"),
    [
        (TOKEN, "ok", "looks like a persistent token"),
        (f'"{TOKEN}"', "fail", "quotation marks"),
        (f"“{TOKEN}”", "fail", "quotation marks"),
        (f"Bearer {TOKEN}", "fail", '"Bearer"'),
        (f"bearer:{TOKEN}", "fail", '"Bearer"'),
        (f"{TOKEN[:30]} {TOKEN[30:]}", "fail", "space or line break inside"),
        (f"{TOKEN[:30]}\n{TOKEN[30:]}", "fail", "space or line break inside"),
        (TOKEN[:-1] + "é", "fail", "characters that no token has"),
        ("sk-" + "a" * 48, "fail", 'does not begin with "pst-"'),
        ("my password", "fail", "space or line break inside"),
        (TOKEN[:40], "warn", "40 characters long and should be 68"),
        (TOKEN[:-1] + "…".encode().hex()[0] + "!", "warn", "letters and digits"),
        (f" {TOKEN}\n", "warn", "around it"),
        ("eyJhbGciOi.J9.x", "warn", "session token"),
    ],
)
def test_keys_are_judged_by_their_looks(key, level, said):
    """Each way to paste a key wrongly has its sentence; the key is never in it."""
    finding = key_finding(key, own_host=True)
    assert (finding.level, said in finding.sentence) == (level, True), finding
    assert key.strip() not in finding.sentence + finding.fix
    assert TOKEN[4:20] not in finding.sentence + finding.fix
    assert level == "ok" or "export NOVELAI_API_KEY=pst-…" in finding.fix


def test_other_hosts_have_other_keys():
    """Only NovelAI's own keys have a known shape."""
    assert key_finding("secret", own_host=False).level == "ok"


def test_a_key_that_cannot_be_one_is_not_sent():
    """A password pasted by mistake stays here."""
    seen = []

    def handle(request):
        seen.append((request.url.path, request.headers.get("authorization")))
        return httpx2.Response(200, json={})

    examined(httpx2.MockTransport(handle), NOVELAI_API_KEY="hunter2")
    assert seen
    assert all(entry == ("/", None) for entry in seen)


@pytest.mark.parametrize(
    ("environment", "level", "said"),
    [
        ({}, "ok", "NovelAI's own addresses"),
        ({"NOVELAI_BASE_URL": "http://127.0.0.1:8787"}, "ok", "as NOVELAI_BASE_URL says"),
        ({"NOVELAI_IMAGE_BASE": "https://x.example"}, "ok", "as NOVELAI_IMAGE_BASE says"),
        ({"NOVELAI_BASE_URL": "https://api.novelai.net"}, "fail", "no more"),
        ({"NOVELAI_IMAGE_BASE": "https://novelai.net"}, "fail", "web site"),
        ({"NOVELAI_BASE_URL": "http://192.168.1.5:80"}, "warn", "unencrypted"),
        ({"NOVELAI_TEXT_BASE": "ftp://x"}, "fail", "NOVELAI_TEXT_BASE must be"),
    ],
)
def test_addresses_are_judged(environment, level, said):
    """The variable that is wrong is named."""
    (finding,) = addresses(environment).findings
    assert (finding.level, said in finding.sentence) == (level, True), finding
    assert level == "ok" or finding.fix


@pytest.mark.parametrize(
    ("transport", "said"),
    [
        (failing(socket.gaierror(-2, "Name or service not known")), "cannot be looked up"),
        (failing(ConnectionRefusedError(111, "refused")), "connection was refused"),
        (failing(ssl.SSLCertVerificationError(1, "bad")), "certificate is not accepted"),
        (failing(None, httpx2.ConnectTimeout), "did not answer within 10 seconds"),
        (failing(None, httpx2.ReadError), "cannot be reached (ReadError)"),
    ],
)
def test_a_way_that_is_barred_is_explained(transport, said):
    """DNS, refusal, certificates and silence are told apart, and proxies are remembered."""
    landing = reach("https://image.novelai.net", {"https_proxy": "http://u:pw@p:1"}, transport)
    assert not landing.reached
    assert landing.finding.level == "fail"
    assert said in landing.finding.sentence
    assert "https_proxy is set" in landing.finding.fix
    assert "pw" not in landing.finding.fix


def test_without_network_nothing_else_is_asked():
    """One fault is not reported twice."""
    findings = examined(failing(socket.gaierror(-2, "unknown")))
    assert about(findings, "service", "account") == []
    assert about(findings, "network")[0][0] == "fail"


def test_only_the_picture_host_is_necessary():
    """Text and voice out of reach are a warning."""

    def handle(request):
        if request.url.host != "image.novelai.net":
            raise httpx2.ConnectError("failed", request=request)
        return httpx2.Response(200, json=SUBSCRIPTION)

    findings = examined(httpx2.MockTransport(handle))
    assert [level for level, _ in about(findings, "network")] == ["ok", "warn", "warn"]
    assert all(one.level != "fail" for one in findings)


@pytest.mark.parametrize(
    ("transport", "level", "said"),
    [
        (answering(), "ok", "The key is accepted"),
        (answering(401, {"message": "Unauthorized"}), "fail", "not accepted (401)"),
        (answering(400, MOVED), "fail", "accounts have moved (400)"),
        (answering(403, text="<html>challenge</html>"), "fail", "barred (403)"),
        (answering(404, text="not here"), "fail", "not like NovelAI"),
        (answering(200, text="<html>hello</html>"), "fail", "not like NovelAI"),
        (answering(200, {}), "fail", "not like NovelAI"),
        (answering(200, {"hello": "world"}), "fail", "not like NovelAI"),
        (answering(429, {"message": "slow down"}), "warn", "Too many requests"),
        (answering(503, text="down"), "fail", "failed (503)"),
    ],
)
def test_answers_of_the_service_are_explained(transport, level, said):
    """Revoked keys, wrong hosts, strangers and failures each have their sentence."""
    found = about(examined(transport), "service")
    assert len(found) == 1
    assert (found[0][0], said in found[0][1]) == (level, True), found


def test_an_answer_that_breaks_off_is_explained():
    """The network gave way after the front page."""

    def handle(request):
        if request.url.path == "/":
            return httpx2.Response(404)
        raise httpx2.ReadError("failed", request=request)

    assert about(examined(httpx2.MockTransport(handle)), "service")[0][0] == "fail"


@pytest.mark.parametrize(
    ("changes", "levels", "said"),
    [
        ({}, ["ok"], "Opus, 500 Anlas"),
        ({"trainingStepsLeft": {}}, ["warn"], "low, free pictures still work"),
        ({"tier": 1, "trainingStepsLeft": {"purchasedTrainingSteps": 5}}, ["warn"], "low."),
        ({"tier": 0, "active": False}, ["warn"], "no subscription, 500 Anlas, not active"),
        ({"active": False, "trainingStepsLeft": {}}, ["fail"], "nothing can be paid for"),
        ({"usage": {"isNegative": True}}, ["ok", "warn"], "V5 pictures is used up"),
    ],
)
def test_balances_are_judged(changes, levels, said):
    """Low, empty and lapsed accounts are told apart."""
    places = addresses({})
    findings = account_findings(TOKEN, places, answering(document={**SUBSCRIPTION, **changes}))
    found = about(findings, "account")
    assert [level for level, _ in found] == levels
    assert said in found[-1][1]


def test_the_other_package_of_the_same_name_is_a_fault():
    """novelai-sdk in the same environment overwrites files; the fix is a command."""
    versions = {"novelai-sdk": "0.14.1", "httpx2": "2.16"}
    clash = installation_findings(versions.get, [])[1]
    assert (clash.level, "novelai-sdk 0.14.1" in clash.sentence) == ("fail", True)
    assert "pip uninstall novelai-sdk" in clash.fix


def test_optional_parts_are_listed():
    """What is there, and how to get what is not; neither is a fault."""
    required = [
        "httpx2>=2",
        "fastapi>=0.120; extra == 'fastapi'",
        'rich>=14; extra == "cli"',
        "typer>=0.20; extra == 'cli'",
        "uvloop; sys_platform != 'win32' and extra == 'server'",
        "novelai-fastapi[cli]; extra == 'all'",
    ]
    _, present, absent = installation_findings({"rich": "1", "typer": "1"}.get, required)
    assert present.sentence == "Optional parts that are installed: cli."
    assert absent.fix.endswith("pip install 'novelai-fastapi[fastapi]'")
    assert {present.level, absent.level} == {"ok"}


def test_nothing_the_doctor_says_holds_the_key(run, emulator):
    """Not in any outcome, for people or programs."""
    emulator.script(Fault(status=500, path="/user/subscription"))
    for options in ([], ["--json"]):
        ran = run("doctor", *options)
        assert emulator.token[4:] not in ran.stdout + ran.stderr
