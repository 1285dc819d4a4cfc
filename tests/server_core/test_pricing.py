"""What a job costs on one account, and at most on several."""

from io import BytesIO

import pytest
from PIL import Image
from tests.server_core.helpers import OPUS, TABLET, USED_UP, owner

from novelai.server.jobs import pricing
from novelai.server.jobs.pricing import opens_images, price_at_most, price_on
from novelai.server.model.account import Account
from novelai.server.model.artifact import Artifact, encoding_key
from novelai.server.model.budget import Price
from novelai.server.model.job import JobRequest
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.server.model.tier import Tier
from novelai.server.services import Services
from novelai.server.storage.blobs import sha256_of
from novelai.server.upstream.perform import ENCODING
from novelai.server.vibes import repository as vibes
from novelai.types.generation import GenerateImageParams
from novelai.types.i2i import I2iParams
from novelai.types.tools import BackgroundRemovalParams, ColorizeParams, UpscaleParams
from novelai.types.vibe import Vibe, VibeEncoding

NONE, SUBSCRIBED, SPENT = Tier(), Tier(is_opus=True), Tier(is_opus=True, allowance_exhausted=True)
V5, V45, OLD = "nai-diffusion-5-full", "nai-diffusion-4-5-full", "nai-diffusion-2"


def source(edge: int = 64) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (edge, edge), (edge % 256, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def generation(model: str = V45, **fields: object) -> GenerateImageParams:
    return GenerateImageParams(**{"prompt": "x", "model": model, "size": (512, 512)} | fields)


ENCODED = Vibe(
    image=source(), encodings=(VibeEncoding(model=V45, encoding=b"e", info_extracted=0.7),)
)
BARE = Vibe(image=source(65))
FREE = generation(steps=28)
PAID = generation(steps=29)
FREE_V5 = generation(V5, steps=28)
PAID_V5 = generation(V5, steps=29)
UNKNOWN = generation(OLD, steps=28, sampler="k_dpmpp_2m")
COLORIZE = ColorizeParams(image=source(), prompt="x")
REMOVAL = BackgroundRemovalParams(image=source())
UPSCALE = UpscaleParams(image=source())
ENCODE = EncodeVibeParams(image=source())


@pytest.mark.parametrize(
    ("params", "encoded", "opus", "used_up", "none"),
    [
        (FREE, 0, (0, 0), (0, 0), (5, 0)),
        (PAID, 0, (6, 0), (6, 0), (6, 0)),
        (generation(steps=28, n_samples=3), 0, (10, 0), (10, 0), (15, 0)),
        (FREE_V5, 0, (0, 1), (8, 0), (8, 0)),
        (PAID_V5, 0, (9, 0), (9, 0), (9, 0)),
        (generation(V5, steps=28, n_samples=2), 0, (8, 1), (16, 0), (16, 0)),
        (generation(steps=28, vibes=(BARE,)), 0, (2, 0), (2, 0), (7, 0)),
        (generation(steps=28, vibes=(BARE,)), 1, (0, 0), (0, 0), (5, 0)),
        (generation(steps=28, vibes=(BARE, ENCODED)), 0, (2, 0), (2, 0), (7, 0)),
        (generation(steps=28, vibes=(BARE, ENCODED)), 1, (0, 0), (0, 0), (5, 0)),
        (UNKNOWN, 0, (None, 0), (None, 0), (None, 0)),
        (COLORIZE, 0, (0, 0), (0, 0), (20, 0)),
        (REMOVAL, 0, (65, 0), (65, 0), (65, 0)),
        (UPSCALE, 0, (1, 0), (1, 0), (1, 0)),
        (ENCODE, 0, (2, 0), (2, 0), (2, 0)),
        (ENCODE, 1, (0, 0), (0, 0), (0, 0)),
    ],
)
def test_prices(
    params: JobParams,
    encoded: int,
    opus: tuple[int | None, int],
    used_up: tuple[int | None, int],
    none: tuple[int | None, int],
) -> None:
    """Anlas and free V5 pictures of each kind of job, on each kind of account."""
    for tier, (anlas, allowance) in ((SUBSCRIBED, opus), (SPENT, used_up), (NONE, none)):
        price = price_on(params, tier, encoded=encoded)
        assert price == Price(anlas=anlas, allowance=allowance)


@pytest.mark.parametrize(
    ("params", "tiers", "most"),
    [
        (FREE, [], (5, 0)),
        (FREE, [SUBSCRIBED], (0, 0)),
        (FREE, [SUBSCRIBED, NONE], (5, 0)),
        (FREE, [NONE, SUBSCRIBED], (5, 0)),
        (FREE_V5, [], (8, 0)),
        (FREE_V5, [SUBSCRIBED, SPENT], (8, 1)),
        (FREE_V5, [SPENT, SUBSCRIBED, NONE], (8, 1)),
        (FREE_V5, [SPENT, NONE], (8, 0)),
        (UNKNOWN, [SUBSCRIBED, NONE], (None, 0)),
    ],
)
def test_the_dearest_account_counts(
    params: JobParams, tiers: list[Tier], most: tuple[int | None, int]
) -> None:
    """The price at most is that of the dearest account, and the most of the V5 allowance."""
    assert price_at_most(params, tiers) == Price(anlas=most[0], allowance=most[1])


def test_nothing_counts_as_encoded_by_itself() -> None:
    """Without a word on it every vibe is still to be paid for, one by one and at most."""
    drawn = generation(V45, vibes=(Vibe(image=source()),))
    paid = price_on(drawn, SUBSCRIBED, encoded=0).anlas
    assert paid
    assert price_on(drawn, SUBSCRIBED).anlas == price_at_most(drawn, [SUBSCRIBED]).anlas == paid
    assert pricing.estimate_on(drawn, SUBSCRIBED).vibe_encoding_anlas == paid
    assert price_on(ENCODE, SUBSCRIBED) == price_at_most(ENCODE, [SUBSCRIBED])
    assert price_on(ENCODE, SUBSCRIBED).anlas


def test_what_was_encoded_counts_everywhere() -> None:
    """A vibe that was paid for before costs nothing on any account."""
    assert price_at_most(ENCODE, [NONE, SUBSCRIBED], encoded=1) == Price(anlas=0)


def test_the_account_that_draws() -> None:
    """Only Opus with something left gives free V5 pictures; what is not known gives nothing."""
    assert [tier.draws_allowance for tier in (NONE, SUBSCRIBED, SPENT)] == [False, True, False]
    fields = dict.fromkeys(Account.__slots__)
    tiers = [
        Account(**fields | {"tier": tier, "usage_negative": negative}).pricing_tier
        for tier in (None, 0, 1, 2, 3)
        for negative in (False, True)
    ]
    assert tiers[:8] == [NONE, Tier(allowance_exhausted=True)] * 4
    assert tiers[8:] == [SUBSCRIBED, SPENT]


def test_which_prices_need_a_picture() -> None:
    """Tools, upscales, and what takes its size from a source are priced beside the loop."""
    follows = GenerateImageParams(prompt="x", model=V45, i2i=I2iParams(image=source()))
    opens = [opens_images(one) for one in (COLORIZE, REMOVAL, UPSCALE, ENCODE, FREE, follows)]
    assert opens == [True, True, True, False, False, True]


def test_how_a_price_comes_about() -> None:
    """Vibes that carry an encoding, and those that the owner has, are not paid for again."""
    vibes = generation(steps=28, vibes=(BARE, ENCODED))
    anlas = [
        pricing.estimate_on(vibes, SUBSCRIBED, encoded=encoded).vibe_encoding_anlas
        for encoded in (0, 1)
    ]
    assert anlas == [2, 0]


@pytest.mark.anyio
async def test_the_accounts_that_may_run_it(still: Services) -> None:
    """Only an owner's own accounts that are enabled count for a price."""
    key = await owner(still, "a", OPUS, USED_UP, TABLET)
    await owner(still, "b", TABLET)
    assert await still.jobs.quote(key, FREE) == Price(anlas=5)
    await still.accounts.enable(key.owner_id, "a 2", enabled=False)
    quote = await still.jobs.quote_with_reasons(key, FREE_V5)
    assert (quote.price, quote.accounts) == (Price(anlas=8, allowance=1), 2)
    await still.accounts.enable(key.owner_id, "a 1", enabled=False)
    assert (await still.jobs.quote_with_reasons(key, FREE_V5)).price == Price(anlas=0, allowance=1)
    await still.accounts.enable(key.owner_id, "a 0", enabled=False)
    quote = await still.jobs.quote_with_reasons(key, FREE_V5)
    assert (quote.price, quote.accounts) == (Price(anlas=8), 0)


@pytest.mark.anyio
async def test_whose_vibes_are_known(still: Services) -> None:
    """A vibe is free for the owner who paid for it, and for that model and extraction alone."""
    key, other = await owner(still, "a", OPUS), await owner(still, "b", OPUS)
    job = (await still.jobs.submit(key, JobRequest(params=ENCODE))).job
    wanted = await encoding_key(source(), V45, 0.7)
    made = Artifact(
        position=0, sha256=sha256_of(b"e"), media_type=ENCODING, size=1, width=0, height=0,
        seed=None, vibe=wanted,
    )  # fmt: skip
    async with still.context.database.write() as connection:
        await vibes.keep(connection, job, made, 1.0)

    async def quoted(who: Key, params: JobParams) -> tuple[int | None, int]:
        quote = await still.jobs.quote_with_reasons(who, params)
        return quote.price.anlas, quote.encoded

    again = Vibe(image=source())
    assert await quoted(key, ENCODE) == (0, 1)
    assert await quoted(other, ENCODE) == (2, 0)
    assert await quoted(key, ENCODE.model_copy(update={"info_extracted": 0.6})) == (2, 0)
    assert await quoted(key, generation(steps=28, vibes=(again,))) == (0, 1)
    assert await quoted(key, generation(steps=28, vibes=(again, BARE))) == (2, 1)
    assert await quoted(key, generation(steps=28, vibes=(ENCODED,))) == (0, 0)
