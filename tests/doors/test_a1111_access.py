"""Who may use A1111's door: every form of credential its clients have, and what is kept apart."""

import base64
import logging

import httpx2
import pytest

SMALL = {"prompt": "a cat", "width": 128, "height": 128, "steps": 2}


@pytest.fixture
def client(keyed):
    with httpx2.Client(base_url=keyed.url, timeout=60) as client:
        yield client


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def opened_path(client, keyed, key) -> str:
    """The way in front of addresses that an administrator opens for a key."""
    admin = {"Authorization": f"Bearer {keyed.secret}"}
    answer = client.post(f"/api/keys/{key.id}/path", headers=admin)
    assert answer.status_code == 200
    return answer.json()["path"]


def test_every_form_of_a_key_opens_the_door(client, keyed):
    """Bearer, Basic with a user, without one or by itself, and ``?key=`` behind the address."""
    secret = keyed.make_key()
    for headers in (
        {"Authorization": f"Bearer {secret}"},
        basic(f"user:{secret}"),
        basic(f"{secret}:"),
        basic(secret),
        {"Authorization": f"Basic {secret}"},
    ):
        assert client.get("/sdapi/v1/options", headers=headers).status_code == 200
    assert client.get("/sdapi/v1/options", params={"key": secret}).status_code == 200


def test_a_key_in_a_query_opens_nothing_else(client, keyed):
    """Only A1111's paths take a key from the query."""
    secret = keyed.make_key()
    assert client.get("/api/state", params={"key": secret}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic d3Jvbmc6d3Jvbmc="}])
def test_without_a_key_the_client_is_asked_for_one(client, seen, headers):
    """401 in A1111's shape asks for Basic; nothing is spent."""
    for answer in (
        client.get("/sdapi/v1/sd-models", headers=headers),
        client.post("/sdapi/v1/txt2img", json=SMALL, headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert {"error", "detail", "body", "errors"} <= set(answer.json())
    assert seen.paid == 0


def test_a_way_in_front_of_addresses(client, keyed, seen):
    """A key's secret for paths opens the door to clients that can send no header."""
    key, _ = keyed.make()
    path = opened_path(client, keyed, key)
    assert path.startswith("/k/nvp_")
    assert client.options(f"{path}/v1/images/generations").is_success
    answer = client.post(f"{path}/sdapi/v1/txt2img", json=SMALL)
    assert answer.status_code == 200
    assert len(answer.json()["images"]) == 1
    assert seen.paid == 1
    assert client.get("/sdapi/v1/options", params={"key": path[3:]}).status_code == 200


def test_the_way_can_be_closed(client, keyed):
    """Opening it anew ends the old secret, closing it ends all; the key itself goes on."""
    key, secret = keyed.make()
    first = opened_path(client, keyed, key)
    second = opened_path(client, keyed, key)
    assert client.get(f"{first}/sdapi/v1/options").status_code == 401
    assert client.get(f"{second}/sdapi/v1/options").status_code == 200
    admin = {"Authorization": f"Bearer {keyed.secret}"}
    assert client.delete(f"/api/keys/{key.id}/path", headers=admin).status_code == 204
    assert client.get(f"{second}/sdapi/v1/options").status_code == 401
    own = {"Authorization": f"Bearer {secret}"}
    assert client.get("/sdapi/v1/options", headers=own).status_code == 200


def test_a_key_itself_opens_nothing_in_a_path(client, keyed):
    """Paths are off until they are opened, and never hold the key."""
    secret = keyed.make_key()
    assert client.get(f"/k/{secret}/sdapi/v1/options").status_code == 401


def test_a_way_is_never_an_administrators(client, keyed):
    """The secret of an administrator's key gives no administrator's rights in a path."""
    key, _ = keyed.make(scopes=("generate", "read", "admin"))
    path = opened_path(client, keyed, key)
    assert client.get(f"{path}/sdapi/v1/options").status_code == 200
    assert client.post(f"{path}/api/keys/{key.id}/path").status_code == 403
    assert client.post("/api/session", json={"key": path[3:]}).status_code == 401
    plain = {"Authorization": f"Bearer {keyed.make_key()}"}
    assert client.post(f"/api/keys/{key.id}/path", headers=plain).status_code == 403
    admin = {"Authorization": f"Bearer {keyed.secret}"}
    assert client.post("/api/keys/key_none/path", headers=admin).status_code == 404


def test_no_secret_from_an_address_is_logged(client, keyed, caplog):
    """The access log shows addresses without the secrets they held."""
    key, secret = keyed.make()
    path = opened_path(client, keyed, key)
    with caplog.at_level(logging.INFO, logger="uvicorn.access"):
        logger = logging.getLogger("uvicorn.access")
        logger.addHandler(caplog.handler)
        # Whether it logs is decided for each connection, when it begins.
        httpx2.get(f"{keyed.url}{path}/sdapi/v1/samplers")
        httpx2.get(f"{keyed.url}/sdapi/v1/upscalers", params={"key": secret, "x": "1"})
        logger.removeHandler(caplog.handler)
    text = "\n".join(
        record.getMessage() for record in caplog.records if record.name == "uvicorn.access"
    )
    assert "/sdapi/v1/samplers" in text
    assert "/sdapi/v1/upscalers" in text
    assert path[3:] not in text
    assert secret not in text


def test_options_are_kept_per_key(client, keyed, seen):
    """One person's model is not another's."""
    mine, other = ({"Authorization": f"Bearer {keyed.make_key()}"} for _ in range(2))
    wish = {"sd_model_checkpoint": "nai-diffusion-3 [7ccaa8da]", "prompt_syntax": "novelai"}
    assert client.post("/sdapi/v1/options", json=wish, headers=mine).status_code == 200
    options = client.get("/sdapi/v1/options", headers=mine).json()
    assert options["sd_model_checkpoint"] == "nai-diffusion-3"
    assert options["prompt_syntax"] == "novelai"
    options = client.get("/sdapi/v1/options", headers=other).json()
    assert options["sd_model_checkpoint"] == "nai-diffusion-4-5-full"
    client.post("/sdapi/v1/txt2img", json=SMALL | {"prompt": "(a:2)"}, headers=mine)
    assert seen.bodies[0]["model"] == "nai-diffusion-3"
    assert seen.bodies[0]["input"].startswith("(a:2)")


def test_an_unknown_checkpoint_is_not_chosen(client, keyed):
    """A checkpoint that NovelAI does not have is answered with 404, and the old one stays."""
    key = {"Authorization": f"Bearer {keyed.make_key()}"}
    wish = {"sd_model_checkpoint": "anything-v3.safetensors [812cd9f9d9]"}
    answer = client.post("/sdapi/v1/options", json=wish, headers=key)
    assert answer.status_code == 404
    assert "Checkpoint not found" in answer.json()["detail"]


def test_only_allowed_models_are_offered(client, keyed, seen):
    """A key with few models sees those; another one is refused in A1111's shape."""
    key = {"Authorization": f"Bearer {keyed.make_key(models=('nai-diffusion-3',))}"}
    models = client.get("/sdapi/v1/sd-models", headers=key).json()
    assert [one["title"] for one in models] == ["nai-diffusion-3"]
    other = SMALL | {"override_settings": {"sd_model_checkpoint": "nai-diffusion-4-5-full"}}
    answer = client.post("/sdapi/v1/txt2img", json=other, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "model")
    assert seen.paid == 0


def test_a_budget_is_obeyed_in_a1111s_shape(client, keyed, seen):
    """What costs Anlas is refused to a key that takes only what is free, before it is sent."""
    key = {"Authorization": f"Bearer {keyed.make_key(free_only=True)}"}
    answer = client.post("/sdapi/v1/txt2img", json=SMALL | {"steps": 40}, headers=key)
    assert answer.status_code == 402
    found = answer.json()
    assert "takes only what is free" in found["detail"]
    assert (found["errors"], found["charged"]) == (found["detail"], "no")
    hires = SMALL | {"enable_hr": True, "hr_scale": 3, "width": 512, "height": 512}
    answer = client.post("/sdapi/v1/txt2img", json=hires, headers=key)
    assert answer.status_code == 402
    assert answer.json()["detail"].startswith("The hires fix: ")
    assert seen.paid == 0


def test_a_full_queue_answers_what_came(client, keyed, seen):
    """A batch that the key's rate cuts off answers the pictures that were made, and says so."""
    key = {"Authorization": f"Bearer {keyed.make_key(rate_minute=2)}"}
    answer = client.post("/sdapi/v1/txt2img", json=SMALL | {"batch_size": 3}, headers=key)
    assert answer.status_code == 200
    assert len(answer.json()["images"]) == 2
    assert "takes 2 jobs a minute" in answer.json()["info"]
    assert seen.paid == 2
    again = client.post("/sdapi/v1/txt2img", json=SMALL, headers=key)
    assert again.status_code == 429
    assert int(again.headers["retry-after"]) > 0
