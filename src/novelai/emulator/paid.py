"""Paid work: affordable, alone on its account, charged when it is done."""

from collections.abc import Callable

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.job import Job, Work


def start_paid(
    exchange: Exchange,
    account: EmulatedAccount,
    price: int,
    work: Work,
    *,
    when_charged: Callable[[], None] | None = None,
) -> Job:
    """Start paid work in the background.

    Args:
        exchange: The request it belongs to; its record learns the price and the end.
        account: Who pays.
        price: Anlas; charged when the work has ended well, nothing otherwise.
        work: What is done.
        when_charged: Called together with the charge.

    Raises:
        Refusal: 402 when the account cannot pay, 429 when it is generating already.
    """
    account.afford(price)
    if not exchange.world.lock(account):
        raise Refusal(429, "Concurrent generation is locked")

    def charge(job: Job) -> None:
        work(job)
        exchange.world.charge(account, price)
        if when_charged is not None:
            when_charged()
        exchange.record.anlas_spent = price
        exchange.record.completed = True

    return exchange.world.start(account, charge)
