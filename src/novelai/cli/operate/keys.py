"""``novelai keys``."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from novelai.cli.clients.choosing import program_named
from novelai.cli.operate.limits import (
    AllowanceMonth,
    BudgetDay,
    BudgetJob,
    BudgetMonth,
    BudgetWeek,
    Expires,
    MaxQueued,
    MaxSeries,
    Models,
    RateMinute,
    Weight,
    describe,
    with_changes,
)
from novelai.cli.operate.options import Owner
from novelai.cli.operate.place import with_place
from novelai.cli.operate.services import owner_of, refuse, run_with_services
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    from novelai.cli.clients.client import Client
    from novelai.server.model.key import Key
    from novelai.server.services import Services
    from novelai.server.settings import Settings

__all__ = ["app"]

app = typer.Typer(
    name="keys",
    help="Keys of the server: who may call it, and what they may spend.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

INSTEAD = "The page of the running server does the same: Settings, Keys."

Which = Annotated[str, typer.Argument(metavar="KEY", help="Its id, first characters or name.")]
Admin = Annotated[
    bool, typer.Option("--admin", help="It also manages keys and accounts, and may spend Anlas.")
]
Paid = Annotated[
    bool | None, typer.Option("--paid/--free-only", help="It may spend Anlas; not by default.")
]
Fit = Annotated[
    bool | None,
    typer.Option(
        "--fit-free/--no-fit-free",
        help="What programs ask for is made free where possible; by default with --client.",
    ),
]


@app.command()
@with_place()
def create(
    talk: Talk,
    settings: "Settings",
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What to call it: who or what uses it.")
    ],
    *,
    admin: Admin = False,
    paid: Paid = None,
    fit_free: Fit = None,
    client: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="It is for this program: say what to enter there."),
    ] = None,
    owner: Owner = None,
    model: Models = None,
    budget_job: BudgetJob = None,
    budget_day: BudgetDay = None,
    budget_week: BudgetWeek = None,
    budget_month: BudgetMonth = None,
    allowance_month: AllowanceMonth = None,
    max_queued: MaxQueued = None,
    max_series: MaxSeries = None,
    rate_minute: RateMinute = None,
    weight: Weight = None,
    expires: Expires = None,
) -> None:
    """Make a key and show its secret, this once.

    A key takes only what is free, unless it is an admin's, has a budget, or --paid is given. With
    --client, which knows the programs of `novelai doctor --client`, steps, size and count of what
    that program asks for are brought inside what is free instead of being refused.
    """
    program = None if client is None else program_named(client)
    if program is not None and fit_free is None:
        fit_free = True
    given = _pick_given(locals())

    async def make(services: "Services") -> "tuple[Key, str, str, bool]":
        from novelai.server.model.key import Limits

        limits = Limits(scopes=("generate", "read", "admin") if admin else ("generate", "read"))
        owner_id = await owner_of(services, owner)
        free = True if admin and paid is None else paid
        key, secret = await services.keys.create(
            owner_id, name, with_changes(limits, given, paid=free)
        )
        signs = await services.webhooks.secret(key.id)
        return key, secret, signs, bool(await services.accounts.list(owner_id))

    key, secret, signs, has_account = run_with_services(talk, settings, make, instead=INSTEAD)
    whose = owner or "This machine"
    talk.record(_document(key, whose) | {"secret": secret, "webhook_secret": signs})
    if talk.as_json:
        return
    talk.result(secret)
    talk.note(f"This is the key {name} ({describe(key.limits)}). It is shown this once.")
    if program is None:
        talk.note("Send it as “Authorization: Bearer …”, or log in with it on the page.")
    else:
        _show_entries(talk, program, settings, secret)
    talk.note(f"Its webhooks are signed with {signs}")
    if not has_account:
        option = f" --owner {owner}" if owner else ""
        talk.note(f"There is no NovelAI account for it yet: novelai accounts add{option}")
    if admin:
        talk.note(
            "Next: novelai serve --host 0.0.0.0, reached by a name --allowed-host NAME as well."
        )


@app.command("list")
@with_place()
def list_keys(talk: Talk, settings: "Settings") -> None:
    """List all keys, and what they may do. Secrets are not kept, so they are not shown."""

    async def everybody(services: "Services") -> "Sequence[tuple[Key, str]]":
        return await services.keys.everybody()

    found = run_with_services(talk, settings, everybody, instead=INSTEAD)
    for key, owner in found:
        talk.record(_document(key, owner))
        what = describe(key.limits) + _state(key, time.time())
        talk.result(f"{key.id}  {key.prefix}…  {key.name} ({owner}): {what}")
    if not found:
        talk.note("There are no keys. Make one: novelai keys create me --admin")


@app.command()
@with_place()
def revoke(talk: Talk, settings: "Settings", which: Which) -> None:
    """End a key for good. What it queued still runs; its pictures stay."""

    async def end(services: "Services") -> "Key":
        key = await _one(talk, services, which)
        await services.keys.revoke(key.owner_id, key.id)
        return await _one(talk, services, key.id)

    key = run_with_services(talk, settings, end, instead=INSTEAD)
    talk.record(_document(key))
    talk.result(f"Revoked: {key.name} ({key.prefix}…)")


@app.command()
@with_place()
def limits(
    talk: Talk,
    settings: "Settings",
    which: Which,
    *,
    paid: Paid = None,
    fit_free: Fit = None,
    model: Models = None,
    budget_job: BudgetJob = None,
    budget_day: BudgetDay = None,
    budget_week: BudgetWeek = None,
    budget_month: BudgetMonth = None,
    allowance_month: AllowanceMonth = None,
    max_queued: MaxQueued = None,
    max_series: MaxSeries = None,
    rate_minute: RateMinute = None,
    weight: Weight = None,
    expires: Expires = None,
) -> None:
    """Show or change what a key may do; what is not given stays as it is."""
    given = _pick_given(locals())

    async def change(services: "Services") -> "Key":
        key = await _one(talk, services, which)
        wanted = with_changes(key.limits, given, paid=paid)
        return await services.keys.limit(key.owner_id, key.id, wanted) or key

    key = run_with_services(talk, settings, change, instead=INSTEAD)
    talk.record(_document(key))
    talk.result(f"{key.name}: {describe(key.limits)}")


@app.command()
@with_place()
def webhook(talk: Talk, settings: "Settings", which: Which) -> None:
    """Show what signs the webhooks of a key, for the program that receives them."""

    async def ask(services: "Services") -> str:
        from novelai.server.keys.service import LOCAL

        if which == LOCAL:
            return await services.webhooks.secret((await services.keys.local()).id)
        return await services.webhooks.secret((await _one(talk, services, which)).id)

    secret = run_with_services(talk, settings, ask, instead=INSTEAD)
    talk.record({"webhook_secret": secret})
    talk.result(secret)


GIVEN = (
    "budget_job", "budget_day", "budget_week", "budget_month", "allowance_month", "max_queued",
    "max_series", "rate_minute", "weight", "expires", "fit_free",
)  # fmt: skip


def _show_entries(talk: Talk, program: "Client", settings: "Settings", secret: str) -> None:
    """Say what to enter in a program, as `novelai doctor --client` does."""
    from novelai.cli.clients.probes import list_entries

    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    address = settings.public_url or f"http://{host}:{settings.port}"
    talk.note(f"In {program.title}, enter:")
    for place, entered in list_entries(program.places, address.rstrip("/"), secret):
        talk.note(f"  {place}: {entered}")


def _pick_given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in GIVEN} | {"models": arguments["model"] or None}


async def _one(talk: Talk, services: "Services", which: str) -> "Key":
    """Return the key that is meant."""
    found = [key for key, _ in await services.keys.everybody()]
    same = [key for key in found if which == key.id]
    same = same or [key for key in found if which == key.name]
    same = same or [key for key in found if len(which) > len("nvs_") and which[:12] == key.prefix]
    if len(same) == 1:
        return same[0]
    if not same:
        raise refuse(talk, "There is no such key.", "`novelai keys list` shows all.")
    ids = ", ".join(key.id for key in same)
    raise refuse(talk, f"Several keys are called that: {ids}.", "Say which by its id.")


def _state(key: "Key", now: float) -> str:
    if key.revoked_at is not None:
        return "; revoked"
    if key.limits.expires_at is None:
        return ""
    end = datetime.fromtimestamp(key.limits.expires_at, UTC)
    return f"; {'expired' if end.timestamp() <= now else 'until'} {end:%Y-%m-%d}"


def _document(key: "Key", owner: str | None = None) -> dict[str, Any]:
    named = {"id": key.id, "name": key.name, "prefix": key.prefix}
    return {
        **(named if owner is None else named | {"owner": owner}),
        **asdict(key.limits),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }
