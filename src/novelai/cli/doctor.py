"""``novelai doctor``."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from novelai.cli.clients.choosing import program_named
from novelai.cli.exits import ExitCode
from novelai.cli.options import AsJson
from novelai.cli.talk import Talk, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from novelai.cli.checkup.finding import Finding

__all__ = ["doctor"]

COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}
SERVER_KEY = "nvs_"
HERE = "http://127.0.0.1:8000"


def doctor(
    *,
    client: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Say what to enter in this program, and draw a picture in its way, if free.",
        ),
    ] = None,
    server: Annotated[
        str, typer.Option(metavar="URL", help="With --client: the running server.")
    ] = HERE,
    as_json: AsJson = False,
) -> None:
    """Check the set-up: what is wrong, and what to write where.

    Looks at installation, key, addresses, network, account and balance; costs nothing and never
    shows the key. The exit code is 0 when the set-up is usable and 1 when it is not.

    With --client it looks at a running server instead, with the server's key in NOVELAI_API_KEY:
    asks what the program asks, draws one picture in the program's own way where that is free, and
    shows what the key was refused lately.
    Programs: sillytavern, openwebui, openwebui-comfyui, librechat, risuai, koishi, littlewhitebox,
    st-chatu8, novelai-canvas, novelai, novelai-sdk, openai, mcp.
    """
    talk = Talk(as_json=as_json)
    if client is not None:
        _check_client(talk, client, server.strip().rstrip("/"))
    from novelai.cli.checkup.examination import examine
    from novelai.cli.checkup.installation import find_version, requirements

    findings = examine(os.environ, find_version, requirements())
    _conclude(talk, findings)


def _check_client(talk: Talk, name: str, address: str) -> None:
    from novelai.cli.clients.probes import examine_server, key_shown, list_entries

    client = program_named(name)
    given = os.environ.get("NOVELAI_API_KEY", "").strip()
    key = given if given.startswith(SERVER_KEY) else ""  # NovelAI's own token is no server's
    places = list_entries(client.places, address, key_shown(key))
    if not talk.as_json:
        console = talk.stdout
        console.print(plain(f"In {client.title}, enter:"))
        for where, what in places:
            console.print(plain(f"  {where}: {what}"), soft_wrap=True)
        if client.note:
            console.print(plain(client.note), soft_wrap=True)
    more = {"client": name, "enter": dict(places), "page": f"docs/clients/{client.page}.md"}
    findings = examine_server(client, address, key)
    tried = any(one.about == "picture" and one.level != "warn" for one in findings)
    _conclude(talk, findings, more, tried=tried)


def _conclude(
    talk: Talk,
    findings: "list[Finding]",
    more: "Mapping[str, object] | None" = None,
    *,
    tried: bool = True,
) -> None:
    well = all(finding.level != "fail" for finding in findings)
    record = {"usable": well and tried, "findings": [asdict(finding) for finding in findings]}
    talk.record({**record, **(more or {})})
    if not talk.as_json:
        show(findings, talk)
        talk.result(_verdict(well=well, tried=tried))
    raise typer.Exit(ExitCode.OK if well else ExitCode.OTHER)


def _verdict(*, well: bool, tried: bool) -> str:
    if not well:
        return "Not usable: mend what is marked fail."
    return "Usable." if tried else "Answered, but no picture was tried: it would not be free."


def show(findings: "list[Finding]", talk: Talk) -> None:
    """One line for each finding, and what to do under it."""
    from rich.text import Text

    console = talk.stdout
    for finding in findings:
        level = (f"{finding.level:<5}", COLOURS[finding.level])
        line = Text.assemble(level, f"{finding.about:<13}", plain(finding.sentence))
        console.print(line, soft_wrap=True)
        if finding.fix:
            console.print(" " * 18 + plain(finding.fix), soft_wrap=True)
