"""Clients of A1111's API send what they always send, and find what they always read."""

import base64
import json
from io import BytesIO

import httpx2
import pytest
from PIL import Image

SMALL = {"width": 128, "height": 192, "steps": 2}


def picture_of(text: str) -> Image.Image:
    assert not text.startswith("data:")
    picture = Image.open(BytesIO(base64.b64decode(text)))
    assert picture.format == "PNG"
    return picture


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def test_sillytavern_auto(client, seen):
    """SillyTavern connects, lists, switches the model, waits for it, and makes a picture."""
    options = client.get("/sdapi/v1/options").json()
    assert isinstance(options["sd_model_checkpoint"], str)
    assert "forge_preset" not in options
    assert [one["name"] for one in client.get("/sdapi/v1/samplers").json()][:2] == [
        "Euler a",
        "Euler",
    ]
    assert client.get("/sdapi/v1/schedulers").json()[0]["name"] == "karras"
    titles = [one["title"] for one in client.get("/sdapi/v1/sd-models").json()]
    assert {"nai-diffusion-4-5-curated", "nai-diffusion-5-full-medium"} <= set(titles)
    upscalers = client.get("/sdapi/v1/upscalers").json()
    assert [one["name"] for one in upscalers] == ["None", "NovelAI"]
    assert client.get("/sdapi/v1/latent-upscale-modes").json() == [{"name": "Latent"}]
    for path in ("sd-vae", "sd-modules"):
        assert client.get(f"/sdapi/v1/{path}").json() == []

    chosen = {"sd_model_checkpoint": "nai-diffusion-4-5-curated"}
    answer = client.post("/sdapi/v1/options", json=chosen)
    assert (answer.status_code, answer.json()) == (200, None)
    progress = client.get("/sdapi/v1/progress").json()
    assert (progress["progress"], progress["state"]["job_count"]) == (0, 0)

    body = {
        "url": client.base_url.join("/").__str__(),
        "auth": "user:secret-in-the-body",
        "prompt": "1girl, (smile:1.2)",
        "negative_prompt": "lowres",
        "sampler_name": "Euler a",
        "scheduler": "karras",
        "cfg_scale": 6,
        "restore_faces": False,
        "enable_hr": False,
        "hr_upscaler": "Latent",
        "hr_scale": 1,
        "hr_additional_modules": [],
        "denoising_strength": 0.7,
        "hr_second_pass_steps": 0,
        "seed": -1,
        "clip_skip": 1,
        "override_settings": {"CLIP_stop_at_last_layers": 1, "sd_vae": "Automatic"},
        "override_settings_restore_afterwards": True,
        "save_images": True,
        "send_images": True,
        "do_not_save_grid": False,
        "do_not_save_samples": False,
        **SMALL,
    }
    answer = client.post("/sdapi/v1/txt2img", json=body)
    assert answer.status_code == 200
    assert picture_of(answer.json()["images"][0]).size == (128, 192)
    assert "secret-in-the-body" not in json.dumps(answer.json()["parameters"])
    (sent,) = seen.bodies
    assert sent["model"] == "nai-diffusion-4-5-curated"
    assert sent["input"].startswith("1girl, 1.2::smile::")
    assert client.post("/sdapi/v1/interrupt").json() == {}
    client.post("/sdapi/v1/options", json={"sd_model_checkpoint": "nai-diffusion-4-5-full"})


def test_sillytavern_vlad(keyed, seen):
    """SillyTavern's SD.Next source, with a password, no schedules and its own upscalers."""
    secret = keyed.make_key()
    password = base64.b64encode(f"user:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {password}", "User-Agent": "node-fetch", "Accept": "*/*"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as node:
        titles = [one["title"] for one in node.get("/sdapi/v1/sd-models").json()]
        assert node.get("/sdapi/v1/options").json()["sd_model_checkpoint"] in titles
        samplers = [one["name"] for one in node.get("/sdapi/v1/samplers").json()]
        assert "DPM++ 2M" in samplers
        upscalers = [one["name"] for one in node.get("/sdapi/v1/upscalers").json()]
        assert upscalers[0] == "None"  # it puts the latent ones behind the first

        chosen = {"sd_model_checkpoint": "nai-diffusion-4-5-curated"}
        assert node.post("/sdapi/v1/options", json=chosen).status_code == 200
        options = node.get("/sdapi/v1/options").json()
        assert options["sd_model_checkpoint"] == chosen["sd_model_checkpoint"]
        progress = node.get("/sdapi/v1/progress").json()
        assert (progress["progress"], progress["state"]["job_count"]) == (0, 0)

        body = {
            "url": f"{keyed.url}/", "auth": f"user:{secret}", "prompt": "1girl, (smile:1.2)",
            "negative_prompt": "lowres", "sampler_name": "DPM++ 2M", "scheduler": "N/A",
            "steps": 2, "cfg_scale": 6, "width": 128, "height": 192, "restore_faces": False,
            "enable_hr": False, "hr_upscaler": "Latent (bicubic antialiased)", "hr_scale": 1,
            "hr_additional_modules": [], "denoising_strength": 0.7, "hr_second_pass_steps": 0,
            "override_settings": {"CLIP_stop_at_last_layers": 1},
            "override_settings_restore_afterwards": True, "clip_skip": 1, "save_images": True,
            "send_images": True, "do_not_save_grid": False, "do_not_save_samples": False,
        }  # fmt: skip
        answer = node.post("/sdapi/v1/txt2img", json=body)
        assert picture_of(answer.json()["images"][0]).size == (128, 192)
        assert secret not in answer.text
        assert node.post("/sdapi/v1/interrupt").json() == {}
    (sent,) = seen.bodies
    assert sent["model"] == "nai-diffusion-4-5-curated"
    assert sent["parameters"]["sampler"] == "k_dpmpp_2m"


def test_info_names_everything(client, seen):
    """``info`` is a string of JSON with every field, and with the seeds that were used."""
    body = {"prompt": "a cat", "seed": 4242, "batch_size": 2, "n_iter": 1, **SMALL}
    answer = client.post("/sdapi/v1/txt2img", json=body)
    found = answer.json()
    assert len(found["images"]) == 2
    assert isinstance(found["info"], str)
    info = json.loads(found["info"])
    assert info["all_seeds"] == [4242, 4243]
    assert sorted(sent["parameters"]["seed"] for sent in seen.bodies) == [4242, 4243]
    assert info["seed"] == 4242
    assert (info["width"], info["height"], info["steps"]) == (128, 192, 2)
    assert "Seed: 4243" in info["infotexts"][1]
    named = """prompt all_prompts negative_prompt all_negative_prompts seed all_seeds subseed
        all_subseeds subseed_strength width height sampler_name cfg_scale steps batch_size
        restore_faces face_restoration_model sd_model_name sd_model_hash sd_vae_name sd_vae_hash
        seed_resize_from_w seed_resize_from_h denoising_strength extra_generation_params
        index_of_first_image infotexts styles job_timestamp clip_skip
        is_using_inpainting_conditioning version"""
    assert set(named.split()) <= set(info)
    assert answer.headers["x-anlas-cost"] == "0"
    assert len(answer.headers["x-job-id"].split(", ")) == 2


def test_a_drawn_seed_is_told(client, seen):
    """Without a seed one is drawn; the answer names the one that was sent."""
    answer = client.post("/sdapi/v1/txt2img", json={"prompt": "a dog", "seed": -1, **SMALL})
    (sent,) = seen.bodies
    assert json.loads(answer.json()["info"])["seed"] == sent["parameters"]["seed"]
    assert answer.headers["x-seed"] == str(sent["parameters"]["seed"])


def test_open_webui(client, seen):
    """Open WebUI posts all options back, names the model, and reads images and info."""
    options = client.get("/sdapi/v1/options", headers={"authorization": ""}).json()
    models = client.get("/sdapi/v1/sd-models").json()
    assert all({"title", "model_name"} <= set(one) for one in models)
    options["sd_model_checkpoint"] = models[0]["title"]
    assert client.post("/sdapi/v1/options", json=options).status_code == 200
    body = {"prompt": "a house", "batch_size": 1, "width": 128, "height": 128, "steps": 2}
    found = client.post("/sdapi/v1/txt2img", json=body).json()
    assert {"images", "info"} <= set(found)
    assert seen.bodies[0]["model"] == models[0]["title"]
    client.post("/sdapi/v1/options", json={"sd_model_checkpoint": "nai-diffusion-4-5-full"})


def test_librechat(client):
    """LibreChat's tool reads the infotext, seed and size from info."""
    body = {"prompt": "a tree", "negative_prompt": "blurry", "cfg_scale": 4.5, "steps": 22}
    body |= {"width": 1024, "height": 1024}
    found = client.post("/sdapi/v1/txt2img", json=body).json()
    info = json.loads(found["info"])
    assert info["infotexts"][0].startswith("a tree\nNegative prompt: blurry\nSteps: 22")
    assert (info["width"], info["height"]) == (1024, 1024)
    assert isinstance(info["seed"], int)


def test_risuai(client):
    """Risuai sends the hires fields beside the rest, switched off."""
    body = {
        "width": 128, "height": 128, "seed": -1, "steps": 2, "cfg_scale": 7, "prompt": "a bird",
        "negative_prompt": "", "sampler_name": "Euler a", "enable_hr": False,
        "denoising_strength": 0.7, "hr_scale": 1.25, "hr_upscaler": "Latent",
    }  # fmt: skip
    assert picture_of(client.post("/sdapi/v1/txt2img", json=body).json()["images"][0])


def test_koishi(client, seen):
    """Koishi names the sampler in ``sampler_index``; ``info`` holds the prompt."""
    body = {
        "sampler_index": "DPM++ 2M Karras", "init_images": None, "prompt": "a fox",
        "negative_prompt": "bad", "seed": 7, "steps": 2, "cfg_scale": 5, "width": 128,
        "height": 128, "restore_faces": False, "enable_hr": False, "hr_scale": 2,
        "batch_size": 1, "denoising_strength": 0.7,
    }  # fmt: skip
    found = client.post("/sdapi/v1/txt2img", json=body).json()
    assert json.loads(found["info"])["prompt"] == "a fox"
    sent = seen.bodies[0]["parameters"]
    assert (sent["sampler"], sent["noise_schedule"]) == ("k_dpmpp_2m", "karras")


def test_stable_diffusion_cpp(client, seen):
    """SillyTavern's sdcpp source probes with OPTIONS and names model and sampler in its way."""
    assert client.options("/v1/images/generations").is_success
    body = {
        "model": "nai-diffusion-4-5-curated", "prompt": "a fish", "negative_prompt": "",
        "width": 128, "height": 128, "steps": 2, "cfg_scale": 5, "seed": -1, "batch_size": 1,
        "sampler_name": "euler_a", "scheduler": "discrete", "clip_skip": -1,
    }  # fmt: skip
    found = client.post("/sdapi/v1/txt2img", json=body)
    assert picture_of(found.json()["images"][0])
    (sent,) = seen.bodies
    assert sent["model"] == "nai-diffusion-4-5-curated"
    assert sent["parameters"]["sampler"] == "k_euler_ancestral"
    assert "no such schedule" in found.json()["info"]


def test_draw_things(client):
    """SillyTavern's Draw Things source asks for ``/`` and draws; a browser gets the page there."""
    node = {"User-Agent": "node-fetch", "Accept": "*/*"}
    assert client.head("/", headers=node).status_code == 200
    found = client.get("/", headers=node).json()
    assert isinstance(found["model"], str)
    assert found["upscaler"] == "NovelAI"
    assert client.get("/", headers={"Accept": "application/json"}).json() == found
    body = {
        "prompt": "a frog", "negative_prompt": "", "sampler_name": "UniPC", "steps": 2,
        "cfg_scale": 7, "width": 128, "height": 128, "restore_faces": False, "enable_hr": False,
        "denoising_strength": 0.7, "clip_skip": 1, "upscaler_scale": 2,
    }  # fmt: skip
    info = json.loads(client.post("/sdapi/v1/txt2img", json=body, headers=node).json()["info"])
    assert (info["sampler_name"], info["ignored"]) == ("DPM++ 2M", ["upscaler_scale"])
    browser = client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.headers["content-type"].startswith("text/html")


def test_probes(client):
    """Launchers find what they look for before they send anything."""
    assert client.get("/internal/ping").json() == {}
    assert "Version" in client.get("/internal/sysinfo").json()
    assert "app_id" in client.get("/app_id").json()
    assert client.get("/internal/pendingTasks").json() == {"size": 0, "tasks": []}
    told = client.post("/internal/progress", json={"id_task": "task(1)", "id_live_preview": -1})
    assert (told.json()["active"], told.json()["completed"]) == (False, True)
    for name in ("loras", "hypernetworks", "prompt-styles", "script-info"):
        assert client.get(f"/sdapi/v1/{name}").json() == []
    for name in ("embeddings", "scripts", "cmd-flags", "memory"):
        assert isinstance(client.get(f"/sdapi/v1/{name}").json(), dict)
