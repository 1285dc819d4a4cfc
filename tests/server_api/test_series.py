"""Series over HTTP: planned, ordered, held, done again, taken back; on both databases."""

import json
from base64 import b64encode
from io import BytesIO
from itertools import count
from threading import Barrier, Thread
from time import monotonic, sleep
from zipfile import ZipFile

import anyio
import pytest
from PIL import Image
from sqlalchemy import func, select, update
from tests.server_api.people import png

from novelai.server.storage.tables import accounts, jobs, ledger

V45, V5, MEDIUM = "nai-diffusion-4-5-full", "nai-diffusion-5-full", "nai-diffusion-5-full-medium"
NUMBERS = count()
BASE = {"prompt": "1girl, <red|blue> hair", "model": V45, "size": "128x192", "steps": 2}
STEPS = {"field": "steps", "values": [2, 3, 4]}
THREE = {"field": "scale", "values": [4, 5, 6]}
SCALES = {"field": "scale", "values": [4, 5, 6, 7]}
PAID = BASE | {"steps": 29}
"""Costs 2 Anlas at any tier: no subscription gives so many steps."""

FIFTH = BASE | {"model": V5}
BROKEN = {"prompt": "x", "steps": "many"}
"""What a job cannot be run with."""

EACH = 2
ALL = ("generate", "read", "admin")


class Owner:
    """An owner with an account and keys, whose queue can rest."""

    def __init__(self, site):
        self.site = site
        self.token = f"pst-series{next(NUMBERS):058d}"
        self.id = site.owner(self.token)
        self.chief = site.somebody("chief", owner=self.id, scopes=ALL, max_series=2_000)

    @property
    def account(self):
        return self.site.emulator.account(self.token)

    def guest(self, **limits):
        return self.site.somebody("guest", owner=self.id, **{"max_series": 2_000} | limits)

    def rest(self, *, paused=True):
        assert self.chief("POST", "/api/queue", json={"paused": paused}).status_code == 200

    def query(self, statement):
        async def asked():
            async with self.site.services.context.database.read() as connection:
                return (await connection.execute(statement)).all()

        return self.site.portal.call(asked)

    def run(self, statement):
        async def done():
            async with self.site.services.context.database.write() as connection:
                await connection.execute(statement)

        self.site.portal.call(done)

    def booked(self):
        """What the ledger says of all keys of this owner, and how many jobs there are."""
        of_owner = jobs.c.owner_id == self.id
        ((anlas, allowance),) = self.query(
            select(func.sum(ledger.c.anlas), func.sum(ledger.c.allowance)).join(
                jobs, jobs.c.id == ledger.c.job_id
            ).where(of_owner)
        )  # fmt: skip
        ((number,),) = self.query(select(func.count()).where(of_owner))
        return anlas or 0, allowance or 0, number


@pytest.fixture
def owner(site):
    return Owner(site)


@pytest.fixture
def resting(owner):
    owner.rest()
    return owner


def plan(person, status=200, **document):
    answer = person("POST", "/api/series/plan", json={"base": BASE, "roll_seed": 7} | document)
    assert answer.status_code == status, answer.text
    return answer.json()


def order(person, status=202, headers=None, **document):
    body = {"base": BASE, "roll_seed": 7} | document
    answer = person("POST", "/api/series", json=body, headers=headers or {})
    assert answer.status_code == status, answer.text
    return answer.json()


def look(person, series):
    return person.get(f"/api/series/{series['id']}").json()


def cells(person, series, **query):
    answer = person.get(f"/api/series/{series['id']}/cells", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["cells"]


def until(person, series, *states):
    """The series once it stands so."""
    given_up = monotonic() + 60
    while (found := look(person, series))["state"] not in states:
        assert monotonic() < given_up, found
        sleep(0.02)
    return found


def again(person, series, status=202, **body):
    answer = person("POST", f"/api/series/{series['id']}/cells", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def patch(person, series, status=200, **body):
    answer = person("PATCH", f"/api/series/{series['id']}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def cancel(person, series, status=200):
    answer = person("DELETE", f"/api/series/{series['id']}")
    assert answer.status_code == status, answer.text
    return answer.json()


def resume(person, series, status=200, **body):
    answer = person("POST", f"/api/series/{series['id']}/resume", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_plan_tells_everything_and_keeps_nothing(resting):
    """Counts, price, time, tokens and the first cells; nothing is in the database behind it."""
    told = plan(resting.chief, base=PAID, axes=[SCALES, {"tags": [None, "smile"]}], repeat=2)
    assert (told["cells"], told["pictures"], told["anlas"]) == (16, 16, 16 * EACH)
    assert (told["cheapest"], told["dearest"], told["free"]) == (EACH, EACH, 0)
    assert told["balance"] == 10_000
    assert told["seconds"] > 0
    assert told["tokens"]["prompt"] > 3
    first = told["first"][1]
    assert (first["place"], first["labels"], first["anlas"]) == ([1, 0], ["5", "—"], EACH)
    assert first["picks"] == [{"site": "prompt/<red|blue>", "text": first["prompt"].split()[1]}]
    assert told["first"][4]["prompt"].endswith(", smile")
    assert told["problems"] == []
    assert resting.booked() == (0, 0, 0)
    drawn = resting.chief("POST", "/api/series/plan", json={"base": BASE}).json()["roll_seed"]
    assert 0 <= drawn < 2**32


def test_a_series_is_drawn(owner):
    """All cells come, where they belong, with their rolls; its state is told on the way."""
    person = owner.guest()
    series = order(person, name="hats", axes=[STEPS, {"list": "<red|blue>"}])
    assert (series["cells"], series["state"] in {"waiting", "running"}) == (6, True)
    done = until(person, series, "done")
    assert (done["done"], done["failed"], done["waiting"], done["anlas"]) == (6, 0, 0, 0)
    assert done["axes"] == [
        {"title": "steps", "labels": ["2", "3", "4"]},
        {"title": "<red|blue>", "labels": ["red", "blue"]},
    ]
    assert done["document"]["base"] == BASE
    found = cells(person, series)
    assert [one["place"] for one in found] == [[x, y] for y in (0, 1) for x in (0, 1, 2)]
    assert [one["prompt"] for one in found] == 3 * ["1girl, red hair"] + 3 * ["1girl, blue hair"]
    assert {one["state"] for one in found} == {"done"}
    assert len({one["seed"] for one in found}) == 1
    image = person.get(f"/api/images/{found[4]['images'][0]}").json()
    assert (image["series"], image["cell"], image["take"]) == (series["id"], 4, 0)
    assert image["roll"]["template"] == {"prompt": BASE["prompt"]}
    assert image["settings"]["steps"] == 3
    page = person.get(f"/api/series/{series['id']}/cells", params={"from": 2, "limit": 3}).json()
    assert ([one["cell"] for one in page["cells"]], page["next"]) == ([2, 3, 4], 5)
    (line,) = person.get("/api/series", params={"state": "done"}).json()["series"]
    assert line["id"] == series["id"]
    assert person.get("/api/series", params={"state": "paused"}).json()["series"] == []


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"base": BASE | {"prompt": "__nobody__"}}, "template"),
        ({"base": BASE | {"prompt": "<200x a|b>"}}, "template"),
        ({"axes": [{"field": "guidance", "values": [1]}]}, "axis"),
        ({"axes": [{"field": "steps", "values": []}]}, "axis"),
        ({"axes": [{"field": "scale", "values": [5] * 101}]}, "axis"),
        ({"axes": [{"fields": ["steps", "scale"], "values": [3]}]}, "axis"),
        ({"axes": [{"field": "vibes.0.strength", "values": [1]}]}, "axis"),
        ({"axes": 4 * [STEPS]}, "too_many_axes"),
        ({"repeat": 1_001}, "too_many_pictures"),
        ({"base": BASE | {"n_samples": 2}, "repeat": 501}, "too_many_pictures"),
        ({"base": BASE | {"steps": 0}}, "invalid_params"),
    ],
)
def test_what_cannot_be_planned(resting, document, code):
    """A plan names the problem, an order is refused with it, and nothing is left behind."""
    (problem, *_) = plan(resting.chief, **document)["problems"]
    refused = order(resting.chief, status=422, **document)
    assert (problem["code"], refused["code"]) == (code, code)
    assert "charged" in refused["detail"] or code in {"template", "invalid_params"}
    assert resting.booked() == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"base": BASE, "axes": [{"field": "steps"}]},
        {"base": BASE, "axes": [{"field": "steps", "tags": ["a"], "values": [1]}]},
        {"base": BASE, "axes": [{"tags": ["a"], "values": [1]}]},
        {"base": BASE, "then": "lib_7"},
        {"base": BASE, "surplus": 1},
        {"base": BASE, "webhook": "ftp://x"},
    ],
)
def test_a_body_that_is_none(resting, body):
    """A body of the wrong shape is refused, with the field named."""
    answer = resting.chief("POST", "/api/series", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_params")
    assert answer.json()["errors"]


def test_a_price_is_accepted_by_its_number(resting):
    """Without it a series that costs something is refused with the price; nothing is inserted."""
    document = {"base": PAID, "axes": [SCALES]}
    price = 4 * EACH
    refused = order(resting.chief, status=402, **document)
    assert (refused["code"], refused["anlas"]) == ("price_not_accepted", price)
    rose = order(resting.chief, status=409, accept_anlas=price - 1, **document)
    assert (rose["code"], rose["anlas"]) == ("price_changed", price)
    assert resting.booked() == (0, 0, 0)
    series = order(resting.chief, accept_anlas=price, **document)
    assert (series["anlas_max"], series["reserved"]) == (price, price)
    assert resting.booked() == (price, 0, 4)


def test_the_same_order_ten_times_is_one_series(resting):
    """Under one idempotency key, at once: one series, each job once, each reservation once."""
    barrier, found = Barrier(10), []
    headers = {"Idempotency-Key": "hats-1"}

    def ask():
        barrier.wait()
        found.append(order(resting.chief, headers=headers, base=PAID, axes=[THREE], accept_anlas=99,
                           roll_seed=None))  # fmt: skip

    threads = [Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len({one["id"] for one in found}) == 1
    anlas, _, number = resting.booked()
    assert (anlas, number) == (found[0]["anlas_max"], 3)
    other = order(resting.chief, status=409, headers=headers, base=PAID, accept_anlas=99)
    assert other["code"] == "idempotency_conflict"


def test_a_single_order_goes_before_a_series(resting):
    """Of the same key and of another one: each waits for one picture at most."""
    person, other = resting.guest(), resting.guest()
    series = order(person, axes=[STEPS, SCALES])
    assert (series["position"], series["waiting"]) == (0, 12)
    mine = person("POST", "/api/jobs", json={"params": BASE}).json()
    theirs = other("POST", "/api/jobs", json={"params": BASE}).json()
    assert (mine["position"], theirs["position"]) == (0, 1)
    state = resting.chief.get("/api/state").json()
    assert [one["id"] for one in state["queue"]] == [mine["id"], theirs["id"]]
    assert [one["id"] for one in state["series"]] == [series["id"]]
    assert person("DELETE", "/api/jobs").json() == {"cancelled": 1}
    assert look(person, series)["waiting"] == 12


def test_a_running_series_does_not_block_single_orders(resting):
    """What waits of it counts neither as queued nor as so many orders a minute."""
    person = resting.guest(max_queued=2, rate_minute=3)
    order(person, axes=[STEPS, SCALES])
    for _ in range(2):
        assert person("POST", "/api/jobs", json={"params": BASE}).status_code == 202
    refused = person("POST", "/api/jobs", json={"params": BASE})
    assert refused.json()["code"] == "too_many_queued"
    person("DELETE", "/api/jobs")
    assert person("POST", "/api/jobs", json={"params": BASE}).json()["code"] == "too_fast"
    assert order(person, status=429)["code"] == "too_fast"


def test_pause_and_resume(resting):
    """What is paused does not run, keeps what was set aside, and goes on where it stopped."""
    person = resting.guest()
    series = order(person, base=PAID, axes=[THREE], accept_anlas=99)
    reserved = series["reserved"]
    paused = patch(person, series, paused=True, name="other")
    assert (paused["state"], paused["reserved"], paused["name"]) == ("paused", reserved, "other")
    assert paused["position"] is None
    assert patch(person, series, paused=True)["state"] == "paused"
    single = person("POST", "/api/jobs", json={"params": BASE}).json()
    resting.rest(paused=False)
    given_up = monotonic() + 30
    while person.get(f"/api/jobs/{single['id']}").json()["state"] != "succeeded":
        assert monotonic() < given_up
    assert look(person, series)["waiting"] == 3
    assert patch(person, series, paused=False)["state"] in {"waiting", "running"}
    done = until(person, series, "done")
    assert (done["done"], done["anlas"], done["reserved"]) == (3, reserved, 0)
    assert patch(person, series, status=409, paused=True)["code"] == "conflict"


def test_a_series_can_be_moved(resting):
    """In front of another one, or of all; single orders stay in front."""
    person = resting.guest()
    one, two, three = [order(person, name=name, axes=[STEPS]) for name in "abc"]
    assert patch(person, three, before=two["id"])["position"] == 3
    assert patch(person, two, before="first")["position"] == 0
    places = [look(person, series)["position"] for series in (two, one, three)]
    assert places == [0, 3, 6]
    assert patch(person, one, priority=5)["position"] == 0
    assert patch(person, one, status=409, before="ser_nowhere")["code"] == "conflict"


def test_cancel_gives_everything_back(resting):
    """To the last Anla; what was cancelled can be done after all."""
    person = resting.guest()
    series = order(person, base=PAID, axes=[SCALES], accept_anlas=99)
    taken = cancel(person, series)
    assert (taken["state"], taken["cancelled"], taken["reserved"]) == ("cancelled", 4, 0)
    assert resting.booked() == (0, 0, 4)
    assert cancel(person, series, status=409)["code"] == "conflict"
    assert again(person, series, status=402, cells="missing")["anlas"] == 4 * EACH
    assert again(person, series, cells="missing", accept_anlas=4 * EACH)["waiting"] == 4
    resting.rest(paused=False)
    assert until(person, series, "done")["anlas"] == 4 * EACH


def test_a_cell_is_done_again(owner):
    """A new take, at its price; the newest is shown, all are kept, and nothing is doubled."""
    person = owner.guest()
    series = order(person, base=PAID, axes=[THREE], accept_anlas=99)
    before = until(person, series, "done")
    first = cells(person, series)[1]
    assert again(person, series, status=402, cells=[1])["anlas"] == first["cost"]
    again(person, series, cells=[1], seed="new", accept_anlas=99)
    until(person, series, "done")
    second = cells(person, series)[1]
    assert (second["take"], second["cost"]) == (1, 2 * first["cost"])
    assert second["seed"] != first["seed"]
    assert set(second["images"]).isdisjoint(first["images"])
    kept = person.get("/api/images", params={"series": series["id"]}).json()
    assert kept["total"] == 4
    assert again(person, series, cells="failed")["state"] == "done"
    after = look(person, series)
    assert (after["anlas"], after["anlas_max"]) == (
        before["anlas"] + first["cost"], before["anlas_max"] + first["cost"],
    )  # fmt: skip
    assert again(person, series, status=422, cells=[99])["code"] == "invalid_params"
    changed = {"cells": [0], "changes": {"prompt": "a dog", "steps": 2}}
    again(person, series, **changed)
    until(person, series, "done")
    assert cells(person, series)[0]["prompt"] == "a dog"


def test_equal_cells_are_drawn_once(resting):
    """Medium has steps of its own: one picture is shown in each place, and paid once."""
    told = plan(resting.chief, base=BASE | {"model": MEDIUM}, axes=[STEPS])
    assert (told["cells"], told["pictures"], told["same"]) == (3, 1, [[0, 1, 2]])
    series = order(
        resting.chief,
        base=BASE | {"model": MEDIUM},
        axes=[STEPS],
        accept_anlas=told["anlas"],
    )
    assert resting.booked()[2] == 1
    resting.rest(paused=False)
    done = until(resting.chief, series, "done")
    assert (done["done"], done["pictures"]) == (3, 1)
    shown = cells(resting.chief, series)
    assert len({tuple(one["images"]) for one in shown}) == 1
    assert [one["same_as"] for one in shown] == [None, 0, 0]


def test_a_cell_that_its_model_cannot_draw_is_skipped(resting):
    """With the sentence; the others are drawn."""
    axis = {"field": "scale", "values": [5, 11]}
    told = plan(resting.chief, axes=[axis])
    (skipped,) = told["skipped"]
    assert (told["cells"], told["pictures"], skipped["cell"]) == (2, 1, 1)
    assert "scale" in skipped["reason"]
    series = order(resting.chief, axes=[axis])
    assert (series["skipped"], series["waiting"]) == (1, 1)
    shown = cells(resting.chief, series)[1]
    assert (shown["state"], shown["reason"]) == ("skipped", skipped["reason"])
    assert again(resting.chief, series, status=422, cells=[1])["code"] == "invalid_params"


def test_a_limit_cuts_from_behind(resting):
    """So many pictures, or as many as a sum pays for; the first ones stay."""
    assert plan(resting.chief, axes=[SCALES], limit={"pictures": 3})["cells"] == 3
    told = plan(resting.chief, base=PAID, axes=[SCALES], limit={"anlas": 3 * EACH + 1})
    assert (told["cells"], told["anlas"]) == (3, 3 * EACH)
    nothing = plan(resting.chief, base=PAID, limit={"anlas": 1})
    assert [one["code"] for one in nothing["problems"]] == ["nothing_to_draw"]
    refused = order(resting.chief, status=422, base=PAID, limit={"anlas": 1})
    assert refused["code"] == "nothing_to_draw"


@pytest.mark.parametrize(
    ("limits", "document", "status", "code", "number"),
    [
        ({"free_only": True}, {"base": PAID}, 402, "free_only", "2"),
        ({"budget_job": 1}, {"base": PAID}, 402, "job_budget", "2"),
        ({"budget_day": 5}, {"base": PAID, "axes": [SCALES]}, 402, "series_budget", "first 2"),
        ({"allowance_month": 2}, {"base": FIFTH, "repeat": 3}, 402, "allowance", "3"),
        ({"models": (V5,)}, {}, 403, "model", V45),
        ({"max_series": 2}, {"repeat": 3}, 429, "too_many_series", "2"),
        ({"max_series": 0}, {}, 429, "too_many_series", "0"),
    ],
)
def test_limits_of_a_key_hold_for_the_sum(resting, limits, document, status, code, number):
    """As for a single order, with the number; the plan names it, and nothing is taken."""
    person = resting.guest(**limits)
    assert code in [one["code"] for one in plan(person, **document)["problems"]]
    refused = order(person, status=status, accept_anlas=99, **document)
    assert (refused["code"], number in refused["detail"]) == (code, True)
    assert resting.booked() == (0, 0, 0)


def test_a_list_that_is_changed_while_a_series_waits(resting):
    """Its pictures are what was ordered."""
    person = resting.guest()
    kept = person("POST", "/api/library", json={"name": "hats", "text": "cap\nhood"}).json()
    series = order(person, base=BASE | {"prompt": "1girl, __hats__"}, axes=[{"list": "hats"}])
    person("DELETE", f"/api/library/{kept['id']}")
    resting.rest(paused=False)
    until(person, series, "done")
    shown = [one["prompt"] for one in cells(person, series)]
    assert shown == ["1girl, cap", "1girl, hood"]


def test_whose_a_series_is(resting, stranger):
    """Another key of the owner sees nothing of it, an administrator all; another owner nothing."""
    person, other = resting.guest(), resting.guest()
    series = order(person)
    address = f"/api/series/{series['id']}"
    assert resting.chief.get(address).status_code == 200
    for somebody in (other, stranger):
        assert somebody.get(address).json()["code"] == "not_found"
        assert somebody.get(f"{address}/cells").json()["code"] == "not_found"
        assert cancel(somebody, series, status=404)["code"] == "not_found"
        assert patch(somebody, series, status=404, paused=True)["code"] == "not_found"
        assert resume(somebody, series, status=404)["code"] == "not_found"
        assert again(somebody, series, status=404, cells=[0])["code"] == "not_found"
        assert somebody.get("/api/series").json()["series"] == []


def test_three_failures_of_one_kind_halt(owner):
    """The rest waits, with the reason; nothing that waits is charged."""
    person = owner.guest()
    owner.rest()
    axis = {"tags": ["wrong a", "wrong b", "wrong c", "d", "e"]}
    series = order(person, base=PAID, axes=[axis], accept_anlas=99)
    wrong = jobs.c.cell < 3
    owner.run(update(jobs).where(jobs.c.series_id == series["id"], wrong).values(params=BROKEN))
    owner.rest(paused=False)
    halted = until(person, series, "halted")
    assert (halted["failed"], halted["waiting"], halted["anlas"]) == (3, 2, 0)
    assert "3 pictures in a row" in halted["reason"]
    assert patch(person, series, status=409, paused=False)["code"] == "conflict"
    resume(person, series)
    done = until(person, series, "done")
    assert (done["done"], done["failed"], done["anlas"]) == (2, 3, 2 * EACH)


def test_one_failure_halts_where_that_was_asked_for(owner):
    """And does not where it was not."""
    person = owner.guest()
    owner.rest()
    both = [order(person, axes=[SCALES], on_failure=way) for way in ("go_on", "halt")]
    wrong = jobs.c.series_id.in_([one["id"] for one in both]) & (jobs.c.cell == 1)
    owner.run(update(jobs).where(wrong).values(params=BROKEN))
    owner.rest(paused=False)
    assert until(person, both[0], "done")["failed"] == 1
    halted = until(person, both[1], "halted")
    assert (halted["done"], halted["failed"], halted["waiting"]) == (1, 1, 2)
    cancel(person, both[1])


def test_free_pictures_that_end_halt_a_series(owner):
    """None failed, none charged; one number lets the rest go on at its price."""
    person = owner.guest()
    owner.rest()
    base = BASE | {"model": V5}
    series = order(person, base=base, repeat=5)
    assert (series["anlas_max"], series["allowance"]) == (0, 5)
    owner.account.usage_percent = 1.5 / 17.3  # enough for two of them
    owner.rest(paused=False)
    halted = until(person, series, "halted")
    assert (halted["done"], halted["failed"], halted["waiting"], halted["anlas"]) == (2, 0, 3, 0)
    price = halted["resume_anlas"]
    assert halted["reason"] == (
        f"The free pictures are used up: 3 more would cost {price // 3} Anlas each, {price} in all."
    )
    assert resume(person, series, status=402)["anlas"] == price
    assert resume(person, series, status=409, accept_anlas=price - 1)["anlas"] == price
    assert owner.booked()[0] == 0
    resume(person, series, accept_anlas=price)
    done = until(person, series, "done")
    assert (done["done"], done["anlas"]) == (5, price)
    assert owner.booked()[0] == price


def test_an_empty_account_halts_a_series(owner):
    """A 402 of NovelAI: the picture waits with the others, and is drawn when there are Anlas."""
    person = owner.guest()
    owner.rest()
    series = order(person, base=PAID, axes=[SCALES], accept_anlas=99)
    owner.account.fixed_anlas = 2 * EACH + 1
    owner.rest(paused=False)
    halted = until(person, series, "halted")
    assert (halted["done"], halted["failed"], halted["waiting"]) == (2, 0, 2)
    assert "Anlas" in halted["reason"]
    owner.account.fixed_anlas = 1_000
    resume(person, series)
    assert until(person, series, "done")["anlas"] == 4 * EACH
    assert owner.booked()[0] == 4 * EACH


def test_a_refused_token_halts_a_series(owner):
    """There is no account any more: all that waits is kept."""
    person = owner.guest()
    owner.rest()
    series = order(person, axes=[STEPS])
    owner.account.revoked = True
    owner.rest(paused=False)
    halted = until(person, series, "halted")
    assert (halted["failed"], halted["waiting"]) == (0, 3)
    assert "token" in halted["reason"]
    owner.account.revoked = False
    owner.run(update(accounts).where(accounts.c.owner_id == owner.id).values(enabled=True))
    resume(person, series)
    assert until(person, series, "done")["done"] == 3


def test_a_vibe_is_encoded_once_for_all(owner):
    """In front, at its price: what was planned is what was paid."""
    person = owner.guest()
    owner.rest()
    picture = b64encode(png(colour="navy", width=64 + next(NUMBERS))).decode()
    base = PAID | {"vibes": [{"image": picture}]}
    axes = [{"field": "vibes.0.strength", "values": [0.3, 0.6, 0.9]}]
    told = plan(person, base=base, axes=axes)
    assert (told["encodings"], told["anlas"]) == (1, 3 * EACH + 2)
    series = order(person, base=base, axes=axes, accept_anlas=told["anlas"])
    assert owner.booked() == (told["anlas"], 0, 4)
    owner.rest(paused=False)
    done = until(person, series, "done")
    assert (done["done"], done["anlas"]) == (3, told["anlas"])
    assert owner.booked() == (told["anlas"], 0, 4)
    assert done["document"]["base"]["vibes"][0]["image"].keys() == {"sha256"}
    assert plan(person, base=base, axes=axes)["anlas"] == 3 * EACH


def test_a_thousand_cells(resting):
    """As many as a series may have are taken, held, let go and given back."""
    values = [{"field": "steps", "values": [*range(1, 11)]},
              {"field": "scale", "values": [number / 10 for number in range(100)]}]  # fmt: skip
    series = order(resting.chief, axes=values)
    assert (series["cells"], series["waiting"]) == (1_000, 1_000)
    assert patch(resting.chief, series, paused=True)["state"] == "paused"
    assert patch(resting.chief, series, paused=False)["state"] == "waiting"
    assert cancel(resting.chief, series)["cancelled"] == 1_000


def test_a_job_of_a_series(resting):
    """It names its series and cell; it can be taken back, but not made into something else."""
    person = resting.guest()
    series = order(person, axes=[STEPS])
    name = cells(person, series)[1]["job"]
    job = person.get(f"/api/jobs/{name}").json()
    assert (job["series"], job["cell"], job["take"]) == (series["id"], 1, 0)
    refused = person("PATCH", f"/api/jobs/{name}", json={"params": BASE})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert person("DELETE", f"/api/jobs/{name}").status_code == 200
    assert look(person, series)["cancelled"] == 1
    single = person("POST", "/api/jobs", json={"params": BASE}).json()
    other = cells(person, series)[0]["job"]
    across = person("PATCH", f"/api/jobs/{other}", json={"before": single["id"]})
    assert (across.status_code, across.json()["code"]) == (409, "conflict")


def test_events_of_a_series(owner):
    """Its end is told, and what it looks like then; its jobs name it."""

    async def heard(key_id, series_id):
        services = owner.site.services
        key = next(one for one in await services.keys.list(owner.id) if one.id == key_id)
        found = []
        with anyio.fail_after(30):
            async for text in services.events.listen(key):
                found.append(text.decode())
                if '"state": "done"' in text.decode() and "event: series" in text.decode():
                    return found
        return found

    person = owner.guest()
    owner.rest()
    series = order(person, axes=[STEPS])
    listening = owner.site.portal.start_task_soon(heard, person.key.id, series["id"])
    owner.rest(paused=False)
    told = listening.result(timeout=60)
    assert any("event: job.done" in one and series["id"] in one for one in told)
    assert not any("event: series.changed" in one for one in told)


def test_a_revoked_key_halts_its_series(resting):
    """An administrator takes them back; nobody spends with a key that is no more."""
    person = resting.guest()
    series = order(person, base=PAID, axes=[THREE], accept_anlas=99)
    assert resting.chief("DELETE", f"/api/keys/{person.key.id}").status_code == 200
    halted = look(resting.chief, series)
    assert (halted["state"], halted["reason"]) == ("halted", "Its key was revoked.")
    assert resume(resting.chief, series, status=401)["code"] == "revoked"
    assert cancel(resting.chief, series)["state"] == "cancelled"
    assert resting.booked()[0] == 0


def test_pictures_of_a_series_in_the_gallery(owner):
    """They are found by it, in its order and in others, page after page."""
    person = owner.guest()
    person("POST", "/api/jobs", json={"params": BASE}, headers={"Prefer": "wait=30"})
    series = order(person, axes=[THREE])
    until(person, series, "done")
    again(person, series, cells=[2])
    until(person, series, "done")

    def page(**query):
        asked = {"series": series["id"], **query}
        return person.get("/api/images", params=asked).json()

    assert page()["total"] == 4
    shown = [(one["cell"], one["take"]) for one in page(sort="series")["images"]]
    assert shown == [(0, 0), (1, 0), (2, 1), (2, 0)]
    newest = [one["id"] for one in page()["images"]]
    assert [one["id"] for one in page(sort="old")["images"]] == newest[::-1]
    for sort in ("old", "series", "cost", "random"):
        first = page(sort=sort, limit=3)
        rest = page(sort=sort, limit=3, before=first["next"])
        found = [one["id"] for one in first["images"] + rest["images"]]
        assert sorted(found) == sorted(newest)
        assert rest["next"] is None
    everything = person.get("/api/images", params={"sort": "cost", "q": "hair"}).json()
    assert everything["total"] == 5
    assert person.get("/api/images", params={"sort": "size"}).json()["code"] == "invalid_params"


def test_a_sheet_is_drawn_at_the_end(owner):
    """All cells in one picture of the gallery, which brings the series back; and on request."""
    person = owner.guest()
    person("POST", "/api/library", json={"name": "hats", "text": "cap\n帽子"})
    base = BASE | {"prompt": "1girl, __hats__"}
    series = order(person, name="Hüte", base=base, axes=[THREE, {"list": "hats"}], sheet=True)
    until(person, series, "done")
    given_up = monotonic() + 30
    while (sheet := look(person, series)["sheet"]) is None:
        assert monotonic() < given_up
        sleep(0.02)
    shown = person.get(f"/api/images/{sheet}").json()
    assert (shown["kind"], shown["series"], shown["media_type"]) == (
        "sheet", series["id"], "image/png",
    )  # fmt: skip
    data = person.get(f"/api/images/{sheet}/file").content
    with Image.open(BytesIO(data)) as image:
        assert image.size == (shown["width"], shown["height"])
        document = json.loads(image.text["novelai-series"])
    assert document["order"]["axes"] == [THREE, {"list": "hats"}]
    assert document["library"] == [
        {"kind": "list", "name": "hats", "text": "cap\n帽子", "undesired": ""}
    ]
    answer = person("POST", f"/api/series/{series['id']}/sheet", json={"cell": 96})
    assert (answer.status_code, answer.json()["missing"]) == (201, [])
    small = person.get(f"/api/images/{answer.json()['image']}").json()
    assert small["width"] < shown["width"]
    names = zip_of(person, series).namelist()
    assert names[0] == "series.json"
    assert sum(name.startswith("000") for name in names) == 6
    assert sum(name.startswith("sheet_") for name in names) == 1


def zip_of(person, series):
    answer = person.get(f"/api/series/{series['id']}/export")
    assert answer.headers["content-type"] == "application/zip"
    return ZipFile(BytesIO(answer.content))


def test_a_sheet_of_nothing(resting):
    """There is none; the archive has what was ordered."""
    series = order(resting.chief, axes=[THREE])
    answer = resting.chief("POST", f"/api/series/{series['id']}/sheet")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    with zip_of(resting.chief, series) as archive:
        assert archive.namelist() == ["series.json"]
        assert json.loads(archive.read("series.json"))["order"]["roll_seed"] == 7


def test_series_that_rest_for_long_are_taken_back(resting):
    """After 30 days; what ended long ago is forgotten when none of its pictures is left."""
    series = order(resting.chief, base=PAID, axes=[THREE], accept_anlas=99)
    patch(resting.chief, series, paused=True)
    services = resting.site.services

    def swept(days):
        call = services.series.cancel_forgotten
        return resting.site.portal.call(lambda: call(older_than=days * 86_400.0, limit=5))

    swept(1)
    assert look(resting.chief, series)["state"] == "paused"
    swept(-1)
    assert look(resting.chief, series)["state"] == "cancelled"
    assert resting.booked()[0] == 0
    resting.site.portal.call(lambda: services.series.forget(older_than=-1.0, limit=500))
    assert resting.chief.get(f"/api/series/{series['id']}").status_code == 404


def test_pictures_of_a_series_go_into_a_collection(owner):
    """It is looked for when that is ordered; cells that are done again go there, too."""
    person = owner.guest()
    kept = person("POST", "/api/collections", json={"name": "hats"}).json()
    assert order(person, status=422, collection="col_nowhere")["code"] == "invalid_params"
    series = order(person, axes=[THREE], collection=kept["id"])
    until(person, series, "done")
    again(person, series, cells=[0])
    until(person, series, "done")
    assert person.get("/api/images", params={"collection": kept["id"]}).json()["total"] == 4
