"""Recent refusals over HTTP, on both databases."""

from novelai.server.keys.refusals import MOST, Refused, discreet


def fail(somebody, name):
    """Ask for what is not there."""
    assert somebody.get(f"/api/images/{name}").status_code == 404


def list_of(somebody, **query):
    return somebody.get("/api/refusals", params=query).json()["refusals"]


def test_who_sees_what(site, admin, stranger):
    """A key sees its own, the owner's administrator all of the owner, nobody another owner's."""
    one, two = site.somebody("one"), site.somebody("two")
    fail(one, "img_1")
    fail(two, "img_2")
    fail(two, "img_3")
    assert [found["key"] for found in list_of(one)] == [one.key.id]
    assert [(found["key"], found["times"]) for found in list_of(two)] == [(two.key.id, 2)]
    seen = {found["key"] for found in list_of(admin)}
    assert {one.key.id, two.key.id} <= seen
    assert {found["key"] for found in list_of(admin, key=two.key.id)} == {two.key.id}
    fail(stranger, "img_4")
    assert {found["key"] for found in list_of(stranger)} == {stranger.key.id}
    for caller, of in ((one, two), (stranger, one)):
        assert caller.get("/api/refusals", params={"key": of.key.id}).status_code == 404
    assert site.get("/api/refusals").status_code == 401


def test_the_latest_are_kept(site):
    """Of each key so many, the latest first; who saw them does not add any."""
    somebody = site.somebody("busy")

    async def keep():
        for number in range(MOST + 5):
            refused = Refused(
                key_id=somebody.key.id, request="POST /x", status=402, code="free_only",
                sentence=f"This costs {number} Anlas.",
            )  # fmt: skip
            await site.services.refusals.keep(refused)

    site.portal.call(keep)
    found = list_of(somebody)
    assert len(found) == MOST
    assert [one["detail"] for one in found] == [
        f"This costs {number} Anlas." for number in range(MOST + 4, 4, -1)
    ]


def test_sentences_are_discreet():
    """Secrets and long values that are repeated are left out, and a sentence has an end."""
    assert discreet("The key nvs_abcdef is wrong.") == "The key nvs_… is wrong."
    assert discreet(f"model '{'a' * 60}' is none") == "model '…' is none"
    assert discreet("model 'nai-diffusion-3' is none") == "model 'nai-diffusion-3' is none"
    assert len(discreet("x" * 5_000)) == 401
