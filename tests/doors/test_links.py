"""Signed links: pictures for pages that cannot show a key."""

import re
import time
from urllib.parse import urlsplit

import httpx2
import pytest

from novelai.server.links.signature import Grant, canonical, read_grant, write_grant

IMAGE = {"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"}
EMBEDDED = IMAGE | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
PARAMS = {"prompt": "a cat & a dog = friends", "size": "512x512", "steps": 20}


@pytest.fixture
def link(keyed):
    """Writes links in the name of a key."""

    def written(params=None, secret=None, **more):
        headers = {"Authorization": f"Bearer {secret or keyed.make_key()}"}
        body = {"params": PARAMS if params is None else params, **more}
        return httpx2.post(f"{keyed.url}/api/links", json=body, headers=headers)

    return written


def test_a_link_shows_one_picture(link, seen):
    """The first look draws the picture, every further one shows it; no key is needed."""
    written = link(expires_in=60).json()
    assert time.time() < written["expires_at"] <= time.time() + 61
    first, again = (httpx2.get(written["url"], headers=EMBEDDED) for _ in range(2))
    assert first.status_code == 200
    assert first.headers["content-type"] == "image/png"
    assert first.headers["x-job-id"] == again.headers["x-job-id"]
    assert first.content == again.content
    assert seen.paid == 1
    assert seen.bodies[0]["input"].startswith(PARAMS["prompt"])


def test_a_picture_that_the_caller_has_is_not_sent_again(link, keyed, seen):
    """A link tells its version and how long it holds; who has it gets 304, until it is deleted."""
    url = link().json()["url"]
    first = httpx2.get(url)
    known = {"If-None-Match": first.headers["etag"]}
    again = httpx2.get(url, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for answer in (first, again):
        assert answer.headers["cache-control"] == "private, max-age=600"
        assert answer.headers["etag"] == known["If-None-Match"]
    assert httpx2.get(url, headers={"If-None-Match": '"another"'}).content == first.content
    image = keyed.run(keyed.services.images.of_job(first.headers["x-job-id"]))[0]
    owner = keyed.run(keyed.services.keys.local())
    keyed.run(keyed.services.images.purge(owner, [image.id]))
    assert httpx2.get(url, headers=known).status_code == 404
    assert seen.paid == 1


def test_an_address_of_a_picture(keyed, seen):
    """Links that are made for programs end as the file does; those without an ending go on."""
    headers = {"Authorization": f"Bearer {keyed.make_key()}"}
    wish = {"prompt": "a cat", "size": "512x512", "response_format": "url"}
    made = httpx2.post(
        f"{keyed.url}/v1/images/generations", json=wish, headers=headers, timeout=60
    ).json()["data"][0]["url"]
    parts = urlsplit(made)
    assert parts.path.endswith(".png")
    first = httpx2.get(made)
    assert first.headers["content-type"] == "image/png"
    assert first.headers["cache-control"] == "private, max-age=600"
    known = {"If-None-Match": first.headers["etag"]}
    assert httpx2.get(made, headers=known).status_code == 304
    earlier = made.replace(parts.path, parts.path.removesuffix(".png"))
    assert httpx2.get(earlier).content == first.content


def test_a_fresh_link_shows_another_each_time(link, seen):
    """With `fresh` in it, each look draws, and nothing is kept."""
    url = link(PARAMS | {"fresh": 1}).json()["url"]
    first, again = (httpx2.get(url) for _ in range(2))
    assert first.headers["cache-control"] == "no-store"
    assert first.content != again.content
    assert seen.paid == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("a+cat", "a+dragon"),
        lambda url: url.replace("steps=20", "steps=28"),
        lambda url: url + "&fresh=1",
        lambda url: url + "&seed=1",
        lambda url: url[:-1] + ("A" if url[-1] != "A" else "B"),
        lambda url: re.sub(r"link=\d+", "link=99999999999", url),
        lambda url: re.sub(r"(link=\d+\.)[^.]+", r"\1local", url),
        lambda url: re.sub(r"link=.*", "link=", url),
        lambda url: re.sub(r"link=.*", "link=%ED%A0%80.x.y", url),
    ],
    ids=["prompt", "steps", "fresh", "seed", "signature", "expiry", "key", "empty", "surrogate"],
)
def test_a_link_that_was_changed_is_refused(link, seen, change):
    """Any change to it makes it void."""
    answer = httpx2.get(change(link().json()["url"]))
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("This link was changed")
    assert seen.paid == 0


def test_a_link_ends(link, keyed, seen):
    """It ends when its time is over, and with its key."""
    short = link(expires_in=1).json()
    key, secret = keyed.make()
    other = link(secret=secret).json()["url"]
    keyed.run(keyed.services.keys.revoke("local", key.id))
    assert "revoked" in httpx2.get(other).json()["detail"]
    while time.time() < short["expires_at"]:
        time.sleep(0.05)
    assert "expired" in httpx2.get(short["url"]).json()["detail"]
    assert seen.paid == 0


def test_a_picture_that_was_deleted_is_gone(link, keyed, seen):
    """A link whose picture was deleted for good says so, and draws no other one."""
    url = link().json()["url"]
    job = httpx2.get(url).headers["x-job-id"]
    image = keyed.run(keyed.services.images.of_job(job))[0]
    owner = keyed.run(keyed.services.keys.local())
    keyed.run(keyed.services.images.purge(owner, [image.id]))
    answer = httpx2.get(url)
    assert (answer.status_code, answer.json()["detail"][-8:]) == (404, "deleted.")
    assert seen.paid == 1


def test_a_page_sees_the_reason(link, seen):
    """Where an image is wanted, a refusal is a picture with the sentence, and keeps its status."""
    url = link().json()["url"] + "x"
    answer = httpx2.get(url, headers=EMBEDDED)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "This link was changed" in answer.text


def test_the_budget_of_its_key_holds(link, keyed, seen):
    """A link spends within the limits of the key that wrote it."""
    url = link(PARAMS | {"steps": 40}, secret=keyed.make_key(free_only=True)).json()["url"]
    answer = httpx2.get(url)
    assert (answer.status_code, answer.json()["code"]) == (402, "free_only")
    assert seen.paid == 0


def test_a_link_is_nobodys_login(link, keyed, seen):
    """Whoever has a link can do nothing else with it, and no other site may use another's login."""
    parts = urlsplit(link().json()["url"])
    assert httpx2.get(f"{keyed.url}/api/state?{parts.query}").status_code == 401
    plain = httpx2.get(f"{keyed.url}/generate?prompt=x", headers=EMBEDDED)
    assert plain.json()["code"] == "foreign_site"
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"params": {}}, "prompt"),
        ({"params": {"prompt": "a", "steps": 99}}, "steps"),
        ({"params": {"prompt": "a", "steps": "many"}}, "steps"),
        ({"params": {"prompt": "a", "n_samples": 4}}, "n_samples"),
        ({"params": {"prompt": ["a"]}}, "prompt"),
        ({"params": {"prompt": "a", "fresh": 7}}, "fresh"),
        ({"params": {"prompt": "a"}, "expires_in": 0}, "expires_in"),
        ({"params": {"prompt": "a"}, "expires_in": 10**9}, "expires_in"),
    ],
)
def test_what_cannot_be_drawn_gets_no_link(keyed, seen, body, field):
    """A wrong parameter is refused when the link is asked for."""
    headers = {"Authorization": f"Bearer {keyed.secret}"}
    answer = httpx2.post(f"{keyed.url}/api/links", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_links_need_a_key_that_generates(link, keyed, seen):
    """Who may only look gets no link."""
    assert link(secret=keyed.make_key(scopes=("read",))).status_code == 403


def test_old_secrets_still_open():
    """After the secret key was changed, links that the old one signed still hold."""
    grant = Grant(key_id="key_1", expires_at=2_000_000_000)
    content = canonical("generate", [("prompt", "a"), ("size", "square")])
    text = write_grant(b"old", grant, content)
    assert read_grant([b"new", b"old"], text, content) == grant
    assert read_grant([b"new"], text, content) is None


def test_nothing_can_be_moved_between_names():
    """Values that hold the signs between names are told apart, and so are purposes."""
    one = canonical("generate", [("prompt", "a\n4:size=1:b")])
    two = canonical("generate", [("prompt", "a"), ("size", "b")])
    assert one != two
    assert canonical("image", []) != canonical("generate", [])
