"""``novelai doctor``."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.options import AsJson
from novelai.cli.talk import Talk, plain

if TYPE_CHECKING:
    from novelai.cli.checkup.finding import Finding

__all__ = ["doctor"]

COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    *,
    as_json: AsJson = False,
) -> None:
    """Check the set-up: what is wrong, and what to write where.

    Looks at installation, key, addresses, network, account and balance; costs nothing and never
    shows the key. The exit code is 0 when the set-up is usable and 1 when it is not.
    """
    from novelai.cli.checkup.examination import examine
    from novelai.cli.checkup.installation import installed_version, requirements

    talk = Talk(as_json=as_json)
    findings = examine(os.environ, installed_version, requirements())
    usable = all(finding.level != "fail" for finding in findings)
    talk.record({"usable": usable, "findings": [asdict(finding) for finding in findings]})
    if not as_json:
        show(findings, talk)
        talk.result("Usable." if usable else "Not usable: mend what is marked fail.")
    raise typer.Exit(ExitCode.OK if usable else ExitCode.OTHER)


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
