"""The price of several orders together: what one of them encodes serves all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio.to_thread

from novelai.catalogue import base_model
from novelai.server.accounts import repository as accounts
from novelai.server.jobs.pricing import price_at_most
from novelai.server.model.account import Account
from novelai.server.model.artifact import EncodingKey, list_unencoded, sha256_of
from novelai.server.model.budget import Price
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.server.storage.engine import Database
from novelai.server.vibes import repository as vibes

__all__ = ["Together", "make_digest", "price_together"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What several orders cost.

    Attributes:
        prices: of each at most, as if all that it needs had been encoded.
        encodings: what has to be encoded before, each once.
        needs: how many of these each order needs.
        accounts: to run them on.
    """

    prices: Sequence[Price]
    encodings: Sequence[EncodeVibeParams] = field(repr=False)
    needs: Sequence[Sequence[int]]
    accounts: Sequence[Account]

    @property
    def total(self) -> Price:
        """All of the orders; what is encoded before comes on top."""
        known = [price.anlas for price in self.prices]
        return Price(
            anlas=None if None in known else sum(one or 0 for one in known),
            allowance=sum(price.allowance for price in self.prices),
        )


async def price_together(
    database: Database, owner_id: str, orders: Sequence[JobParams]
) -> Together:
    """Price orders that wait for each other's encodings.

    Args:
        database: where accounts and vibes are.
        owner_id: whose.
        orders: what is done; an order that encodes does so for those that need it.

    Raises:
        InvalidParamsError: a picture in one of them cannot be read.
    """
    needed = await anyio.to_thread.run_sync(_find_encodings, orders)
    every = {key: one for found in needed for key, one in found.items()}
    async with database.look() as connection:
        found = await accounts.of_owner(connection, owner_id, enabled=True)
        known = {
            key for key in every if await vibes.find_encoding(connection, owner_id, key) is not None
        }
    made = {
        key
        for order, keys in zip(orders, needed, strict=True)
        if isinstance(order, EncodeVibeParams)
        for key in keys
    }
    missing = [key for key in every if key not in known | made]
    tiers = [account.pricing_tier for account in found]

    def price(order: JobParams, keys: dict[EncodingKey, EncodeVibeParams]) -> Price:
        ready = keys.keys() & known if isinstance(order, EncodeVibeParams) else keys
        return price_at_most(order, tiers, encoded=len(ready))

    def prices() -> list[Price]:
        return [price(order, keys) for order, keys in zip(orders, needed, strict=True)]

    return Together(
        prices=await anyio.to_thread.run_sync(prices),
        encodings=[every[key] for key in missing],
        needs=[[at for at, key in enumerate(missing) if key in keys] for keys in needed],
        accounts=found,
    )


def make_digest(digest: Callable[[bytes], str] = sha256_of) -> Callable[[bytes], str]:
    """Return what names bytes; the same object, in cell after cell, is read once."""
    seen: dict[int, tuple[bytes, str]] = {}

    def name(data: bytes) -> str:
        if id(data) not in seen:
            seen[id(data)] = data, digest(data)
        return seen[id(data)][1]

    return name


def _find_encodings(orders: Sequence[JobParams]) -> list[dict[EncodingKey, EncodeVibeParams]]:
    name = make_digest()
    return [
        {
            EncodingKey(
                source=name(one.image),
                model=base_model(one.model),
                info_extracted=one.info_extracted,
            ): one
            for one in list_unencoded(order)
            if isinstance(one.image, bytes)
        }
        for order in orders
    ]
