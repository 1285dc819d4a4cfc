"""The library over HTTP: lists and snippets, whose they are, and what templates make of them."""

from itertools import count
from threading import Barrier, Thread

import anyio
import pytest

NUMBERS = count()


@pytest.fixture
def writer(site):
    return site.somebody("writer")


@pytest.fixture
def chief(site):
    """An administrator of an owner of their own, and a guest."""
    owner = site.owner(f"pst-{next(NUMBERS):064d}")
    chief = site.somebody("chief", owner=owner, scopes=("generate", "read", "admin"))
    return chief, site.somebody("guest", owner=owner)


def keep(person, name, text="red\nblue", status=201, **fields):
    answer = person("POST", "/api/library", json={"name": name, "text": text, **fields})
    assert answer.status_code == status, answer.text
    return answer.json()


def change(person, entry, **fields):
    names = ("kind", "name", "text", "undesired", "note", "shared", "revision")
    body = {name: entry[name] for name in names} | fields
    return person("PUT", f"/api/library/{entry['id']}", json=body)


def names(person, **query):
    return [one["name"] for one in person.get("/api/library", params=query).json()["entries"]]


def expand(person, text, **fields):
    body = {"texts": {"prompt": text}, "roll_seed": 7, **fields}
    answer = person("POST", "/api/templates/expand", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(person, text, **fields):
    return [roll["texts"]["prompt"] for roll in expand(person, text, **fields)["rolls"]]


def test_an_entry_is_kept_and_found(writer):
    """It comes back as it was written; lists show how it begins, and how many options it has."""
    kept = keep(writer, "hair_color", "red hair\n# no option\n3x black hair\n", note="mine")
    assert writer.get(f"/api/library/{kept['id']}").json() == kept
    assert (kept["kind"], kept["revision"], kept["note"]) == ("list", 1, "mine")
    line = writer.get("/api/library", params={"q": "HAIR color"}).json()["entries"][0]
    assert (line["options"], line["mine"], line["preview"]) == (2, True, kept["text"])
    snippet = keep(writer, "wlop mix", "wlop, 0.8::ask::", kind="snippet", undesired="flat")
    assert (snippet["options"], snippet["undesired"]) == (None, "flat")
    assert names(writer, kind="snippet") == ["wlop mix"]


def test_pages_follow_names(writer):
    """Entries come by name, each once, however many fit on a page."""
    for name in ("b", "a", "d", "c", "e"):
        keep(writer, name)
    found, after = [], None
    while True:
        page = writer.get("/api/library", params={"limit": 2, "after": after}).json()
        found += [one["name"] for one in page["entries"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["a", "b", "c", "d", "e"]


def test_nothing_is_overwritten_unseen(writer):
    """Changing an older revision is a conflict that holds the newer entry."""
    kept = keep(writer, "hats")
    changed = change(writer, kept, text="beret").json()
    assert (changed["revision"], changed["text"]) == (2, "beret")
    answer = change(writer, kept, text="fedora")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["current"] == changed
    address = f"/api/library/{kept['id']}"
    assert writer("DELETE", address, params={"revision": 1}).status_code == 409
    assert writer.get(address).json() == changed


def test_the_bin_gives_back(writer):
    """What was deleted is called by nobody, leaves its name to others, and can come back."""
    kept = keep(writer, "hats", "beret")
    assert writer("DELETE", f"/api/library/{kept['id']}").status_code == 204
    assert (names(writer), names(writer, binned=True)) == ([], ["hats"])
    assert expand(writer, "__hats__")["problems"][0]["kind"] == "unknown_name"
    other = keep(writer, "HATS", "fedora")
    binned = writer.get(f"/api/library/{kept['id']}").json()
    assert change(writer, binned).json()["code"] == "name_taken"
    writer("DELETE", f"/api/library/{other['id']}")
    assert change(writer, binned).json()["deleted_at"] is None
    assert texts(writer, "__hats__") == ["beret"]


def test_a_name_is_one_entry(writer):
    """Names that templates cannot tell apart are one name, for lists and snippets together."""
    holder = keep(writer, "hair color")
    taken = keep(writer, "Hair_Color", status=409, kind="snippet")
    assert (taken["code"], taken["holder"]) == ("name_taken", holder["id"])
    other = keep(writer, "other")
    assert change(writer, other, name="ＨＡＩＲ color").status_code == 409


def test_one_of_many_gets_a_name(site, writer):
    """Of several that keep one name at the same moment, one does; the others are told."""
    barrier, found = Barrier(4), []

    def go():
        barrier.wait()
        body = {"name": "race", "text": "one"}
        found.append(writer("POST", "/api/library", json=body).status_code)

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"name": "_hats"}, None),
        ({"name": "a__b"}, None),
        ({"name": "hats|caps"}, None),
        ({"name": ""}, None),
        ({"name": "h" * 65}, None),
        ({"text": "a\0b"}, None),
        ({"kind": "card"}, None),
        ({"colour": "red"}, None),
        ({"text": "\n# only a remark\n"}, "empty_list"),
        ({"text": "猫" * 90_000}, "too_large"),
        ({"text": "x\n" * 10_001}, "too_many_options"),
        ({"text": "<101$$a|b>"}, "take"),
        ({"kind": "snippet", "text": "猫" * 6_000}, "too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_kept_is_refused(writer, fields, kind):
    """The sentence says what is wrong, and nothing is kept."""
    body = {"name": "hats", "text": "beret"} | fields
    answer = writer("POST", "/api/library", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == ("template" if kind else "invalid_params")
    assert answer.json().get("kind") == kind
    assert names(writer) == []


def test_sharing(chief, stranger):
    """An administrator shares; other keys of the owner use it, and change nothing."""
    chief, guest = chief
    shared = keep(chief, "hats", "beret", shared=True)
    keep(chief, "secret", "mine")
    assert names(guest) == ["hats"]
    assert texts(guest, "__hats__") == ["beret"]
    assert expand(guest, "__secret__")["problems"]
    assert change(guest, shared).status_code == 403
    assert guest("DELETE", f"/api/library/{shared['id']}").status_code == 403
    assert keep(guest, "caps", status=403, shared=True)["code"] == "scope"
    assert stranger.get(f"/api/library/{shared['id']}").status_code == 404
    own = keep(guest, "hats", "fedora")
    assert texts(guest, "__hats__") == ["fedora"]
    assert texts(chief, "__hats__") == ["beret"]
    assert names(chief) == ["hats", "hats", "secret"]
    # An administrator changes what is the guest's, and it stays the guest's.
    assert change(chief, own, text="bowler").status_code == 200
    assert texts(guest, "__hats__") == ["bowler"]


def test_devices_are_told(site, writer, ann):
    """The key's own devices learn of a change; another key that cannot see it does not."""
    entry_id = keep(writer, "hats")["id"]

    async def listen(person, into):
        async for text in site.services.events.listen(person.key):
            into.append(text)
            if b'"deleted": true' in text:
                return

    async def delete_and_listen():
        mine, theirs = [], []
        with anyio.fail_after(30):
            async with anyio.create_task_group() as others:
                others.start_soon(listen, ann, theirs)
                async with anyio.create_task_group() as own:
                    own.start_soon(listen, writer, mine)
                    await anyio.wait_all_tasks_blocked()
                    await site.services.library.delete(writer.key, entry_id)
                others.cancel_scope.cancel()
        return mine, theirs

    mine, theirs = site.portal.call(delete_and_listen)
    assert b"event: library" in mine[-1]
    assert theirs == []


def test_what_is_old_in_the_bin_is_forgotten(site, writer):
    """An entry leaves the bin for good after its time, and not before."""
    kept = keep(writer, "hats")
    writer("DELETE", f"/api/library/{kept['id']}")

    def forget(seconds):
        return site.portal.call(lambda: site.services.library.forget(older_than=seconds, limit=500))

    assert forget(3600) == 0
    assert names(writer, binned=True) == ["hats"]
    assert forget(-1) >= 1
    assert names(writer, binned=True) == []


def test_templates_are_expanded(writer):
    """Rounds have rolls of their own, the same for the same seed; each pick is told."""
    keep(writer, "hats", "beret\nfedora\ntop hat")
    keep(writer, "look", "__hats__, <smile|grin>", kind="snippet", undesired="frown")
    found = expand(writer, "1girl, __look__", rounds=20)
    assert (found["roll_seed"], found["problems"]) == (7, [])
    rolled = {roll["texts"]["prompt"] for roll in found["rolls"]}
    assert len(rolled) > 3
    assert all(roll["texts"]["negative_prompt"] == "frown" for roll in found["rolls"])
    assert [pick["text"] for pick in found["rolls"][0]["picks"]]
    assert expand(writer, "1girl, __look__", rounds=20) == found
    assert expand(writer, "1girl, __look__", round=3)["rolls"][0] == found["rolls"][3]
    drawn = writer("POST", "/api/templates/expand", json={"texts": {"prompt": "<a|b>"}}).json()
    assert 0 <= drawn["roll_seed"] < 2**32


def test_what_cannot_be_expanded_is_told_in_its_place(writer):
    """Every field with a fault is named, with the piece that is wrong; there are no rolls."""
    keep(writer, "hats", "beret")
    body = {"texts": {"prompt": "1girl, __hat__", "negative_prompt": "<101$$a|b>", "x": "fine"}}
    found = writer("POST", "/api/templates/expand", json=body).json()
    assert found["rolls"] == []
    faults = {one["field"]: one for one in found["problems"]}
    assert set(faults) == {"prompt", "negative_prompt"}
    assert faults["prompt"]["message"].endswith('Did you mean "hats"?')
    piece = body["texts"]["prompt"][faults["prompt"]["start"] : faults["prompt"]["end"]]
    assert piece == "__hat__"
    assert texts(writer, "1girl, __hat__", unknown="keep") == ["1girl, __hat__"]


@pytest.mark.parametrize(
    "fields",
    [{"rounds": 21}, {"roll_seed": -1}, {"modes": {"*": "loud"}}, {"texts": {"prompt": "a\0"}}],
    ids=str,
)
def test_a_wrong_question_is_refused(writer, fields):
    """A value outside its range is named."""
    body = {"texts": {"prompt": "<a|b>"}} | fields
    answer = writer("POST", "/api/templates/expand", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_params")


def order(person, text, key=None, **fields):
    params = {"prompt": text, "size": "128x192", "steps": 2, "seed": 1}
    params |= fields.pop("params", {})
    headers = {"Prefer": "wait=30"} | ({"Idempotency-Key": key} if key else {})
    body = {"kind": "generate", "params": params, "templates": True, **fields}
    return person("POST", "/api/jobs", json=body, headers=headers)


def roll_of(person, answer):
    assert answer.status_code == 200, answer.text
    image = person.get(f"/api/images/{answer.json()['images'][0]['id']}").json()
    return image["prompt"], image["roll"], image["id"]


def test_a_picture_keeps_its_roll(writer):
    """A job holds plain text; its picture tells the template and what was picked."""
    keep(writer, "hats", "beret\nfedora\ntop hat")
    keep(writer, "plain", "dull", kind="snippet", undesired="flat")
    answer = order(writer, "1girl, __hats__, __plain__", roll_seed=5)
    assert answer.json()["params"]["prompt"] in {
        f"1girl, {hat}, dull" for hat in ("beret", "fedora", "top hat")
    }
    prompt, roll, _ = roll_of(writer, answer)
    assert prompt == answer.json()["params"]["prompt"]
    assert answer.json()["params"]["negative_prompt"] == "flat"
    assert (roll["roll_seed"], roll["round"]) == (5, 0)
    assert roll["template"] == {"prompt": "1girl, __hats__, __plain__"}
    assert {pick["text"] for pick in roll["picks"]} == {prompt.split(", ")[1]} | (
        {"dull"} if len(roll["picks"]) > 1 else set()
    )
    plain = writer.make(prompt="1girl, <a|b>", seed=2)
    image = writer.get(f"/api/images/{plain['images'][0]['id']}").json()
    assert (image["prompt"], image["roll"]) == ("1girl, <a|b>", None)


def test_the_same_picks_again(writer, ann):
    """A picture's picks come again in a changed template, even when the list has lost them."""
    kept = keep(writer, "hats", "beret")
    _, _, first = roll_of(writer, order(writer, "1girl, __hats__"))
    change(writer, kept, text="fedora")
    prompt, roll, _ = roll_of(writer, order(writer, "1girl, smile, __hats__", replay=first))
    assert prompt == "1girl, smile, beret"
    assert roll["template"]["prompt"] == "1girl, smile, __hats__"
    foreign = order(ann, "<a|b>", replay=first)
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (422, "replay")


def test_the_same_order_is_the_same_job(writer):
    """A repeat under one Idempotency-Key is the first job, although its list has changed since."""
    kept = keep(writer, "hats", "beret\nfedora\ntop hat\nbowler")
    first = order(writer, "1girl, __hats__", key="one").json()
    change(writer, kept, text="cap")
    assert order(writer, "1girl, __hats__", key="one").json()["id"] == first["id"]
    other = order(writer, "1boy, __hats__", key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    seeded = order(writer, "1girl, __hats__", key="one", roll_seed=1)
    assert (seeded.status_code, seeded.json()["code"]) == (409, "idempotency_conflict")


def test_again_keeps_the_roll_of_the_same_texts(site, writer):
    """Ordering once more keeps what was picked; with another prompt there is no roll."""
    job = order(writer, "1girl, <a|b>").json()

    def again(**changes):
        answer = writer("POST", f"/api/jobs/{job['id']}/again", json={"changes": changes})
        new = answer.json()["id"]
        site.portal.call(site.services.jobs.wait, writer.key, new, 60)
        ended = writer.get(f"/api/jobs/{new}").json()
        return writer.get(f"/api/images/{ended['images'][0]['id']}").json()["roll"]

    assert again(seed=3)["template"] == {"prompt": "1girl, <a|b>"}
    assert again(prompt="1boy") is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"params": {"prompt": "__nothing__"}}, "template"),
        ({"replay": "img_nothing"}, "invalid_params"),
        ({"templates": False, "roll_seed": 1}, "invalid_params"),
        ({"kind": "upscale"}, "invalid_params"),
        ({"roll_seed": 2**32}, "invalid_params"),
    ],
    ids=str,
)
def test_an_order_that_cannot_be_rolled_is_refused(writer, fields, code):
    """Nothing is queued, and the field is named."""
    answer = order(writer, "1girl, <a|b>", **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"]
    assert writer.get("/api/jobs").json()["jobs"] == []
