"""Everything below HTTP, put together: open it, and call its services.

async with open_services(...) as services:
    submission = await services.jobs.submit(key, JobRequest(params=...))
    job = await services.jobs.wait(key, submission.job.id, 60)
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from sqlalchemy.engine import URL

from novelai.server.accounts.clients import Connect
from novelai.server.accounts.keeper import AccountKeeper
from novelai.server.accounts.service import AccountService
from novelai.server.collections.service import CollectionService
from novelai.server.drafts.service import DraftService
from novelai.server.events.bus import Bus
from novelai.server.events.listen import listen
from novelai.server.fresh import Fresh
from novelai.server.images.service import ImageService
from novelai.server.images.upkeep import make_up
from novelai.server.jobs.event_feed import EventFeed
from novelai.server.jobs.fitting import FittingService
from novelai.server.jobs.previews import Previews
from novelai.server.jobs.queries import JobQueries
from novelai.server.jobs.queue import QueueService
from novelai.server.jobs.request_params import ParamsService
from novelai.server.jobs.rolls import RollService
from novelai.server.jobs.service import JobService
from novelai.server.keys.authentication import Authentication
from novelai.server.keys.refusals import RefusalService
from novelai.server.keys.service import KeyService
from novelai.server.keys.sessions import SessionService
from novelai.server.keys.wrong_keys import WrongKeys
from novelai.server.library.service import LibraryService
from novelai.server.links.service import LinkService
from novelai.server.series.again import SeriesAgain
from novelai.server.series.orders import SeriesOrders
from novelai.server.series.planning import Planner
from novelai.server.series.service import SeriesService
from novelai.server.series.sheets import SheetService, keep_drawing
from novelai.server.series.throttle import keep_announcing
from novelai.server.stopping import Stopping
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import migrate, only_process
from novelai.server.storage.secrets import Vault
from novelai.server.studio.cost import CostService
from novelai.server.studio.prompts import PromptService
from novelai.server.studio.tags import TagService
from novelai.server.telemetry.metrics import Meter
from novelai.server.uploads.service import NO_QUOTA, UploadQuota, UploadService
from novelai.server.usage.service import UsageService
from novelai.server.vibes.service import VibeService
from novelai.server.webhooks.service import WebhookService
from novelai.server.worker.context import Timing, WorkerContext
from novelai.server.worker.loop import Worker

__all__ = ["Services", "open_services"]

STEP = 0.1

READY_SECONDS = 1.0
"""For which it is believed that the server is ready, or is not: to look writes to the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services that endpoints call.

    Attributes:
        stopping: told when no new work is to be begun; see `Stopping`.
        meter: counts what happens in this process.
        worker_lives: whether the worker of this process, if it has one, still works.
        readiness: what was found wrong a moment ago.
        context: what the worker works with; also the database, the store and the bus.
    """

    jobs: JobService
    fitting: FittingService
    queue: QueueService
    queries: JobQueries
    events: EventFeed
    keys: KeyService
    authentication: Authentication
    refusals: RefusalService
    accounts: AccountService
    keeper: AccountKeeper
    images: ImageService
    collections: CollectionService
    sessions: SessionService
    uploads: UploadService
    vibes: VibeService
    params: ParamsService
    rolls: RollService
    series: SeriesService
    series_orders: SeriesOrders
    series_again: SeriesAgain
    sheets: SheetService
    links: LinkService
    drafts: DraftService
    library: LibraryService
    costs: CostService
    prompts: PromptService
    tags: TagService
    usage: UsageService
    webhooks: WebhookService
    stopping: Stopping
    meter: Meter
    worker_lives: Callable[[], bool]
    context: WorkerContext
    readiness: Fresh[dict[str, str]] = field(default_factory=lambda: Fresh(READY_SECONDS))


@asynccontextmanager
async def open_services(
    *,
    url: str | URL,
    blobs: Blobs,
    vault: Vault,
    connect: Connect,
    clock: Clock | None = None,
    timing: Timing | None = None,
    work: bool = True,
    grace: float = 30.0,
    pixel_limit: int = 32_000_000,
    upload_quota: UploadQuota = NO_QUOTA,
    font: Path | None = None,
    stopping: Stopping | None = None,
    meter: Meter | None = None,
    prepare: Callable[["Services"], Awaitable[None]] | None = None,
) -> AsyncGenerator[Services]:
    """Open the database, bring it up to date, and work until the block ends.

    Args:
        url: ``sqlite:///path`` or ``postgresql://...``.
        blobs: where pictures are.
        vault: opens tokens.
        connect: makes clients of accounts.
        clock: what time it is.
        timing: of the worker.
        work: run a worker in this process.
        grace: seconds at the end in which running calls may come to their end.
        stopping: tells when no new work is to be begun.
        meter: counts what happens.
        pixel_limit: the most pixels a picture may have that is handed in.
        upload_quota: bytes of such pictures at most.
        font: a font file for the labels of sheets.
        prepare: is awaited before any job runs.

    Raises:
        InUseError: another process uses the SQLite database.
        NewerDatabaseError: the database is newer than this program.
    """
    clock, stopping, meter = clock or Clock(), stopping or Stopping(grace), meter or Meter()
    database, bus, worked = Database(url), Bus(), anyio.Event()
    bus.watchers.append(meter.job)
    async with AsyncExitStack() as stack:
        if database.path is not None:
            stack.enter_context(only_process(database.path))
        stack.push_async_callback(database.close)
        await migrate(database, now=time.time())
        accounts = AccountService(database, clock, vault, connect, bus)
        stack.push_async_callback(accounts.close)
        context = WorkerContext(
            database=database,
            blobs=blobs,
            clock=clock,
            bus=bus,
            accounts=accounts,
            previews=Previews(database, blobs, bus),
            timing=timing or Timing(),
            monotonic=clock.monotonic,
        )
        uploads = UploadService(database, blobs, clock, pixel_limit=pixel_limit, quota=upload_quota)
        vibes = VibeService(database, blobs, clock, pixel_limit=pixel_limit)
        jobs = JobService(database, blobs, clock, bus, stopping=stopping)
        authentication = Authentication(database, clock, WrongKeys(clock.monotonic))
        queries, library = JobQueries(database, clock, bus), LibraryService(database, clock, bus)
        prompts = PromptService(database)
        params = ParamsService(database, blobs, uploads, vibes)
        planner = Planner(database, params, library)
        images = ImageService(database, blobs, clock, bus, context.previews.take_last)
        services = Services(
            jobs=jobs,
            fitting=FittingService(database),
            queue=QueueService(database, blobs, clock, bus, jobs),
            queries=queries,
            events=EventFeed(database, clock, bus, queries),
            keys=KeyService(database, clock, bus),
            authentication=authentication,
            refusals=RefusalService(database, clock),
            accounts=accounts,
            keeper=AccountKeeper(accounts),
            images=images,
            collections=CollectionService(database, clock, bus),
            sessions=SessionService(database, clock, bus),
            uploads=uploads,
            vibes=vibes,
            params=params,
            rolls=RollService(database, library),
            series=SeriesService(database, clock, bus),
            series_orders=SeriesOrders(database, blobs, clock, bus, planner=planner),
            series_again=SeriesAgain(database, blobs, clock, bus, params=params),
            sheets=SheetService(database, blobs, clock=clock, bus=bus, images=images, font=font),
            links=LinkService(vault.derive("links"), authentication, database, clock),
            drafts=DraftService(database, clock, bus),
            library=library,
            costs=CostService(database, clock, jobs, accounts),
            prompts=prompts,
            tags=TagService(accounts, prompts),
            usage=UsageService(database),
            webhooks=WebhookService(database, clock, vault),
            stopping=stopping,
            meter=meter,
            worker_lives=lambda: not (work and worked.is_set()),
            context=context,
        )
        if prepare is not None:
            await prepare(services)
        worker = Worker(context, alone=database.is_sqlite, ended=worked)
        async with anyio.create_task_group() as tasks:
            if not database.is_sqlite:
                await tasks.start(listen, database.url, bus)

            async def stop_in_time() -> None:
                await stopping.wait()
                worker.stop()

            if work:
                await services.keeper.start()
                tasks.start_soon(worker.run)
                tasks.start_soon(stop_in_time)
            tasks.start_soon(lambda: services.keeper.run(unasked=work))
            tasks.start_soon(make_up, database)
            tasks.start_soon(keep_announcing, bus, clock.monotonic)
            if work:
                tasks.start_soon(keep_drawing, services.sheets, bus)
            try:
                yield services
            finally:
                stopping.begin()
                with anyio.CancelScope(shield=True):
                    while work and not worked.is_set() and stopping.left:
                        # In steps: somebody in a hurry shortens what is left.
                        with anyio.move_on_after(min(stopping.left, STEP)):
                            await worked.wait()
                tasks.cancel_scope.cancel()
