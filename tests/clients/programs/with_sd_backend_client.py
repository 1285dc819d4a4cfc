"""sd-backend-client: finds out by itself whether a server is ComfyUI or A1111's."""

from acting import KEY, PROMPT, URL, drawn, perform
from PIL import Image
from sd_backend_client import DiffusionParams, connect_to_backend


def backend():
    return connect_to_backend(URL, credentials_provider=lambda: ("user", KEY))


def pictures(result):
    return [drawn(image) for image in result.images]


def draw(**wishes):
    size = {"width": 512, "height": 512} | wishes
    params = DiffusionParams(prompt=PROMPT, steps=20, seed=42, **size)
    return pictures(backend().submit_txt2img(params).wait(timeout=60))


def progress():
    told = []
    handle = backend().submit_txt2img(DiffusionParams(prompt=PROMPT, batch_size=2))
    result = handle.wait(timeout=60, poll_interval=0.05, on_progress=told.append)
    between = [one.progress for one in told if one.progress is not None and one.progress < 1]
    return {"pictures": len(result.images), "seeds": len(result.seeds), "between": len(between)}


def extras():
    source = Image.new("RGB", (512, 512), "teal")
    given = {"prompt": PROMPT, "init_images": [source], "width": 512, "height": 512}
    mask = Image.new("L", source.size, 0)
    mask.paste(255, (128, 128, 384, 384))
    place = backend()
    return {
        "kind": type(place).__name__,
        "again": pictures(place.submit_img2img(DiffusionParams(**given)).wait(60)),
        "inside": pictures(place.submit_inpaint(DiffusionParams(mask=mask, **given)).wait(60)),
        "models": len(place.list_checkpoints()),
        "samplers": len(place.list_samplers()),
    }


def twice():
    place = backend()
    both = [place.submit_txt2img(DiffusionParams(prompt=f"{PROMPT}, {n}")) for n in "ab"]
    return [one for handle in both for one in pictures(handle.wait(60))]


perform(
    "sd-backend-client",
    draw=draw,
    costly=lambda: draw(width=1536, height=1024),
    progress=progress,
    extras=extras,
    twice=twice,
)
