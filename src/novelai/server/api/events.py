"""``/api/state`` and ``/api/events``: what a page begins with, and what happens from then on."""

from typing import Annotated

from fastapi import APIRouter, Header, Query

from novelai._version import __version__
from novelai.server.accounts.schemas import account_view
from novelai.server.http.context import ReaderContext
from novelai.server.http.dependencies import Live, ServerSettings
from novelai.server.http.event_stream import EventStream
from novelai.server.jobs.event_schemas import STREAM
from novelai.server.jobs.schemas import StateView
from novelai.server.keys.schemas import key_view
from novelai.server.model.key import Key
from novelai.server.model.problems import PROBLEMS
from novelai.server.services import Services
from novelai.server.settings import Settings

__all__ = ["router", "state_view"]

router: APIRouter = APIRouter(prefix="/api", tags=["live"], responses=PROBLEMS)


@router.get("/state")
async def state(settings: ServerSettings, context: ReaderContext) -> StateView:
    """Everything a page needs to begin with; `/api/events` goes on behind ``event_id``."""
    return await state_view(context.services, settings, context.key)


async def state_view(services: Services, settings: Settings, caller: Key) -> StateView:
    """Return the answer of ``/api/state`` to a key."""
    found = await services.queries.snapshot(caller)
    epoch, _, number = found.event_id.rpartition("-")
    accounts = [account_view(account, found.now) for account in found.accounts]
    usable = [account for account in accounts if account.enabled]
    return StateView(
        epoch=epoch,
        seq=int(number),
        event_id=found.event_id,
        paused=found.paused,
        demo=settings.demo,
        version=__version__,
        queue=list(found.queue),
        waiting=found.waiting,
        running=list(found.running),
        uncertain=list(found.uncertain),
        recent=list(found.recent),
        series=list(found.series),
        account=usable[0] if usable else None,
        accounts=accounts,
        limits=key_view(caller),
    )


@router.get("/events", response_class=EventStream, responses=STREAM)
async def events(
    live: Live,
    context: ReaderContext,
    after: Annotated[str | None, Query(max_length=60)] = None,
    last_event_id: Annotated[str | None, Header(max_length=60)] = None,
) -> EventStream:
    """Stream what happens as server-sent events, from now on or from behind an id."""
    seen = last_event_id or after
    return EventStream(context.services.events.listen(context.key, after=seen), stopping=live)
