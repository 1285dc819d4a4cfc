"""A worker as a process of its own."""

import logging
import signal

import anyio

from novelai.server.lifespan import open_from_settings
from novelai.server.memory import keep_large_buffers
from novelai.server.open_files import keep_private, raise_file_limit
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError
from novelai.server.stopping import Stopping
from novelai.server.telemetry.logs import set_up_logs

__all__ = ["work"]

log = logging.getLogger(__name__)


def work(settings: Settings) -> None:
    """Run jobs until interrupted.

    The first signal takes no new job and lets running ones end, for `Settings.grace` seconds; a
    second one does not wait: what was sent is looked into by whoever starts next.

    Raises:
        StartupError: the settings cannot work.
    """
    keep_private()
    raise_file_limit()
    keep_large_buffers()
    set_up_logs(settings.log_level, settings.log_format)
    anyio.run(_work, settings)


async def _work(settings: Settings) -> None:
    stopping = Stopping(settings.grace)
    problem: StartupError | None = None
    async with anyio.create_task_group() as tasks:
        await tasks.start(_hear, stopping)
        try:
            async with open_from_settings(settings, work=True, stopping=stopping):
                log.info("The worker waits for jobs.")
                await stopping.wait()
                log.info("Stopping: running jobs come to their end.")
        except StartupError as error:
            problem = error  # kept from the group around it
        tasks.cancel_scope.cancel()
    if problem is not None:
        raise problem
    log.info("Stopped.")


async def _hear(
    stopping: Stopping, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            stopping.begin(grace=0.0 if stopping.begun else None)
