"""Collections over HTTP: named sets of pictures, whose they are, and what fills them."""

from itertools import count
from threading import Barrier, Thread

import pytest

NUMBERS = count()


@pytest.fixture
def writer(site):
    return site.somebody("writer")


@pytest.fixture
def chief(site):
    """An administrator of an owner of their own, and a guest."""
    owner = site.owner(f"pst-{next(NUMBERS):03d}{'c' * 61}")
    chief = site.somebody("chief", owner=owner, scopes=("generate", "read", "admin"))
    return chief, site.somebody("guest", owner=owner)


def make(person, name, status=201):
    answer = person("POST", "/api/collections", json={"name": name})
    assert answer.status_code == status, answer.text
    return answer.json()


def fill(person, collection, **body):
    answer = person("POST", f"/api/collections/{collection['id']}/images", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def held(person, collection, **query):
    found = person.get("/api/images", params={"collection": collection["id"], **query})
    assert found.status_code == 200, found.text
    return [one["id"] for one in found.json()["images"]]


def names(person, **query):
    found = person.get("/api/collections", params=query).json()["collections"]
    return [one["name"] for one in found]


def test_pictures_are_put_in_and_taken_out(writer):
    """A picture can be in many; the last used collection comes first."""
    hats, cats = make(writer, "Hats"), make(writer, "Cats")
    first, second = writer.draw(), writer.draw()
    filled = fill(writer, hats, add=[first, second, first])
    assert sorted(filled["added"]) == sorted([first, second])
    assert (filled["removed"], filled["collection"]["count"]) == ([], 2)
    assert fill(writer, hats, add=[first])["added"] == []
    fill(writer, cats, add=[first])
    assert held(writer, hats) == [second, first]
    assert names(writer) == ["Cats", "Hats"]
    assert names(writer, image=second) == ["Hats"]
    gone = fill(writer, hats, add=[second], remove=[first])
    assert (gone["added"], gone["removed"]) == ([], [first])
    assert held(writer, hats) == [second]
    assert held(writer, cats) == [first]


def test_the_pictures_of_an_order_go_into_its_collection(writer):
    """So does what is made of the order again; an order into nothing is refused before it runs."""
    hats = make(writer, "Hats of orders")
    body = {"params": {"prompt": "a hat", "size": "128x192", "steps": 2}, "collection": hats["id"]}
    headers = {"Prefer": "wait=30"}
    job = writer("POST", "/api/jobs", json=body, headers=headers).json()
    again = writer("POST", f"/api/jobs/{job['id']}/again", json={}, headers=headers)
    assert again.status_code in (200, 202), again.text
    following = f"/api/jobs/{again.json()['id']}"
    while not (ended := writer.get(following).json())["images"]:
        assert ended["state"] not in ("failed", "cancelled", "uncertain"), ended
    assert held(writer, hats) == [ended["images"][0]["id"], job["images"][0]["id"]]
    refused = writer("POST", "/api/jobs", json=body | {"collection": "col_none"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "collection"
    writer("DELETE", f"/api/collections/{hats['id']}")
    assert writer("POST", "/api/jobs", json=body).status_code == 422


def test_a_deleted_collection_comes_back_with_its_pictures(writer):
    """Deleting one deletes no picture, and is undone."""
    hats = make(writer, "Hats to delete")
    picture = writer.draw()
    fill(writer, hats, add=[picture])
    binned = writer("DELETE", f"/api/collections/{hats['id']}").json()
    assert binned["deleted_at"] is not None
    assert "Hats to delete" not in names(writer)
    assert names(writer, bin=True) == ["Hats to delete"]
    assert writer.get(f"/api/images/{picture}").status_code == 200
    restored = writer("POST", f"/api/collections/{hats['id']}/restore").json()
    assert (restored["deleted_at"], restored["count"]) == (None, 1)
    assert held(writer, hats) == [picture]


def test_names_are_unlike(writer):
    """Two collections of a key do not have the same name, however it is written."""
    hats = make(writer, "Big Hats")
    clash = make(writer, "big  hats", status=409)
    assert (clash["code"], clash["holder"]) == ("name_taken", hats["id"])
    caps = make(writer, "Caps")
    path = f"/api/collections/{caps['id']}"
    assert writer("PATCH", path, json={"name": "BIG HATS"}).status_code == 409
    assert writer("PATCH", path, json={"name": "CAPS"}).json()["name"] == "CAPS"
    writer("DELETE", f"/api/collections/{hats['id']}")
    make(writer, "Big Hats")
    answer = writer("POST", f"/api/collections/{hats['id']}/restore")
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize("name", ["", " ", "　", "a\nb", "a" * 101])
def test_a_name_that_cannot_be_read_is_refused(writer, name):
    """The field is named."""
    refused = writer("POST", "/api/collections", json={"name": name})
    assert refused.status_code == 422
    assert "name" in refused.json()["errors"][0]["field"]


def test_two_at_once_make_one(site, writer):
    """However they meet, one of two equal names is there."""
    barrier, answers = Barrier(2), []

    def ask():
        barrier.wait()
        answers.append(writer("POST", "/api/collections", json={"name": "Met"}).status_code)

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409]


def test_a_cover_is_one_of_its_pictures(writer):
    """The newest stands for it until one is chosen, and again when that one is gone."""
    hats = make(writer, "Covers")
    assert hats["cover"] is None
    first, second, outside = writer.draw(), writer.draw(), writer.draw()
    assert fill(writer, hats, add=[first, second])["collection"]["cover"] == second
    path = f"/api/collections/{hats['id']}"
    assert writer("PATCH", path, json={"cover": first}).json()["cover"] == first
    refused = writer("PATCH", path, json={"cover": outside})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cover")
    writer("DELETE", f"/api/images/{first}")
    assert writer.get(path).json()["cover"] == second
    assert writer.get(path).json()["count"] == 1


def test_a_picture_that_is_deleted_for_good_is_in_no_collection(writer):
    """Nothing is left of it."""
    hats = make(writer, "For good")
    picture = writer.draw()
    fill(writer, hats, add=[picture])
    writer("DELETE", f"/api/images/{picture}", params={"forever": True})
    assert writer.get(f"/api/collections/{hats['id']}").json()["count"] == 0


def test_whose_they_are(chief, stranger):
    """A key has its own; an administrator all of the owner's; nobody sees another owner's."""
    admin, guest = chief
    mine, theirs = make(admin, "Mine"), make(guest, "Theirs")
    assert names(guest) == ["Theirs"]
    assert sorted(names(admin)) == ["Mine", "Theirs"]
    for person, collection in ((guest, mine), (stranger, theirs)):
        path = f"/api/collections/{collection['id']}"
        answers = [
            person.get(path),
            person("PATCH", path, json={"name": "Taken"}),
            person("DELETE", path),
            person("POST", f"{path}/restore"),
            person("POST", f"{path}/images", json={"add": []}),
        ]
        assert {answer.status_code for answer in answers} == {404}
    hidden, shown = admin.draw(), guest.draw()
    assert fill(guest, theirs, add=[hidden, shown])["added"] == [shown]
    fill(admin, theirs, add=[hidden])
    assert held(guest, theirs) == [shown]
    assert held(admin, theirs) == [shown, hidden] or held(admin, theirs) == [hidden, shown]
    assert guest.get(f"/api/collections/{theirs['id']}").json()["cover"] == shown
    assert held(stranger, theirs) == []


def test_too_many_at_once_are_refused(writer):
    """500 pictures, in and out together."""
    hats = make(writer, "Crowd")
    body = {"add": ["img_a"] * 300, "remove": ["img_b"] * 201}
    answer = writer("POST", f"/api/collections/{hats['id']}/images", json=body)
    assert (answer.status_code, "500" in answer.text) == (422, True)
