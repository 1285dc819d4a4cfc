"""Text in the making: pieces that come one by one, under the account's one lock, for free."""

from collections.abc import AsyncIterator, Callable

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.exchange import Exchange
from novelai.emulator.job import Job
from novelai.emulator.paid import start_paid


def start_writing(exchange: Exchange, account: EmulatedAccount, count: int) -> Job:
    """Start writing `count` pieces; the job emits the number of each, then `count`.

    Raises:
        Refusal: 429 when the account is generating already.
    """

    def work(job: Job) -> None:
        for index in range(count):
            job.pause(exchange.world.step_seconds)
            job.emit(index)
        job.emit(count)

    return start_paid(exchange, account, 0, work)


async def write_frames(job: Job, count: int, frame: Callable[[int], bytes]) -> AsyncIterator[bytes]:
    """Yield the frame of each piece when its time has come."""
    async for index in job.items():
        if index < count:
            yield frame(index)
