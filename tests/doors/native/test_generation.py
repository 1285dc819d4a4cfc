"""Pictures through NovelAI's own paths."""

import base64
import json
import threading
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.doors.native.asking import asked, bearer, body, frames_in, pictures_in
from tests.emulator.bodies import b64, mask, png

from novelai.emulator import EMULATOR_PUBLIC_KEY
from novelai.metadata import verify_signature
from novelai.server.compat.job_batch import JobBatch
from novelai.server.compat.novelai.body import Body
from novelai.server.compat.novelai.image_cache import KnownImages
from novelai.server.compat.novelai.job_requests import generations
from novelai.server.compat.novelai.stream import frames_of
from novelai.server.http.context import RequestContext


def batch_of(keyed, key) -> JobBatch:
    context = RequestContext(services=keyed.services, key=key)
    return JobBatch(context=context, door="native", all_or_none=True)


def sent(seen) -> dict:
    """The parameters of the one request that NovelAI saw."""
    (request,) = seen.requests
    return request.body["parameters"]


@pytest.mark.parametrize("prefix", ["", "/native"])
def test_a_picture_comes_in_an_archive(server, seen, prefix):
    """A plain request is answered with NovelAI's archive, and headers tell of the job."""
    answer = asked(server, f"{prefix}/ai/generate-image", body(prefix or "1girl"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "binary/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename=images.zip"
    assert answer.headers["x-job-id"].startswith("job_")
    assert answer.headers["x-anlas-cost"] == "0"
    assert answer.headers["x-seed"] == "7"
    assert answer.headers["x-request-id"]
    (picture,) = pictures_in(answer)
    assert Image.open(BytesIO(picture)).size == (128, 192)
    assert seen.paid == 1


def test_who_accepts_json_gets_json(server):
    """`Accept: application/json` is answered with base64, index and seed, as NovelAI does."""
    answer = asked(server, "/ai/generate-image", body(), headers={"Accept": "application/json"})
    (image,) = answer.json()["images"]
    assert (image["index"], image["seed"]) == (0, 7)
    assert base64.b64decode(image["image"]).startswith(b"\x89PNG")


def test_several_samples_are_jobs_of_one_picture(server, seen):
    """Three samples are three free pictures with seed, seed + 1 and seed + 2, in one archive."""
    answer = asked(server, "/ai/generate-image", body(n_samples=3))
    assert len(pictures_in(answer)) == 3
    assert answer.headers["x-anlas-cost"] == "0"
    assert len(answer.headers["x-job-id"].split(",")) == 3
    assert sorted(one["parameters"]["seed"] for one in seen.bodies) == [7, 8, 9]
    assert {one["parameters"]["n_samples"] for one in seen.bodies} == {1}


def test_what_the_server_does_not_know_reaches_novelai_unchanged(server, seen):
    """A parameter of tomorrow is passed on as it is; presets that were renamed, too."""
    extra = {"brand_new": {"deep": [1, {"sha256": "0" * 64}]}, "ucPreset": 0, "params_version": 3}
    assert asked(server, "/ai/generate-image", body(**extra)).status_code == 200
    parameters = sent(seen)
    assert {name: parameters[name] for name in extra} == extra
    assert "ucPresetId" not in parameters


@pytest.mark.parametrize(
    "trick",
    [
        {"N_Samples": 8},
        {"STEPS": 50},
        {"Width": 1024, "hEight": 1536},
        {"n_ſamples": 8},
        {"Sm": True},
        {"reference_image_Multiple": [b64(b"x" * 64)]},
        {"director_Reference_images": [b64(b"x" * 64)]},
    ],
)
def test_what_sets_the_price_comes_from_what_was_checked(server, seen, trick):
    """Names in other letters, which NovelAI would read, do not change what is paid."""
    answer = asked(server, "/ai/generate-image", body(**trick))
    assert answer.status_code == 200
    parameters = sent(seen)
    assert not parameters.keys() & trick.keys()
    assert (parameters["width"], parameters["height"]) == (128, 192)
    assert (parameters["n_samples"], parameters["steps"]) == (1, 4)
    assert seen.requests[0].anlas_spent == 0


@pytest.mark.parametrize("name", ["upscaled_enhance", "upscale", "effort", "Upscaled_Enhance"])
def test_what_costs_nobody_knows_what_is_refused(server, seen, name):
    """A parameter that may cost Anlas which cannot be foreseen is not taken."""
    answer = asked(server, "/ai/generate-image", body(**{name: {"x": 1}}))
    assert answer.status_code == 400
    assert name in answer.json()["message"]
    assert seen.paid == 0


def test_missing_structured_prompts_are_filled_in(server, seen):
    """A client that knows nothing of `v4_prompt` gets a picture, where NovelAI alone would fail."""
    wish = body()
    for name in ("v4_prompt", "v4_negative_prompt", "negative_prompt"):
        del wish["parameters"][name]
    assert asked(server, "/ai/generate-image", wish).status_code == 200
    assert sent(seen)["v4_prompt"]["caption"]["base_caption"] == "1girl, red dress"


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_image_to_image_and_its_settings(server, seen, form):
    """A source picture arrives, in JSON or as a part, with strength and noise as asked."""
    wish = body(action="img2img", strength=0.4, noise=0.2, image=b64(png()))
    if form == "json":
        answer = asked(server, "/ai/generate-image", wish)
    else:
        wish["parameters"]["image"] = "image"
        files = {"request": ("blob", json.dumps(wish).encode()), "image": ("blob", png())}
        answer = asked(server, "/ai/generate-image", files=files)
    assert answer.status_code == 200, answer.text
    assert seen.requests[0].parts["image"] > 0
    assert (sent(seen)["strength"], sent(seen)["noise"]) == (0.4, 0.2)


@pytest.mark.parametrize("size", [(128, 192), (16, 24)])
def test_masks_of_old_and_new_clients(server, seen, size):
    """A mask as large as the picture, or an eighth of it, is inpainted."""
    wish = body(
        action="infill", model="nai-diffusion-4-5-full-inpainting",
        image=b64(png()), mask=b64(mask(size)),
    )  # fmt: skip
    answer = asked(server, "/ai/generate-image", wish)
    assert answer.status_code == 200, answer.text
    assert seen.bodies[0]["model"] == "nai-diffusion-4-5-full-inpainting"
    assert seen.requests[0].parts["mask"] > 0


@pytest.mark.parametrize("path", ["/ai/generate-image", "/ai/generate-image-stream"])
def test_an_inpainting_result_is_as_novelai_sent_it(local_server, server, path):
    """Clients put it together themselves; the gallery has that, and what they were sent."""
    wish = body(
        f"patched {path}", action="infill", model="nai-diffusion-4-5-full-inpainting",
        image=b64(png()), mask=b64(mask((16, 24))), stream="msgpack",
    )  # fmt: skip
    answer = asked(server, path, wish)
    (sent,) = (
        [one["image"] for one in frames_in(answer) if one["event_type"] == "final"]
        if path.endswith("stream")
        else pictures_in(answer)
    )
    assert verify_signature(sent, public_key=EMULATOR_PUBLIC_KEY)
    (image,) = local_server.run(local_server.services.images.of_job(answer.headers["x-job-id"]))
    shown, received = (
        local_server.run(local_server.services.images.data(image, received=received))
        for received in (False, True)
    )
    assert received == sent != shown


def test_a_stream_in_msgpack(server):
    """Frames of one number, whose last is the picture."""
    answer = asked(server, "/ai/generate-image-stream", body(stream="msgpack", steps=8))
    assert answer.headers["content-type"] == "application/msgpack"
    assert answer.headers["x-job-id"].startswith("job_")
    *previews, final = frames_in(answer)
    assert previews
    for frame in previews:
        assert set(frame) == {"event_type", "samp_ix", "step_ix", "gen_id", "sigma", "image"}
        assert frame["image"].startswith(b"\xff\xd8\xff")
        assert frame["sigma"] > 0
    assert set(final) == {"event_type", "samp_ix", "gen_id", "image"}
    assert final["image"].startswith(b"\x89PNG")


def test_a_stream_in_server_sent_events(server):
    """The same maps as JSON; several samples come one after the other."""
    answer = asked(server, "/ai/generate-image-stream", body(stream="sse", n_samples=2))
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [part.splitlines() for part in answer.text.strip().split("\n\n")]
    maps = [json.loads(lines[1].removeprefix("data: ")) for lines in events]
    assert [lines[0] for lines in events] == [f"event: {one['event_type']}" for one in maps]
    finals = [one for one in maps if one["event_type"] == "final"]
    assert [one["samp_ix"] for one in finals] == [0, 1]
    assert len({one["gen_id"] for one in maps}) == 1


def test_a_data_url_is_as_good_as_base64(server, seen):
    """What clients on the web write in front of a picture makes no difference."""
    plain, front = (
        pictures_in(
            asked(
                server,
                "/ai/generate-image",
                body(action="img2img", image=front + b64(png()), strength=0.5),
            )
        )
        for front in ("", "data:image/png;base64,")
    )
    assert plain == front
    assert seen.paid == 2


def test_an_opaque_alpha_of_a_mask_says_nothing(server, seen):
    """A mask with an alpha channel that is opaque everywhere repaints what is white."""
    grey = Image.open(BytesIO(mask()))
    buffer = BytesIO()
    grey.convert("RGBA").save(buffer, "PNG")
    plain, opaque = (
        pictures_in(
            asked(
                server,
                "/ai/generate-image",
                body(
                    action="infill",
                    model="nai-diffusion-4-5-full-inpainting",
                    image=b64(png()),
                    mask=b64(drawn),
                ),
            )
        )
        for drawn in (mask(), buffer.getvalue())
    )
    assert Image.open(BytesIO(plain[0])).tobytes() == Image.open(BytesIO(opaque[0])).tobytes()
    assert seen.paid == 2


class Hesitating:
    """The services of a server; the first job that is read has changed when it is told of."""

    def __init__(self, served, key, jobs):
        self.context = served.services.context
        self.jobs = self
        self._services, self._key, self._all = served.services, key, jobs

    async def read(self, key, job_id):
        found = await self._services.jobs.read(key, job_id)
        if self._all:
            waited, self._all = self._all, []
            await self._services.queue.pause(self._key, paused=False)
            for job in waited:
                await self._services.jobs.wait(key, job.id, 30)
        return found


def test_samples_keep_their_order_however_late_their_ends_are_seen(keyed, seen):
    """Samples that were made one after the other are told in that order."""
    key, _ = keyed.make()
    keyed.run(keyed.services.queue.pause(key, paused=True))
    params = generations(Body(document=body(n_samples=2), pixel_limit=10**6), KnownImages(), key)
    jobs = keyed.run(batch_of(keyed, key).submit(params))

    async def told():
        hesitating = Hesitating(keyed, key, jobs)
        return [
            data
            async for data in frames_of(RequestContext(services=hesitating, key=key), jobs, "sse")
        ]

    maps = [json.loads(data.decode().split("data: ")[1]) for data in keyed.run(told())]
    finals = [one["samp_ix"] for one in maps if one["event_type"] == "final"]
    assert finals == [0, 1]
    assert seen.paid == 2


def test_the_very_same_body_joins_the_one_in_flight(keyed, seen):
    """A client that repeats itself while the first is under way pays once."""
    secret = keyed.make_key()
    key = keyed.run(keyed.services.authentication.key_of(secret))
    wish = body("the same again")
    found: list[httpx2.Response] = []
    keyed.run(keyed.services.queue.pause(key, paused=True))
    first = threading.Thread(
        target=lambda: found.append(asked(keyed.url, "/ai/generate-image", wish, secret=secret))
    )
    first.start()
    while not (jobs := keyed.run(keyed.services.jobs.list(key))):
        pass
    params = generations(Body(document=wish, pixel_limit=10**6), KnownImages(), key)
    (again,) = keyed.run(batch_of(keyed, key).submit(params))
    keyed.run(keyed.services.queue.pause(key, paused=False))
    first.join(30)
    assert again.id == jobs[0].id == found[0].headers["x-job-id"]
    assert seen.paid == 1


def test_an_idempotency_key_gives_the_same_job(keyed, seen):
    """The same key with the same body is answered from the first job, later too."""
    secret = keyed.make_key()
    headers = {"Idempotency-Key": "once"}
    wish = body("once", n_samples=2)
    first, second = (
        asked(keyed.url, "/ai/generate-image", wish, secret=secret, headers=dict(headers))
        for _ in range(2)
    )
    assert first.headers["x-job-id"] == second.headers["x-job-id"]
    assert pictures_in(first) == pictures_in(second)
    other = asked(
        keyed.url, "/ai/generate-image", body("other"), secret=secret, headers=dict(headers)
    )
    assert other.status_code == 409
    assert seen.paid == 2


def test_pictures_named_by_cache_key(server, seen):
    """A key that is not known is named, as NovelAI does; once sent, the key alone will do."""
    wish = body(action="img2img", image_cache_secret_key="f" * 64)
    unknown = asked(server, "/ai/generate-image", wish)
    assert unknown.status_code == 400
    assert unknown.json() == {
        "statusCode": 400,
        "message": "INVALID_CACHE_KEYS",
        "details": {"invalidKeys": ["f" * 64]},
    }
    wish["parameters"]["image"] = b64(png())
    assert asked(server, "/ai/generate-image", wish).status_code == 200
    del wish["parameters"]["image"]
    wish["parameters"]["seed"] = 8
    assert asked(server, "/ai/generate-image", wish).status_code == 200
    assert seen.requests[-1].parts["image"] > 0


def test_a_key_of_somebody_else_does_not_know_the_picture(keyed):
    """What one caller sent under a cache key is not found by another."""
    wish = body(action="img2img", image_cache_secret_key="e" * 64, image=b64(png()))
    first, second = keyed.make_key(), keyed.make_key()
    assert asked(keyed.url, "/ai/generate-image", wish, secret=first).status_code == 200
    del wish["parameters"]["image"]
    assert asked(keyed.url, "/ai/generate-image", wish, secret=second).status_code == 400


def test_again_with_changes_is_a_job_of_the_server_s_own(server, seen):
    """A native job can be repeated and changed from the page; its old body does not come along."""
    answer = asked(server, "/ai/generate-image", body("first words", brand_new=1))
    job = answer.headers["x-job-id"]
    again = httpx2.post(
        f"{server}/api/jobs/{job}/again", json={"changes": {"prompt": "other words"}}
    )
    assert again.status_code == 202, again.text
    done = httpx2.get(f"{server}/api/jobs/{again.json()['id']}/events", timeout=30)
    assert "job.done" in done.text
    assert seen.bodies[-1]["input"].startswith("other words")
    assert "brand_new" not in seen.bodies[-1]["parameters"]


def test_bearer_is_asked_for_in_key_mode(keyed, seen):
    """Without a key, or with a wrong one, the answer is NovelAI's 401."""
    for headers in ({}, bearer("nvs_wrong"), bearer("pst-" + "a" * 64)):
        answer = asked(keyed.url, "/ai/generate-image", body(), headers=headers)
        assert answer.status_code == 401
        assert answer.json()["statusCode"] == 401
        assert answer.json()["message"].startswith("Unauthorized")
    assert seen.paid == 0
