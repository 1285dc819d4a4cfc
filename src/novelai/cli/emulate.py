"""``novelai emulate``."""

from typing import Annotated

import typer

from novelai.cli.extras import require_extra
from novelai.cli.ports import check_port
from novelai.cli.serve import LogLevel, Port
from novelai.cli.talk import Talk

__all__ = ["emulate"]


def emulate(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8787,
    fast: Annotated[
        bool, typer.Option("--fast", help="Simple pictures without waiting, for tests.")
    ] = False,
    step_seconds: Annotated[
        float, typer.Option(help="Seconds each step takes; live previews show it.")
    ] = 0.05,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="List at /_emulator/remarks what the web would not send."),
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = "info",
) -> None:
    """Run NovelAI's API on this machine, for development and tests without an account."""
    check_port(host, port, Talk())
    with require_extra("emulator"):
        from novelai.emulator.serve import run

        # Still inside: what draws and answers is loaded when it starts.
        run(
            host=host,
            port=port,
            fast=fast,
            step_seconds=0.0 if fast else step_seconds,
            strict=strict,
            log_level=log_level,
        )
