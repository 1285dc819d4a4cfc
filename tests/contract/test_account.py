"""The account: reading it, signing in, making a token."""

from contextlib import asynccontextmanager

import httpx2
import pytest
from tests.contract.asking import ask
from tests.contract.worlds import ThreadWorld, world_of

from novelai import AsyncNovelAI, AuthenticationError, ConfigurationError, ConflictError, NovelAI
from novelai.emulator import Emulator

pytestmark = pytest.mark.anyio


async def test_an_account_is_read(world, emulator):
    """All of the account's documents agree, but for what each tells of the time until then."""
    emulator.account().purchased_anlas = 77
    subscription = await ask(world, lambda client: client.user.get_subscription())
    data = await ask(world, lambda client: client.user.get_data())
    information = await ask(world, lambda client: client.user.get_information())
    priority = await ask(world, lambda client: client.user.get_priority())
    assert await ask(world, lambda client: client.user.get_anlas()) == 10_077
    timeless = {"usage": {"time_until_next_percent"}}
    assert data.subscription.model_dump(exclude=timeless) == subscription.model_dump(
        exclude=timeless
    )
    assert subscription.anlas == 10_077
    assert data.information == information
    assert information.ban_status == "not_banned"
    timeless = {"next_refill_at"}
    assert data.priority.model_dump(exclude=timeless) == priority.model_dump(exclude=timeless)


async def signed_in(world, url, emulator):
    """Sign in as the world's kind of client does."""
    account = ("user@example.com", "correct horse")
    if isinstance(world, ThreadWorld):
        return await ask(world, lambda _: NovelAI.login(*account, base_url=url))
    return await AsyncNovelAI.login(
        *account, base_url=url, transport=httpx2.ASGITransport(app=emulator.app)
    )


async def test_a_session_makes_a_lasting_token(world, emulator, url):
    """Signing in gives a session, which makes a token once, and again only when told to."""
    session = await signed_in(world, url, emulator)
    kind = "threads" if isinstance(world, ThreadWorld) else "inside"
    async with world_of(kind, emulator, url, api_key=session) as mine:
        token = await ask(mine, lambda client: client.user.create_persistent_token())
        assert token.startswith("pst-")
        with pytest.raises(ConflictError):
            await ask(mine, lambda client: client.user.create_persistent_token())
        again = await ask(mine, lambda c: c.user.create_persistent_token(overwrite=True))
        assert again != token
    async with world_of(kind, emulator, url, api_key=again) as mine:
        assert await ask(mine, lambda client: client.user.get_anlas()) == 10_000
    async with world_of(kind, emulator, url, api_key=token) as mine:
        with pytest.raises(AuthenticationError):
            await ask(mine, lambda client: client.user.get_anlas())


async def test_a_lasting_token_makes_no_other(world):
    """What needs a session says so."""
    with pytest.raises(AuthenticationError, match="session token"):
        await ask(world, lambda client: client.user.create_persistent_token())


@asynccontextmanager
async def old_world(kind):
    emulator = Emulator(old_host=True)
    if kind == "inside":
        async with world_of(kind, emulator, "http://emulator") as world:
            yield world, "http://emulator"
        return
    with emulator.serve() as url:
        async with world_of(kind, emulator, url) as world:
            yield world, url


@pytest.mark.parametrize("kind", ["inside", "http", "threads"])
@pytest.mark.parametrize("name", ["get_subscription", "get_information", "get_data", "get_anlas"])
async def test_the_old_host_is_named(kind, name):
    """Where account calls have moved away, the error names the base URL that is wrong."""
    async with old_world(kind) as (world, url):
        with pytest.raises(ConfigurationError, match=f"{url} serves no account calls any more"):
            await ask(world, lambda client: getattr(client.user, name)())


async def test_the_old_host_is_known_by_its_name():
    """The emulator answers as the old host when it is called by that name."""
    emulator = Emulator()
    async with world_of("inside", emulator, "https://api.novelai.net") as world:
        with pytest.raises(ConfigurationError, match=r"https://api\.novelai\.net serves"):
            await ask(world, lambda client: client.user.get_subscription())
