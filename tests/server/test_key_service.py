"""Keys, sessions and links as they are stored and found, to the second and to the letter."""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from tests.server.still_services import still
from tests.server_core.helpers import HandClock

from novelai.server.keys.service import LOCAL, KeyService, LastAdminError
from novelai.server.keys.sessions import SessionService
from novelai.server.model.image import Image
from novelai.server.model.key import Limits
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.server.storage.tables import keys, owners, sessions

pytestmark = pytest.mark.anyio

DAY = 86_400
PICTURE = Image(
    seq=1, id="img_1", owner_id=LOCAL, key_id="key_1", job_id="job_1", position=0, sha256="0" * 64,
    received=None,
    media_type="image/png", bytes=1, width=64, height=64, kind="generate", model=None, prompt="",
    negative_prompt="",
    seed=None, derived_from=None, stack=None, door=None, settings={}, sources=(), roll=None,
    favourite=False, created_at=1.0, deleted_at=None, series_id=None, cell=None, take=None,
)  # fmt: skip
ADMIN = Limits(scopes=("generate", "read", "admin"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def drawing(*texts: str) -> Callable[[int], str]:
    """Give one text after another for 32 random bytes."""
    left = list(texts)

    def draw(size: int) -> str:
        assert size == 32
        return left.pop(0)

    return draw


class World(NamedTuple):
    services: Services
    clock: HandClock
    keys: KeyService

    async def rows(self, table: Any) -> list[dict[str, Any]]:
        async with self.services.context.database.read() as connection:
            return [dict(row) for row in (await connection.execute(select(table))).mappings()]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    async with still(tmp_path) as (services, clock):
        draw = drawing("0123456789abcdef", "second", "third", "fourth", "fifth")
        yield World(
            services,
            clock,
            KeyService(services.context.database, clock, services.context.bus, draw),
        )


async def test_the_person_at_this_machine(world: World) -> None:
    """It is made once: without a secret, with every scope and no limits, as owner and as key."""
    first = await world.keys.local()
    world.clock.time += 5
    assert await world.keys.local() == first
    (owner,) = await world.rows(owners)
    assert owner == {
        "id": "local",
        "name": "This machine",
        "vtime": 0.0,
        "paused": False,
        "created_at": 1_000_000.0,
    }
    (row,) = await world.rows(keys)
    assert (row["id"], row["owner_id"], row["name"], row["prefix"]) == (
        "local",
        "local",
        "This machine",
        "",
    )
    assert row["secret_hash"] is None
    assert first.limits == Limits(
        scopes=["generate", "read", "admin"],  # pyright: ignore[reportArgumentType]
        free_only=False,
        max_queued=1_000_000,
        max_series=1_000_000,
        rate_minute=1_000_000,
    )
    assert await world.keys.everybody() == []
    assert not await world.services.authentication.possible()


async def test_the_person_at_a_machine_that_has_an_owner(world: World) -> None:
    """An owner of that name, made by somebody else at the same moment, is taken as it is."""
    await world.keys.local()
    async with world.services.context.database.write() as connection:
        await connection.execute(keys.delete())
    world.clock.time += 7
    assert (await world.keys.local()).created_at == 1_000_007.0
    assert [owner["created_at"] for owner in await world.rows(owners)] == [1_000_000.0]


async def test_what_is_stored_of_a_key(world: World) -> None:
    """Its first letters and its hash; the secret is in no column, and shown this once."""
    await world.keys.local()
    world.clock.time += 1
    limits = Limits(models=("nai-diffusion-4-5-full",), budget_day=7, expires_at=2_000_000.0)
    key, secret = await world.keys.create(LOCAL, "Ann", limits)
    assert secret == "nvs_0123456789abcdef"
    assert (key.prefix, key.name, key.owner_id) == ("nvs_01234567", "Ann", "local")
    row = next(row for row in await world.rows(keys) if row["id"] == key.id)
    assert row.pop("id").startswith("key")
    assert row == {
        "owner_id": "local",
        "name": "Ann",
        "prefix": "nvs_01234567",
        # printf nvs_0123456789abcdef | openssl dgst -sha256
        "secret_hash": "d962284bb98ad9b3090bb67c9e4419246df4081599a18f20faf5822f49cb1337",
        "scopes": ["generate", "read"],
        "models": ["nai-diffusion-4-5-full"],
        "free_only": True,
        "fit_free": False,
        "budget_job": None,
        "budget_day": 7,
        "budget_week": None,
        "budget_month": None,
        "allowance_month": None,
        "max_queued": 100,
        "max_series": 200,
        "rate_minute": 120,
        "weight": 1.0,
        "vtime": 0.0,
        "created_at": 1_000_001.0,
        "expires_at": 2_000_000.0,
        "revoked_at": None,
        "last_used_at": None,
        "options": {},
        "webhook_secret": None,
    }
    assert [(one.id, name) for one, name in await world.keys.everybody()] == [
        (key.id, "This machine")
    ]
    world.clock.time += 1
    plain, _ = await world.keys.create(LOCAL, "Bob")
    assert plain.limits.models is None
    assert plain.limits.free_only
    assert [one.id for one in await world.keys.list(LOCAL)] == [LOCAL, key.id, plain.id]
    assert await world.keys.list("somebody") == []


async def test_owners_by_name(world: World) -> None:
    """The same name is the same owner, the oldest where there are several; another is a new one."""
    first = await world.keys.create_owner("Team")
    world.clock.time += 1
    second = await world.keys.create_owner("Team")
    assert first != second
    assert await world.keys.owner_named("Team") == first
    other = await world.keys.owner_named("team")
    assert other not in (first, second)
    assert await world.keys.owner_named("team") == other
    rows = {row["id"]: (row["name"], row["created_at"]) for row in await world.rows(owners)}
    assert rows == {
        first: ("Team", 1_000_000.0),
        second: ("Team", 1_000_001.0),
        other: ("team", 1_000_001.0),
    }


async def test_until_when_a_key_opens(world: World) -> None:
    """Up to the second of its end, and until it is revoked; a session and an id no longer."""
    await world.keys.local()
    key, secret = await world.keys.create(LOCAL, "Ann", Limits(expires_at=1_000_100.0))
    token = await world.services.sessions.begin(key)
    authentication = world.services.authentication
    assert await authentication.possible()
    world.clock.time = 1_000_099.9
    assert await authentication.key_of(secret) is not None
    assert await authentication.valid(key.id) is not None
    assert await world.services.sessions.key(token) is not None
    world.clock.time = 1_000_100.0
    for found in (
        await authentication.key_of(secret),
        await authentication.key_of(secret, paths=True),
        await authentication.valid(key.id),
        await world.services.sessions.key(token),
    ):
        assert found is None
    assert not await authentication.possible()
    other, shown = await world.keys.create(LOCAL, "Bob")
    revoked = await world.keys.revoke(LOCAL, other.id)
    assert revoked is not None
    assert revoked.revoked_at == 1_000_100.0
    assert await authentication.key_of(shown) is None
    assert not await authentication.possible()


async def test_when_a_key_was_used(world: World) -> None:
    """It is written down at the first use, and again after more than a minute."""
    await world.keys.local()
    key, secret = await world.keys.create(LOCAL, "Ann")
    seen: list[float | None] = []
    for at in (0, 60, 60.5, 120.5, 121):
        world.clock.time = 1_000_000.0 + at
        await world.services.authentication.key_of(secret)
        row = next(row for row in await world.rows(keys) if row["id"] == key.id)
        seen.append(row["last_used_at"] - 1_000_000.0)
    assert seen == [0, 0, 60.5, 60.5, 121]


async def test_only_an_owner_changes_a_key(world: World) -> None:
    """Somebody else's key is none: nothing is changed, revoked or opened."""
    await world.keys.local()
    stranger = await world.keys.create_owner("Stranger")
    key, secret = await world.keys.create(LOCAL, "Ann")
    for owner, which in ((stranger, key.id), (LOCAL, "key_none")):
        assert await world.keys.limit(owner, which, ADMIN) is None
        assert await world.keys.change(owner, which, lambda limits: limits) is None
        assert await world.keys.revoke(owner, which) is None
        assert await world.keys.open_path(owner, which) is None
        assert not await world.keys.close_path(owner, which)
    assert await world.keys.choose("key_none", {"model": "x"}) is None
    found = await world.services.authentication.key_of(secret)
    assert found is not None
    assert (found.limits.scopes, found.options) == (["generate", "read"], {})


async def test_what_a_key_chose(world: World) -> None:
    """Choices are kept beside each other; nothing takes one back."""
    await world.keys.local()
    key, _ = await world.keys.create(LOCAL, "Ann")
    await world.keys.choose(key.id, {"model": "a", "size": [1, 2]})
    await world.keys.choose(key.id, {"steps": 0})
    changed = await world.keys.choose(key.id, {"model": None})
    assert changed is not None
    assert changed.options == {"size": [1, 2], "steps": 0}


async def test_the_last_administrator(world: World) -> None:
    """It is neither revoked nor narrowed while no other key, that counts, manages."""
    await world.keys.local()
    first, secret = await world.keys.create(LOCAL, "first", ADMIN)
    plain, _ = await world.keys.create(LOCAL, "plain")
    stranger = await world.keys.create_owner("Stranger")
    await world.keys.create(stranger, "elsewhere", ADMIN)

    def narrowed(limits: Limits) -> Limits:
        return Limits(scopes=("read",))

    for keep in ([LOCAL],):
        with pytest.raises(LastAdminError):
            await world.keys.revoke(LOCAL, first.id, keep_admin=keep)
        with pytest.raises(LastAdminError):
            await world.keys.change(LOCAL, first.id, narrowed, keep_admin=keep)
    found = await world.services.authentication.key_of(secret)
    assert found is not None
    assert "admin" in found.limits.scopes
    # A key that manages nothing may go, and the last one where nobody asks.
    assert await world.keys.revoke(LOCAL, plain.id, keep_admin=[LOCAL]) is not None
    # The person at the machine manages, where its key can be used.
    assert await world.keys.change(LOCAL, first.id, narrowed, keep_admin=[]) is not None
    await world.keys.limit(LOCAL, first.id, ADMIN)
    second, _ = await world.keys.create(LOCAL, "second", ADMIN)
    assert await world.keys.revoke(LOCAL, first.id, keep_admin=[LOCAL]) is not None
    assert await world.keys.revoke(LOCAL, second.id) is not None


async def test_a_secret_for_paths(world: World) -> None:
    """It names its key, is stored as a hash, gives way to the next, and is never an admin's."""
    await world.keys.local()
    key, secret = await world.keys.create(LOCAL, "Ann", ADMIN)
    path = await world.keys.open_path(LOCAL, key.id)
    assert path == f"nvp_{key.id}.second"
    (stored,) = [row["options"] for row in await world.rows(keys) if row["id"] == key.id]
    assert list(stored) == ["path_secret"]
    assert len(stored["path_secret"]) == 64
    assert "second" not in str(stored)
    authentication = world.services.authentication
    found = await authentication.key_of(path, paths=True)
    assert found is not None
    assert (found.id, found.limits.scopes) == (key.id, ("generate", "read"))
    assert await authentication.key_of(path) is None, "as a key it is none"
    for wrong in (
        f"nvp_{key.id}.wrong", f"nvp_{key.id}.", f"nvp_{key.id}", "nvp_", "nvp_.second",
        f"nvp_{LOCAL}.second", f"nvp_{LOCAL}", "nvp_key_none.second", f"{path}x", path[:-1],
        stored["path_secret"], f"nvp_{key.id}.{stored['path_secret']}",
    ):  # fmt: skip
        assert await authentication.key_of(wrong, paths=True) is None, wrong
    whole = await authentication.key_of(secret, paths=True)
    assert whole is not None
    assert "admin" in whole.limits.scopes
    again = await world.keys.open_path(LOCAL, key.id)
    assert again == f"nvp_{key.id}.third"
    assert await authentication.key_of(path, paths=True) is None
    assert await authentication.key_of(again, paths=True) is not None
    assert await world.keys.close_path(LOCAL, key.id)
    assert await authentication.key_of(again, paths=True) is None


async def test_what_is_stored_of_a_session(world: World) -> None:
    """The hash of its cookie and its end after 30 days; one that has ended opens nothing."""
    key = await world.keys.local()
    service = SessionService(
        world.services.context.database,
        world.clock,
        world.services.context.bus,
        drawing("nvs_0123456789abcdef", "other"),
    )
    assert await service.begin(key) == "nvs_0123456789abcdef"
    other = await service.begin(key)
    stored = {row["token_hash"]: row for row in await world.rows(sessions)}
    digest = "d962284bb98ad9b3090bb67c9e4419246df4081599a18f20faf5822f49cb1337"
    assert stored[digest] == {
        "token_hash": digest,
        "key_id": LOCAL,
        "created_at": 1_000_000.0,
        "expires_at": 1_000_000.0 + 30 * DAY,
    }
    assert await service.key(digest) is None, "what a thief of the database reads opens nothing"
    assert await service.key("") is None
    assert await service.key("nvs_0123456789abcdef") == key
    world.clock.time += 30 * DAY - 1
    assert await service.key("nvs_0123456789abcdef") == key
    await service.end("nvs_0123456789abcdef")
    assert await service.key("nvs_0123456789abcdef") is None
    assert await service.key(other) == key
    world.clock.time += 1
    assert await service.key(other) is None


async def test_links_to_the_letter(world: World) -> None:
    """Signed with the secret of the vault for links, until then: computed with openssl."""
    await world.keys.local()
    key, _ = await world.keys.create(LOCAL, "Ann")
    async with world.services.context.database.write() as connection:
        await connection.execute(keys.update().where(keys.c.id == key.id).values(id="key_1"))
    found = await world.services.authentication.valid("key_1")
    assert found is not None
    link = await world.services.links.to_image(found, PICTURE, DAY)
    assert link.expires_at == 1_086_400
    permission = "1086400.key_1.3iiEkuniD9SvmC84HhxdkHBMYr3qPUk49IY57rvdDUU"
    shared_before = "1086400.key_1.94E4vsD0PY22I5l7-1wL2SM8VnzkHH2qYk9XyiC6Mec"
    assert link.path == f"/links/images/img_1.png?link={permission}"
    drawn = await world.services.links.to_generate(found, {"prompt": "a & b", "seed": "1"}, 60)
    assert drawn.path.startswith("/generate?prompt=a+%26+b&seed=1&link=1000060.key_1.")
    # printf 1800000000.key_1.signature | openssl dgst -sha256
    assert world.services.links.name_of("1800000000.key_1.signature") == (
        "link:95f6f436ba40336896a83bbdc9bd8218b9dfd97d"
    )

    async def refusal(items: list[tuple[str, str]], shown: str, purpose: Any = "image") -> str:
        with pytest.raises(ProblemError) as told:
            await world.services.links.key_of(purpose, items, shown)
        assert (told.value.status, told.value.code, told.value.charged) == (403, "link", "no")
        return told.value.detail

    changed = (
        "This link was changed, or is of another server. Ask for a new one. Nothing was charged."
    )
    expired = "This link has expired. Ask for a new one. Nothing was charged."
    ended = (
        "The key behind this link was revoked or has expired. Ask for a new one. "
        "Nothing was charged."
    )
    for permission in (link.path.partition("link=")[2], shared_before):
        world.clock.time = 1_000_000.0
        good = [("id", "img_1"), ("link", permission)]
        assert (await world.services.links.key_of("image", good, permission)).id == "key_1"
        assert await refusal(good, permission, "generate") == changed
        assert await refusal([("id", "img_2")], permission) == changed
        assert await refusal([("id", "img_1"), ("x", "1")], permission) == changed
        assert await refusal(good, f"{permission}x") == changed
        world.clock.time = 1_086_399.9
        assert (await world.services.links.key_of("image", good, permission)).id == "key_1"
        world.clock.time = 1_086_400.0
        assert await refusal(good, permission) == expired
        world.clock.time = 1_000_000.0
    await world.keys.revoke(LOCAL, "key_1")
    for permission in (link.path.partition("link=")[2], shared_before):
        assert await refusal([("id", "img_1")], permission) == ended
