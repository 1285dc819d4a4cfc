"""The program around the commands: what went wrong on the command line, also for programs."""

import sys
from collections.abc import Sequence
from typing import Any, cast

import typer
from typer.core import TyperGroup

from novelai.cli.exits import ExitCode
from novelai.cli.talk import Talk

__all__ = ["Program"]

WRONG_USE = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])
"""The base of all that is wrong on a command line; the library does not export it."""


class Program(TyperGroup):
    """All commands. With ``--json``, wrong options are told as JSON, too."""

    def main(
        self,
        args: Sequence[str] | None = None,
        *others: Any,
        standalone_mode: bool = True,
        **named: Any,
    ) -> Any:
        """Run a command; ends the process unless ``standalone_mode`` is false."""
        words = sys.argv[1:] if args is None else [*args]
        if not standalone_mode or "--json" not in words:
            return super().main(args, *others, standalone_mode=standalone_mode, **named)
        talk = Talk(as_json=True)
        try:
            code = super().main(args, *others, standalone_mode=False, **named)
        except WRONG_USE as error:
            talk.complain(error.format_message(), code="usage")
            code = error.exit_code
        except typer.Abort:
            talk.complain("Nobody answered.", code="usage")
            code = ExitCode.OTHER
        sys.exit(int(code or 0))
