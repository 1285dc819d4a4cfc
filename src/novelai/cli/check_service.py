"""``novelai check-service``."""

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from novelai._version import __version__
from novelai.cli.exits import ExitCode
from novelai.cli.failures import failures
from novelai.cli.options import AsJson, Pause
from novelai.cli.quote import refuse_what_cannot_be_paid
from novelai.cli.session import connect
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from novelai.cli.drift.comparison import Drift
    from novelai.cli.drift.plan import Plan

__all__ = ["check_service"]


def check_service(
    *,
    max_anlas: Annotated[
        int, typer.Option(min=0, metavar="ANLAS", help="Spend at most this much in all.")
    ] = 0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend it without asking.")] = False,
    pause: Pause = 0.2,
    as_json: AsJson = False,
) -> None:
    """Compare the real service with what this package expects of it.

    Asks for the account and for the tags of each model, and on Opus for one free picture: about
    fifteen calls, which cost nothing. With --max-anlas it also makes what costs something (a
    picture without Opus 2 Anlas, an enlargement 1), never more than that in all, and asks before.

    Each difference is a line to paste into an issue; none holds a prompt, the token or anything of
    the account but its tier. The exit code is 0 when nothing differs and 1 when something does.
    """
    talk = Talk(as_json=as_json)
    with failures(talk) as watch:
        from novelai.cli.drift.plan import make_plan
        from novelai.cli.drift.probe import ServiceProbe, record_answers

        with record_answers() as (http, answers), connect(talk, max_wait=20, http=http) as client:
            probe = ServiceProbe(client, answers, rest=partial(time.sleep, pause))
            account, readable = probe.read_account()
            plan = make_plan(account, max_anlas if readable else 0)
            refuse_what_cannot_be_paid(plan.anlas, account)
            announce(plan, max_anlas, talk)
            if plan.anlas and not yes and not agreed(plan.anlas, talk):
                plan = make_plan(account, 0)
            found = [*probe.compare_account(account), *probe.compare_models()]
            with watch.paying():
                found += probe.compare_paid(plan, account.anlas)
    conclude(found, plan, probe.spent, account.tier, talk)


def announce(plan: "Plan", max_anlas: int, talk: Talk) -> None:
    """Say what is made and what it costs, before anything is."""
    made = ", ".join(f"{name} {price}" for name, price in plan.prices.items()) or "nothing"
    talk.note(f"This costs {plan.anlas} Anlas ({made}; the rest is free).")
    if plan.left_out:
        left_out = ", ".join(f"{name} {price}" for name, price in plan.left_out.items())
        talk.note(f"Left out, as --max-anlas is {max_anlas}: {left_out}.")


def agreed(anlas: int, talk: Talk) -> bool:
    """Ask whether it may be spent; end the command where nobody answers."""
    if not talk.as_json:
        with suppress(typer.Abort):
            return typer.confirm(f"Spend {anlas} Anlas? Without it only what is free", err=True)
    talk.complain(f"--yes is needed to spend {anlas} Anlas where nobody answers.")
    raise typer.Exit(ExitCode.USAGE)


def conclude(found: "Sequence[Drift]", plan: "Plan", spent: int, tier: int, talk: Talk) -> None:
    """Say what differs, and end with the code that says whether anything does."""
    talk.record(record(found, plan, spent, tier))
    if found:
        talk.result(f"novelai-fastapi {__version__}, tier {tier}:")
    for drift in found:
        talk.result(f"- {drift.line}")
    talk.result(
        "Nothing differs."
        if not found
        else f"Differences: {len(found)}. Please paste these lines into an issue."
    )
    talk.note(f"{spent} Anlas were spent.")
    raise typer.Exit(ExitCode.OTHER if found else ExitCode.OK)


def record(found: "Sequence[Drift]", plan: "Plan", spent: int, tier: int) -> "Mapping[str, object]":
    """Return the result as a script reads it."""
    from dataclasses import asdict

    return {
        "version": __version__,
        "tier": tier,
        "drift": [{**asdict(drift), "line": drift.line} for drift in found],
        "made": plan.prices,
        "left_out": plan.left_out,
        "anlas_spent": spent,
    }
