"""webuiapi, the package for A1111's API."""

import asyncio
import threading
from urllib.parse import urlsplit

import webuiapi
from acting import KEY, PROMPT, URL, drawn, perform


def api():
    place = urlsplit(URL)
    made = webuiapi.WebUIApi(host=place.hostname, port=place.port)
    if KEY:
        made.set_auth("user", KEY)
    return made


def pictures(result):
    return [drawn(image) for image in result.images]


def draw(**wishes):
    return pictures(api().txt2img(prompt=PROMPT, **wishes))


def extras():
    """What its README shows, one after the other."""
    one = api()
    first = one.txt2img(prompt=PROMPT, negative_prompt="ugly", seed=1003, cfg_scale=7)
    again = one.img2img(images=[first.image], prompt=PROMPT, seed=5555, denoising_strength=0.6)
    mask = again.image.convert("L").point(lambda _: 255)
    inside = one.img2img(
        images=[again.image], mask_image=mask, inpainting_fill=1, prompt=PROMPT, seed=104
    )
    larger = one.extra_single_image(
        image=first.image, upscaler_1=webuiapi.Upscaler.ESRGAN_4x, upscaling_resize=2
    )
    return {
        "first": pictures(first),
        "seed": first.info["seed"],
        "again": pictures(again),
        "inside": pictures(inside),
        "larger": pictures(larger),
        "read": "Steps" in one.png_info(first.image).info,
    }


def lists():
    """What it asks for by names of its own."""
    one = api()
    models = one.util_get_model_names()
    one.util_set_model(models[0])
    one.refresh_checkpoints()
    one.util_wait_for_ready()
    return {
        "current": one.util_get_current_model() == models[0],
        "samplers": len(one.util_get_sampler_names()),
        "schedulers": len(one.util_get_scheduler_names()),
        "flags": isinstance(one.get_cmd_flags(), dict),
        "upscalers": len(one.get_upscalers()),
        "scripts": isinstance(one.get_scripts(), dict),
        "memory": isinstance(one.get_memory(), dict),
    }


def progress():
    """How far a picture is while it is being made."""
    seen = []
    drawing = threading.Thread(target=draw)
    drawing.start()
    watching = api()
    while drawing.is_alive():
        state = watching.get_progress()
        seen.append((state["progress"], state["eta_relative"]))
    return {
        "between": any(0 < part < 1 for part, _ in seen),
        "eta": any(left > 0 for _, left in seen),
    }


def odd():
    """Names that NovelAI does not have, as they stand in programs."""
    one = api()
    drawn = {}
    for sampler in ("PLMS", "UniPC", "Heun", "LCM", "Restart", "DPM adaptive", "DDIM"):
        result = one.txt2img(prompt=PROMPT, sampler_name=sampler)
        drawn[sampler] = {"pictures": pictures(result), "info": result.info}
    return drawn


def control():
    """A ControlNet unit with a picture: nothing of NovelAI does that."""
    one = api()
    source = one.txt2img(prompt=PROMPT).image
    unit = webuiapi.ControlNetUnit(image=source, module="canny", model="control_v11p_sd15_canny")
    return pictures(one.txt2img(prompt=PROMPT, controlnet_units=[unit]))


async def twice():
    one = api()
    both = await asyncio.gather(
        *(one.txt2img(prompt=f"{PROMPT}, {name}", use_async=True) for name in "ab")
    )
    return [picture for result in both for picture in pictures(result)]


perform(
    "webuiapi",
    draw=draw,
    costly=lambda: draw(steps=50),
    hires=lambda: draw(
        width=832,
        height=1216,
        enable_hr=True,
        hr_scale=2,
        hr_upscaler=webuiapi.HiResUpscaler.Latent,
        denoising_strength=0.4,
    ),
    several=lambda: draw(n_iter=2, batch_size=2),
    extras=extras,
    lists=lists,
    progress=progress,
    odd=odd,
    control=control,
    twice=twice,
)
