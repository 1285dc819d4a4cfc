"""``novelai accounts``."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from novelai.cli.operate.options import Owner
from novelai.cli.operate.place import with_place
from novelai.cli.operate.services import owner_of, refuse, run_with_services
from novelai.cli.talk import Talk
from novelai.cli.tier import tier_name

if TYPE_CHECKING:
    from novelai.server.model.account import Account
    from novelai.server.services import Services
    from novelai.server.settings import Settings

__all__ = ["app"]

app = typer.Typer(
    name="accounts",
    help="Accounts of NovelAI that the server works with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

INSTEAD = "The page of the running server does the same: Settings, Accounts."
TOKENS = ("pst-", "ey")

Which = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id or label.")]


@app.command()
@with_place(demo=False)
def add(
    talk: Talk,
    settings: "Settings",
    *,
    label: Annotated[str, typer.Option(help="What to call it.")] = "",
    proxy: Annotated[
        str | None, typer.Option(metavar="URL", help="Reach NovelAI through this proxy.")
    ] = None,
    owner: Owner = None,
) -> None:
    """Leave an account's token here, encrypted. It is asked for, or read from standard input.

    Each owner's keys work on the owner's own accounts and on no others.
    """
    token = _token()
    if not token.startswith(TOKENS):
        raise refuse(
            talk,
            "That is no token of NovelAI: a persistent one begins with pst-.",
            "NovelAI shows it under Account Settings, Get Persistent API Token. Nothing was kept.",
        )

    async def leave(services: "Services") -> "Account":
        owner_id = await owner_of(services, owner)
        try:
            return await services.accounts.add(owner_id, token, label=label, proxy=proxy)
        except ValueError as error:
            raise refuse(talk, str(error), "Nothing was changed.") from None

    found = run_with_services(talk, settings, leave, instead=INSTEAD)
    talk.record({"id": found.id, "label": found.label, "enabled": True})
    talk.result(found.id)
    talk.note(f"Kept as {found.label}. See whether NovelAI takes it: novelai accounts refresh")


@app.command("list")
@with_place()
def list_accounts(talk: Talk, settings: "Settings") -> None:
    """List all accounts with what was last known of their balance. Asks NovelAI nothing."""

    async def everybody(services: "Services") -> "Sequence[tuple[Account, str]]":
        return await services.accounts.everybody()

    found = run_with_services(talk, settings, everybody, instead=INSTEAD)
    for account, owner in found:
        _tell(talk, account, owner)
    if not found:
        talk.note("There are no accounts. Add one: novelai accounts add")


@app.command()
@with_place(demo=False)
def remove(talk: Talk, settings: "Settings", which: Which) -> None:
    """Forget an account and its token; pictures made with it stay."""

    async def forget(services: "Services") -> "Account":
        account = await _one(talk, services, which)
        if not await services.accounts.remove(account.owner_id, account.id):
            raise refuse(
                talk,
                "A job holds this account; what it does may be paid for. Nothing was changed.",
                "Wait until it has ended, or disable the account: novelai accounts disable",
            )
        return account

    found = run_with_services(talk, settings, forget, instead=INSTEAD)
    talk.record({"id": found.id, "label": found.label, "removed": True})
    talk.result(f"Forgotten: {found.label}")


@app.command()
@with_place(demo=False)
def enable(talk: Talk, settings: "Settings", which: Which) -> None:
    """Let jobs run on an account again."""
    _switch(talk, settings, which, on=True)


@app.command()
@with_place(demo=False)
def disable(talk: Talk, settings: "Settings", which: Which) -> None:
    """Let no further job run on an account; one that runs comes to its end."""
    _switch(talk, settings, which, on=False)


@app.command()
@with_place(demo=False)
def refresh(talk: Talk, settings: "Settings") -> None:
    """Ask NovelAI for tier and balance of all accounts. Costs nothing."""

    async def ask(services: "Services") -> bool:
        from novelai.errors import NovelAIError

        well = True
        for account, owner in await services.accounts.everybody():
            try:
                _tell(talk, await services.accounts.refresh(account), owner)
            except NovelAIError as error:
                well = False
                talk.complain(f"{account.label}: {error.message}", code=error.code, id=account.id)
        return well

    if not run_with_services(talk, settings, ask, instead=INSTEAD):
        raise typer.Exit(1)


def _token() -> str:
    """Return the token, from a prompt that does not show it or from a pipe."""
    if sys.stdin.isatty():
        return str(typer.prompt("Token (pst-…)", hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def _switch(talk: Talk, settings: "Settings", which: str, *, on: bool) -> None:
    async def switch(services: "Services") -> "Account":
        account = await _one(talk, services, which)
        await services.accounts.enable(account.owner_id, account.id, enabled=on)
        return account

    found = run_with_services(talk, settings, switch, instead=INSTEAD)
    talk.record({"id": found.id, "label": found.label, "enabled": on})
    talk.result(f"{'Enabled' if on else 'Disabled'}: {found.label}")


async def _one(talk: Talk, services: "Services", which: str) -> "Account":
    found = [account for account, _ in await services.accounts.everybody()]
    same = [one for one in found if which == one.id] or [one for one in found if which == one.label]
    if len(same) == 1:
        return same[0]
    if not same:
        raise refuse(talk, "There is no such account.", "`novelai accounts list` shows all.")
    ids = ", ".join(account.id for account in same)
    raise refuse(talk, f"Several accounts are called that: {ids}.", "Say which by its id.")


def _tell(talk: Talk, account: "Account", owner: str) -> None:
    talk.record(
        {
            "id": account.id,
            "label": account.label,
            "owner": owner,
            "enabled": account.enabled,
            "health": account.health,
            "anlas": account.anlas,
            "tier": account.tier,
            "v5_allowance_percent": account.usage_percent,
            "balance_at": account.balance_at,
        }
    )
    balance = "balance not known yet"
    if account.tier is not None:
        balance = f"{tier_name(account.tier)}, {account.anlas} Anlas"
    state = account.health if account.enabled else "disabled"
    talk.result(f"{account.id}  {account.label} ({owner}): {state}; {balance}")
