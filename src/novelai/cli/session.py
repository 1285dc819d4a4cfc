"""The client a command works with."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    import httpx2

    from novelai.budget import Budget
    from novelai.client import NovelAI

__all__ = ["connect"]


@contextmanager
def connect(
    talk: Talk,
    *,
    max_wait: float = 120.0,
    http: "httpx2.Client | None" = None,
    budget: "Budget | None" = None,
) -> "Generator[NovelAI]":
    """Yield a client with the key and addresses of the environment.

    Args:
        talk: where a wrong set-up is complained about.
        max_wait: seconds to wait, in all, while the account is busy or the network is away.
        http: sends, instead of a client of its own.
        budget: what may be spent.
    """
    from novelai._retry import RetryPolicy
    from novelai.cli.checkup.key import key_finding
    from novelai.client import NovelAI
    from novelai.errors import ConfigurationError

    try:
        client = NovelAI(retry=RetryPolicy(max_wait=max_wait), http_client=http, budget=budget)
    except ConfigurationError as error:
        finding = key_finding(os.environ.get("NOVELAI_API_KEY"), own_host=False)
        wrong_key = finding.level == "fail"
        sentences = error.message, finding.fix if wrong_key else "", "Nothing was sent."
        talk.complain(*sentences, code=error.code, charged="no", saved=0)
        raise typer.Exit(ExitCode.KEY if wrong_key else ExitCode.USAGE) from None
    with client:
        yield client
