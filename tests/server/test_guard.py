"""Other web sites cannot use the server through its owner's visitor."""

import pytest

ASK = "/api/session"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000",
        "127.0.0.1",
        "localhost:8000",
        "LOCALHOST",
        "[::1]:8000",
        "novelai.localhost",
        "127.1.2.3:9",
    ],
)
def test_names_of_this_machine_pass(visitor, host):
    """Every name that means this machine is answered."""
    assert visitor.get(ASK, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evillocalhost",
        "192.168.1.5",
        "0.0.0.0",
        "[::]",
        "",
        "[",
        "user@evil.example",
    ],
)
@pytest.mark.parametrize("path", [ASK, "/", "/docs", "/healthz", "/nowhere"])
def test_foreign_names_are_refused(visitor, host, path):
    """A name that somebody pointed at this machine is refused on every path."""
    answer = visitor.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "foreign_site"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "iframe",
        },
    ],
)
@pytest.mark.parametrize("path", [ASK, "/generate?prompt=1girl", "/generate/stream?prompt=1girl"])
def test_other_sites_are_refused(visitor, headers, path):
    """A request that a page of another site makes is refused, as picture, frame, script or link."""
    assert visitor.get(path, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_the_own_page_passes(visitor, headers):
    """The server's own page, and an address typed by its owner, are answered."""
    assert visitor.get(ASK, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_link_to_a_page_may_be_followed(visitor, path):
    """Following a link from elsewhere to something to look at is no attack."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert visitor.get(path, headers=headers).status_code == 200
    assert visitor.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


FOREIGN = {"Origin": "https://other.example"}


@pytest.fixture
def secret(visitor):
    """The secret of a key that may look."""
    return visitor.post("/api/keys", json={"name": "elsewhere"}, headers=visitor.proof).json()[
        "secret"
    ]


def test_a_site_may_read_what_it_shows_a_key_for(visitor, secret):
    """A script of another site that shows a key as Bearer is answered, and may read the answer."""
    shown = {"Authorization": f"Bearer {secret}"}
    answer = visitor.get("/api/state", headers=FOREIGN | shown)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FOREIGN["Origin"]
    assert "access-control-allow-origin" not in visitor.get("/api/state", headers=shown).headers


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({"Authorization": "Bearer nvs_wrong"}, 401),
        ({"Authorization": "Bearer sk-anything"}, 403),
        ({"Authorization": "Basic bnZzX3dyb25nOg=="}, 403),
        ({"x-api-key": "nvs_wrong"}, 403),
    ],
)
def test_a_site_without_a_key_of_ours(visitor, shown, status):
    """What is no key, is not valid, or a browser might send by itself opens nothing to a site."""
    answer = visitor.get("/api/state", headers=FOREIGN | shown)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_a_program_that_names_a_site_is_told_to_make_a_key(visitor):
    """Some say that they are NovelAI's page: the sentence is in NovelAI's shape, for them."""
    named = {"Origin": "https://novelai.net", "Sec-Fetch-Site": "same-site"}
    shown = {"Authorization": "Bearer pst-other"}
    answer = visitor.post("/ai/generate-image", json={}, headers=named | shown)
    assert (answer.status_code, answer.json()["statusCode"]) == (403, 403)
    assert "novelai keys create" in answer.json()["message"]
    assert "Nothing was" in answer.json()["message"]


def test_a_valid_key_in_another_form_opens_nothing_to_a_site(visitor, secret):
    """Only Bearer, which no browser sends by itself, makes up for a foreign origin."""
    answer = visitor.get("/api/state", headers=FOREIGN | {"x-api-key": secret})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:65535", 200), ("localhost:65536", 403), ("localhost:0", 200)],
)
def test_ports_that_there_are(visitor, host, status):
    """A port is at most 65535."""
    assert visitor.get(ASK, headers={"Host": host}).status_code == status
