"""What the page asks while somebody writes a prompt."""

import base64

import anyio
import pytest
from tests.sdk.making import png
from tests.server_api.people import Somebody, running

from novelai.catalogue import image_models
from novelai.emulator import Fault
from novelai.server.studio.tokens import count_tokens, params_with_texts
from novelai.tokens import count
from novelai.types import GenerateImageParams


def suggestions(site):
    return sum("suggest-tags" in request.path for request in site.emulator.requests)


def tags(person, q, **query):
    return person.get("/api/tags", params={"q": q, **query})


def test_models_say_what_forms_need(ann):
    """Each model of the catalogue is there with its defaults among its choices."""
    answer = ann.get("/api/models").json()
    models = {model["id"]: model for model in answer["models"]}
    assert list(models) == list(image_models())
    assert answer["default"] in models
    for model in models.values():
        chosen = model["defaults"]
        assert chosen["sampler"] in [sampler["id"] for sampler in model["samplers"]]
        assert chosen["uc_preset"] in model["uc_presets"]
        assert model["sizes"][chosen["size"]] == [832, 1216]
        assert bool(model["fixed"]) == (model["id"] == "nai-diffusion-5-full-medium")
    assert len(next(one for one in answer["tools"] if one["id"] == "emotion")["emotions"]) == 24


def test_every_model_takes_its_own_defaults(ann):
    """What a form starts with is accepted and has a price, or is said to have none."""
    models = ann.get("/api/models").json()["models"]
    assert [model["id"] for model in models] == list(image_models())
    for model in models:
        chosen = model["defaults"]
        params = {"prompt": "a", "model": model["id"], **chosen}
        answer = ann("POST", "/api/cost", json={"params": params})
        assert answer.status_code == 200, answer.text


def test_a_price_follows_the_model_that_draws(ann):
    """Medium is priced by its own steps; V5 Curated's inpainting leaves the V5 allowance alone."""
    medium = {"prompt": "a", "model": "nai-diffusion-5-full-medium", "steps": 50}
    mask = base64.b64encode(png(mode="L", colour=255)).decode()
    inpaint = {"image": base64.b64encode(png()).decode(), "mask": mask}
    square = {"prompt": "a", "model": "nai-diffusion-5-curated", "size": "square"}
    wishes = [medium, square, square | {"inpaint": inpaint}]
    told = [ann("POST", "/api/cost", json={"params": one}).json() for one in wishes]
    assert [(one["anlas"], one["allowance"]) for one in told] == [(0, 1), (0, 1), (0, 0)]


def test_the_price_is_what_is_charged(site, ann):
    """A price says what a job will cost, and asking sends nothing and reserves nothing."""
    before = len(site.emulator.requests), ann.get("/api/usage").json()["total"]
    params = {"prompt": "a", "size": "512x512", "steps": 40, "seed": 1}
    cost = ann("POST", "/api/cost", json={"params": params}).json()
    assert (cost["free"], cost["warnings"], cost["balance"] > 0) == (False, [], True)
    assert cost["estimate"]["total_anlas"] == cost["anlas"] > 0
    assert (len(site.emulator.requests), ann.get("/api/usage").json()["total"]) == before
    assert ann.make(**params)["cost"] == cost["anlas"]


def test_the_price_of_a_query_is_that_of_the_job(ann):
    """GET prices the query of /generate."""
    query = {"prompt": "a", "steps": 40, "size": "landscape"}
    got = ann.get("/api/cost", params=query).json()
    posted = ann("POST", "/api/cost", json={"params": query}).json()
    assert got == posted


def test_the_price_of_ordering_again(ann, stranger):
    """A job is priced by its id alone, to whoever may see it."""
    job = ann.make(prompt="a", size="512x512", steps=40)
    again = ann("POST", "/api/cost", json={"job": job["id"]}).json()
    assert again["anlas"] == job["cost"] > 0
    assert stranger("POST", "/api/cost", json={"job": job["id"]}).status_code == 404
    assert ann("POST", "/api/cost", json={}).status_code == 422


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("tool", {"tool": "lineart"}),
        ("tool", {"tool": "bg-removal"}),
        ("upscale", {}),
        ("encode_vibe", {}),
    ],
)
def test_every_kind_has_a_price(ann, kind, params):
    """Tools, upscaling and encoding are priced, too."""
    from tests.server_api.people import png

    upload = ann("POST", "/api/uploads", content=png(512, 512)).json()["sha256"]
    body = {"kind": kind, "params": {**params, "image": {"upload": upload}}}
    cost = ann("POST", "/api/cost", json=body).json()
    assert cost["estimate"]["total_anlas"] == cost["anlas"]
    assert cost["free"] is (params.get("tool") == "lineart")


def test_warnings_say_what_speaks_against_it(site):
    """A key's limit, an unknown model and a long prompt are told before anything is submitted."""
    thrifty = site.somebody("thrifty", free_only=True)
    paid = thrifty("POST", "/api/cost", json={"params": {"prompt": "a", "steps": 40}}).json()
    assert "only what is free" in paid["warnings"][0]
    long = thrifty("POST", "/api/cost", json={"params": {"prompt": "cat, " * 600}}).json()
    assert long["warnings"] == ["The prompt has 1210 tokens; the model cuts it at 512."]


@pytest.mark.filterwarnings("ignore::novelai.errors.UnknownModelWarning")
def test_a_price_may_be_unknown(ann):
    """For a model that the catalogue does not know there is no price, and it is said."""
    body = {"params": {"prompt": "a", "model": "nai-diffusion-9"}}
    cost = ann("POST", "/api/cost", json=body).json()
    assert (cost["anlas"], cost["free"]) == (None, False)
    assert "catalogue" in cost["warnings"][0]


def counted(person, **params):
    return person("POST", "/api/tokens", json={"params": params})


def test_tokens_are_counted_as_they_are_sent(ann):
    """Each text has its own count, and what shares a limit is added up."""
    model = "nai-diffusion-5-full"
    characters = [
        {"prompt": "girl, silver hair", "negative_prompt": "hat"},
        {"prompt": "boy", "enabled": False},
        {"prompt": "cat"},
    ]
    params = {"model": model, "prompt": "a lake", "characters": characters}
    told = counted(ann, **params, size="9x9", vibes=["not looked at"]).json()
    order = GenerateImageParams(**params)
    base = count(order.processed_prompt, model).tokens
    of_characters = [count("girl, silver hair", model).tokens, 0, count("cat", model).tokens]
    assert told["prompt"] == {
        "tokens": base + sum(of_characters),
        "limit": 1471,
        "base": base,
        "characters": of_characters,
    }
    negative = told["negative_prompt"]
    assert negative["base"] == count(order.processed_negative_prompt, model).tokens
    assert negative["characters"] == [count("hat", model).tokens, 0, 0]
    bare = {"prompt": "a lake", "model": model, "quality": False, "uc_preset": "none"}
    told = counted(ann, **bare).json()
    assert (told["prompt"]["tokens"], told["negative_prompt"]["tokens"]) == (2, 0)


def test_tokens_of_what_is_not_written_yet(ann):
    """Without a prompt the quality text is counted, with the key's default model."""
    told = counted(ann).json()
    assert (told["prompt"]["limit"], told["prompt"]["characters"]) == (512, [])
    assert told == counted(ann, prompt="").json()
    assert (
        0 < told["prompt"]["base"] < counted(ann, prompt="cat ears, hat").json()["prompt"]["base"]
    )


def test_tokens_follow_the_model_that_is_sent(ann):
    """What V5 Curated inpaints is cut where V4.5 Curated cuts."""
    params = {"model": "nai-diffusion-5-curated", "prompt": "a lake", "quality": "light"}
    assert counted(ann, **params).json()["prompt"]["limit"] == 703
    inpainted = counted(ann, **params, inpaint=True).json()["prompt"]
    assert (inpainted["limit"], inpainted["base"]) == (512, 4)


def test_tokens_of_a_query(site, ann):
    """GET counts the query of /generate, with the model that the key draws with."""
    query = {"prompt": "a lake", "negative_prompt": "hat"}
    assert ann.get("/api/tokens", params=query).json() == counted(ann, **query).json()
    v5 = site.somebody("v5", models=["nai-diffusion-5-full"])
    told = v5.get("/api/tokens", params=query).json()
    assert told == counted(v5, **query).json()
    assert told["prompt"]["limit"] == 1471


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"prompt": "a" * 51_201}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"uc_preset": "nothing"}, "uc_preset"),
        ({"characters": [{"prompt": 5}]}, "characters.0.prompt"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_tokens_of_what_is_wrong(ann, params, field):
    """A wrong value is named, and nothing of it is quoted."""
    answer = counted(ann, **params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert "a" * 60 not in answer.text


def test_tokens_of_half_a_character(ann):
    """JSON can say it, and it is answered with a sentence."""
    body = rb'{"params": {"prompt": "\ud800"}}'
    headers = {"Content-Type": "application/json"}
    answer = ann("POST", "/api/tokens", content=body, headers=headers)
    assert answer.status_code == 422
    assert "half of a character" in answer.text


def test_counting_asks_nobody(site, ann):
    """Neither NovelAI is asked nor anything reserved; without a key there is no answer."""
    before = len(site.emulator.requests)
    assert counted(ann, prompt="a lake").status_code == 200
    assert len(site.emulator.requests) == before
    assert counted(Somebody(site), prompt="a lake").status_code == 401


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_long_texts_leave_the_event_loop_alone(anyio_backend):
    """While 50 kB are counted, others are answered."""
    turns, done = 0, anyio.Event()

    async def others():
        nonlocal turns
        while not done.is_set():
            turns += 1
            await anyio.sleep(0.001)

    params = params_with_texts({"prompt": "ab" * 25_000, "quality": False})
    async with anyio.create_task_group() as group:
        group.start_soon(others)
        await count_tokens(params)
        done.set()
    assert turns > 5


def test_suggestions_come_from_novelai_once(site, ann, stranger):
    """The same beginning is asked for once for everybody; afterwards NovelAI is not asked."""
    before = suggestions(site)
    first = tags(ann, "cat e")
    assert first.headers["x-tags-source"] == "novelai"
    assert "cat ears" in [tag["tag"] for tag in first.json()["tags"]]
    again = tags(stranger, "  CAT e ")
    assert again.headers["x-tags-source"] == "cache"
    assert again.json() == first.json()
    assert suggestions(site) == before + 1
    assert len(tags(ann, "cat", limit=1).json()["tags"]) == 1


def test_japanese_names_find_tags(ann):
    """A Japanese name leads to the tag; Chinese gives what there is."""
    found = tags(ann, "猫", lang="ja").json()["tags"][0]
    assert (found["tag"], found["translation"]) == ("cat", "猫")
    assert tags(ann, "cat", lang="zh").json()["tags"]


def test_without_novelai_the_callers_own_prompts_help(tmp_path):
    """A failure is no error: the tags one used before are suggested, and a header says why."""
    with running(tmp_path) as site:
        me = Somebody(site)
        me.draw(prompt="{zebra crossing}, red zebra, night")
        site.emulator.script(Fault(status=503))
        answer = tags(me, "zebra")
        assert answer.status_code == 200
        assert [tag["tag"] for tag in answer.json()["tags"]] == ["zebra crossing", "red zebra"]
        assert answer.headers["x-tags-source"] == "prompts"
        assert answer.headers["x-tags-failure"] == "Server"
        before = suggestions(site)
        assert tags(me, "zeb").headers["x-tags-source"] == "prompts"
        assert suggestions(site) == before, "it is left in peace for a while"


def test_earlier_prompts(site):
    """Each prompt is listed once, newest first, with a picture that came of it."""
    writer = site.somebody("writer")
    first = writer.draw(prompt="a red fox")
    writer.draw(prompt="a blue fox", negative_prompt="night")
    last = writer.draw(prompt="a red fox")
    found = writer.get("/api/prompts").json()["prompts"]
    assert [one["prompt"] for one in found] == ["a red fox", "a blue fox"]
    assert (found[0]["image"], found[1]["negative_prompt"]) == (last, "night")
    assert first != last
    (blue,) = writer.get("/api/prompts", params={"q": "FOX blue"}).json()["prompts"]
    assert blue["prompt"] == "a blue fox"
    assert len(writer.get("/api/prompts", params={"limit": 1}).json()["prompts"]) == 1


def test_prompts_are_their_writers(site, stranger):
    """Nobody else's history holds them; the owner's administrator may look."""
    writer = site.somebody("shy")
    writer.draw(prompt="a secret wish")
    query = {"q": "secret wish"}
    for other in (stranger, site.somebody("curious")):
        assert other.get("/api/prompts", params=query).json() == {"prompts": []}
