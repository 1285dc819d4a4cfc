"""``novelai check-service``: what the service answers beside what this package expects."""

import io
import json
import zipfile

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from novelai.cli.drift.plan import picture_params
from novelai.emulator.serve import serving


class Changed:
    """An emulator whose answers are changed on their way: one thing at a time."""

    def __init__(self, app, changes):
        self.app = app
        self.changes = changes

    async def __call__(self, scope, receive, send):
        change = self.changes.get(scope["path"])
        if change is None:
            await self.app(scope, receive, send)
            return
        status, headers, body = 200, [], b""

        async def gather(message):
            nonlocal status, headers, body
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, gather)
        query = scope["query_string"].decode()
        status, body = change(query, status, body)
        kept = [(name, value) for name, value in headers if name != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": kept})
        await send({"type": "http.response.body", "body": body})


def another_status(_query, _status, body):
    return 404, b'{"statusCode":404,"message":"Not Found"}'


def without_expiry(_query, status, body):
    document = json.loads(body)
    del document["expiresAt"]
    return status, json.dumps(document).encode()


def without_medium(query, status, body):
    if "model=nai-diffusion-5-full-medium&" in f"{query}&":
        return 400, b'{"statusCode":400,"message":"Model not found"}'
    return status, body


def another_seed(_query, status, body):
    """Repack the picture with settings that were not asked for."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (name,) = archive.namelist()
        image = Image.open(io.BytesIO(archive.read(name)))
    texts = PngInfo()
    comment = {**json.loads(image.text["Comment"]), "seed": 2, "uc": "SOMETHING ELSE"}
    for key, value in {**image.text, "Comment": json.dumps(comment)}.items():
        texts.add_text(key, value)
    picture, packed = io.BytesIO(), io.BytesIO()
    image.save(picture, "PNG", pnginfo=texts)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, picture.getvalue())
    return status, packed.getvalue()


@pytest.fixture
def check(run):
    """Run the check without its pauses; a changed service is named by its address."""

    def check(*options, **more):
        return run("check-service", "--pause", 0, *options, **more)

    return check


@pytest.fixture
def dearer(emulator):
    """Charges 3 Anlas more than it should for a picture."""

    def charge(_query, status, body):
        emulator.account().charge(3)
        return status, body

    return charge


def test_nothing_differs_on_the_emulator(check, emulator):
    """One free picture on Opus, about fifteen calls, and nothing spent."""
    ran = check()
    assert (ran.exit_code, ran.lines) == (0, ["Nothing differs."])
    assert "This costs 0 Anlas (generation 0; the rest is free)." in ran.stderr
    assert "Left out, as --max-anlas is 0: upscale 1." in ran.stderr
    assert emulator.account().anlas == 10_000
    assert len(emulator.requests) <= 18


@pytest.mark.parametrize("tier", [0, 1, 3])
def test_what_costs_is_made_within_the_cap(check, emulator, tier):
    """All of it, on every tier, without a difference."""
    emulator.account().tier = tier
    ran = check("--max-anlas", 3, "--yes", "--json")
    assert ran.exit_code == 0, ran
    (record,) = ran.records
    price = 0 if tier == 3 else 2
    assert record["made"] == {"generation": price, "upscale": 1}
    assert (record["drift"], record["anlas_spent"]) == ([], price + 1)
    assert emulator.account().anlas == 10_000 - price - 1


@pytest.mark.parametrize(("cap", "spent"), [(0, 0), (1, 1), (2, 1), (3, 3)])
def test_the_cap_is_never_passed(check, emulator, cap, spent):
    """The cheapest come first, and the rest is left out."""
    emulator.account().tier = 1
    check("--max-anlas", cap, "--yes")
    assert emulator.account().anlas == 10_000 - spent


def test_five_changes_are_named(check, emulator, dearer):
    """A status, a field, a model, a price and a setting: each is one line, or two."""

    def picture(*answer):
        dearer(*answer)
        return another_seed(*answer)

    changes = {
        "/user/data": another_status,
        "/user/subscription": without_expiry,
        "/ai/generate-image/suggest-tags": without_medium,
        "/ai/generate-image": picture,
    }
    with serving(Changed(emulator.app, changes), "127.0.0.1", 0) as changed:
        ran = check(NOVELAI_BASE_URL=changed)
    assert ran.exit_code == 1
    named = [line.removeprefix("- ").partition(" (")[0] for line in ran.lines[1:-1]]
    unknown = "status 400: the service does not know it"
    sent = len(picture_params().processed_negative_prompt)
    shorter = f"a text of 14 characters for {sent}, the same up to number 0"
    assert named == [
        "GET /user/subscription expiresAt: expected number, found nothing",
        "GET /user/data: expected status 200, found status 404",
        f"model nai-diffusion-5-full-medium: expected a model, found {unknown}",
        "picture Comment seed: expected 1, found 2",
        f"picture Comment uc: expected what was sent, found {shorter}",
        "price of generation: expected 0 Anlas, found 3 Anlas less on the account",
    ]


@pytest.mark.parametrize("body", [b'{"tier": "gold"}', b"[]", b"no JSON"])
def test_an_account_that_cannot_be_read_is_drift(check, emulator, body):
    """Nothing is known of it then, and nothing is paid for."""
    changes = {"/user/subscription": lambda _query, status, _body: (status, body)}
    with serving(Changed(emulator.app, changes), "127.0.0.1", 0) as url:
        ran = check("--max-anlas", 3, "--yes", "--json", NOVELAI_BASE_URL=url)
    (record,) = ran.records
    assert record["drift"][0]["about"].startswith("GET /user/subscription")
    assert (ran.exit_code, emulator.account().anlas) == (1, 10_000)


def test_an_account_that_is_gone_is_drift(check, emulator):
    """Nothing is paid for then."""
    changes = {"/user/subscription": another_status}
    with serving(Changed(emulator.app, changes), "127.0.0.1", 0) as url:
        ran = check("--max-anlas", 3, "--yes", NOVELAI_BASE_URL=url)
    assert "- GET /user/subscription: expected status 200, found status 404" in ran.stdout
    assert (ran.exit_code, emulator.account().anlas) == (1, 10_000)


def test_a_model_that_appears_is_news(check, emulator):
    """An id that NovelAI did not have is named when it answers."""

    def known(query, status, body):
        return (200, b'{"tags":[]}') if "model=nai-diffusion-5&" in f"{query}&" else (status, body)

    with serving(
        Changed(emulator.app, {"/ai/generate-image/suggest-tags": known}), "127.0.0.1", 0
    ) as url:
        ran = check(NOVELAI_BASE_URL=url)
    assert [line for line in ran.lines if "model nai-diffusion-5:" in line]


def test_a_charge_that_was_not_expected_ends_it(check, emulator, dearer):
    """What was planned after it is not paid for."""
    with serving(Changed(emulator.app, {"/ai/generate-image": dearer}), "127.0.0.1", 0) as url:
        ran = check("--max-anlas", 5, "--yes", NOVELAI_BASE_URL=url)
    assert ran.exit_code == 1
    assert emulator.account().anlas == 9_997
    assert [request for request in emulator.requests if request.path == "/ai/upscale"] == []


@pytest.mark.parametrize(("typed", "spent"), [("y\n", 1), ("n\n", 0)])
def test_it_asks_before_it_spends(check, emulator, typed, spent):
    """After a no only what is free is made."""
    ran = check("--max-anlas", 1, stdin=typed)
    assert "Spend 1 Anlas?" in ran.stderr
    assert ran.exit_code == 0
    assert emulator.account().anlas == 10_000 - spent


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_program_is_told_to_say_yes(check, emulator, options):
    """Where nobody answers, nothing is spent."""
    ran = check("--max-anlas", 1, *options)
    assert ran.exit_code == 2
    assert "--yes" in ran.stderr
    assert emulator.account().anlas == 10_000


def test_what_the_account_cannot_pay_is_refused(check, emulator):
    """Before anything is made."""
    account = emulator.account()
    account.tier, account.fixed_anlas = 1, 1
    ran = check("--max-anlas", 3, "--yes")
    assert (ran.exit_code, account.anlas) == (4, 1)


def test_a_wrong_key_is_no_drift(check, emulator):
    """It is the person's, as everywhere."""
    emulator.account().revoked = True
    assert check().exit_code == 3


def test_nothing_private_is_said(check, emulator):
    """No prompt, no token, nothing of the account but its tier."""

    def everything(_query, status, body):
        document = json.loads(body)
        document["information"] = {"plaintextEmail": "ann@example.org", "banStatus": 7}
        return status, json.dumps(document).encode()

    changes = {"/user/data": everything, "/ai/generate-image": another_seed}
    with serving(Changed(emulator.app, changes), "127.0.0.1", 0) as url:
        for options in ([], ["--json"]):
            ran = check(*options, NOVELAI_BASE_URL=url)
            assert ran.exit_code == 1
            said = ran.stdout + ran.stderr
            private = (emulator.token, "ann@", "tea", "SOMETHING", "worst quality")
            assert [text for text in private if text in said] == []
