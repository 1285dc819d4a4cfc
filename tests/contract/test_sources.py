"""What goes in as a picture: image to image, inpainting, vibes, precise references."""

from io import BytesIO

import anyio
import pytest
from PIL import Image, ImageChops, ImageStat
from tests.contract.worlds import SMALL, opened, painted, sent_to

from novelai._images import fit_base, png_bytes
from novelai.catalogue import image_models
from novelai.emulator import EMULATOR_PUBLIC_KEY
from novelai.metadata import extract_metadata, verify_signature
from novelai.types import CharacterReference, I2iParams, InpaintParams, Vibe

pytestmark = pytest.mark.anyio

CURRENT = [spec.id for spec in image_models().values() if spec.generation != "legacy"]
WISH = {"prompt": "1girl, garden", "size": SMALL, "steps": 8, "seed": 4}
VIBE_MODELS = [spec.id for spec in image_models().values() if spec.vibes == "encoded"]


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize("model", CURRENT)
async def test_strength_moves_away_from_the_source(world, model):
    """The lower the strength, the more of the source is left."""
    source = painted("teal")
    gone = []
    for strength in (0.1, 0.5, 0.9):
        i2i = I2iParams(image=source, strength=strength)
        (picture,) = await world.generate(**WISH, model=model, i2i=i2i)
        gone.append(distance(opened(picture), source))
    assert gone == sorted(gone)
    assert gone[0] < gone[2] / 2


@pytest.mark.parametrize("shape", [(300, 200), (64, 64), (1000, 1500)])
async def test_a_source_of_any_size_fits(world, emulator, shape):
    """The source is brought to the size asked for before it is sent."""
    i2i = I2iParams(image=painted("teal", shape), strength=0.3)
    (picture,) = await world.generate(**WISH, i2i=i2i)
    assert picture.size == SMALL
    assert sent_to(emulator)[0].parts.keys() >= {"image"}


@pytest.mark.parametrize("upload", ["multipart", "json"])
async def test_sources_travel_either_way(emulator, url, upload):
    """As a form or as base64, the same source gives the same picture."""
    from tests.contract.worlds import world_of

    async with world_of("http", emulator, url, upload=upload) as world:
        i2i = I2iParams(image=painted("teal"), strength=0.5)
        (picture,) = await world.generate(**WISH, i2i=i2i)
    (request,) = sent_to(emulator)
    form = request.headers["content-type"].startswith("multipart/form-data")
    assert form == (upload == "multipart")
    assert distance(opened(picture), painted("teal")) < 80


@pytest.mark.parametrize("model", CURRENT)
async def test_only_the_mask_is_repainted(world, emulator, model):
    """Inpainting asks the model's inpainting id; beyond the mask's soft edge the picture stays."""
    size = (256, 192)
    source, mask = painted("teal", size), Image.new("L", size)
    mask.paste(255, (100, 90, 101, 91))
    wish = {**WISH, "size": size, "model": model}
    (picture,) = await world.generate(**wish, inpaint=InpaintParams(image=source, mask=mask))
    changed = ImageChops.difference(opened(picture), source).getbbox()
    assert changed is not None
    assert all(abs(edge - at) <= 80 for edge, at in zip(changed, (100, 90) * 2, strict=True))
    assert picture.metadata.prompt.startswith("1girl, garden")
    assert sent_to(emulator)[0].body["model"] == image_models()[model].inpainting


@pytest.mark.parametrize("image_format", ["png", "webp"])
async def test_what_novelai_sent_is_kept(world, image_format):
    """Beside the composed picture is what came, signed, and different everywhere."""
    mask = Image.new("L", SMALL)
    mask.paste(255, (0, 0, 8, 8))
    source = {"image": painted("teal"), "mask": mask}
    wish = {**WISH, "image_format": image_format}
    composed, plain = [
        (await world.generate(**wish, inpaint=InpaintParams(**source, compose=compose)))[0]
        for compose in (True, False)
    ]
    assert composed.received == plain.data == plain.received
    assert verify_signature(composed.received, public_key=EMULATOR_PUBLIC_KEY)
    assert not verify_signature(composed, public_key=EMULATOR_PUBLIC_KEY)
    assert extract_metadata(composed).png_info == extract_metadata(plain).png_info
    assert extract_metadata(composed).alpha_info == extract_metadata(plain).alpha_info
    corner = (SMALL[0] - 1, SMALL[1] - 1)
    assert opened(composed).getpixel(corner) == (0, 128, 128)
    assert opened(plain).getpixel(corner) != (0, 128, 128)


@pytest.mark.parametrize("framing", ["msgpack", "sse"])
async def test_watched_or_not_a_result_is_composed_alike(world, framing):
    """The last event of a stream has the picture that a plain call gives."""
    mask = Image.new("L", SMALL)
    mask.paste(255, (40, 48, 104, 144))
    wish = {**WISH, "inpaint": InpaintParams(image=painted("teal"), mask=mask)}
    (plain,) = await world.generate(**wish)
    *_, last = await world.watch(**wish, framing=framing)
    assert (last.data, last.picture.received) == (plain.data, plain.received)
    assert last.data != last.picture.received


async def test_hidden_settings_are_not_sent(world, emulator):
    """A picture to start from is sent opaque, without what NovelAI hid in its alpha channel."""
    (drawn,) = await world.generate(**WISH)
    assert drawn.getchannel("A").getextrema() == (254, 255)
    start = I2iParams(image=drawn)
    await world.generate(**WISH, model="nai-diffusion-5-full", i2i=start)
    sent = fit_base(drawn, SMALL, keep_alpha=True)
    assert sent.getchannel("A").getextrema() == (255, 255)
    assert sent_to(emulator)[-1].parts["image"] == len(png_bytes(sent))


@pytest.mark.parametrize("model", VIBE_MODELS)
async def test_a_vibe_is_paid_for_once(world, emulator, model):
    """A picture is encoded for 2 Anlas, then reused for the same model and extraction."""
    vibe = Vibe(image=painted("crimson"), strength=0.8)
    for prompt in ("city", "forest"):
        await world.generate(prompt=prompt, size=SMALL, steps=4, model=model, vibes=[vibe])
    assert len(sent_to(emulator, "/ai/encode-vibe")) == 1
    assert await world.anlas() == 10_000 - 2
    again = vibe.model_copy(update={"info_extracted": 0.3})
    await world.generate(**WISH, model=model, vibes=[again])
    assert len(sent_to(emulator, "/ai/encode-vibe")) == 2


async def test_two_callers_pay_for_a_vibe_once(world, emulator):
    """Callers who need the same encoding at the same time share it."""
    vibe = Vibe(image=painted("crimson"))
    async with anyio.create_task_group() as tasks:
        for prompt in ("city", "forest"):
            fields = {"prompt": prompt, "size": SMALL, "steps": 4, "vibes": [vibe]}
            tasks.start_soon(lambda fields=fields: world.generate(**fields))
    assert len(sent_to(emulator, "/ai/encode-vibe")) == 1
    assert len(sent_to(emulator)) == 2


async def test_an_encoding_can_be_kept(world, emulator):
    """The bytes of an encoding give the same picture as the picture they were made of."""
    source = painted("crimson")
    encoding = await world.encode_vibe(source)
    kept, encoded = [
        await world.generate(**WISH, vibes=[vibe])
        for vibe in (Vibe(encoding=encoding), Vibe(image=source))
    ]
    assert opened(kept[0]) == opened(encoded[0])
    assert len(sent_to(emulator, "/ai/encode-vibe")) == 1


async def test_v3_takes_the_picture_itself(world, emulator):
    """V3 has no encodings: the vibe's picture is sent, and nothing is paid for it."""
    vibe = Vibe(image=painted("crimson"), strength=0.8)
    await world.generate(**WISH, model="nai-diffusion-3", vibes=[vibe])
    assert sent_to(emulator, "/ai/encode-vibe") == []
    assert await world.anlas() == 10_000


async def test_a_vibe_colours_the_picture(world):
    """A vibe changes what is drawn."""
    vibe = Vibe(image=painted("crimson"), strength=1)
    (plain,), (tinted,) = [await world.generate(**WISH, vibes=vibes) for vibes in (None, [vibe])]
    assert opened(plain) != opened(tinted)


@pytest.mark.parametrize("shape", [(832, 1216), (1216, 832), (100, 100)])
async def test_a_reference_of_any_shape_fits(world, emulator, shape):
    """A precise reference is put on a canvas the service takes, and costs 5 Anlas on Opus too."""
    reference = CharacterReference(
        image=painted("gold", shape), type="character", fidelity=0.75, strength=0.5
    )
    (picture,) = await world.generate(**WISH, character_references=[reference])
    (request,) = sent_to(emulator)
    sent = request.body["parameters"]
    assert sent["director_reference_strength_values"] == [0.5]
    assert sent["director_reference_secondary_strength_values"] == [0.25]
    assert picture.metadata is not None
    assert await world.anlas() == 10_000 - 5


async def test_an_open_file_and_a_path_are_the_same(world, tmp_path):
    """A picture can be handed in as path, bytes, open file or Pillow image."""
    path = tmp_path / "source.png"
    painted("teal").save(path)
    forms = [path, str(path), path.read_bytes(), BytesIO(path.read_bytes()), Image.open(path)]
    drawn = [
        opened((await world.generate(**WISH, i2i=I2iParams(image=form, strength=0.5)))[0])
        for form in forms
    ]
    assert all(one == drawn[0] for one in drawn)
