"""The commands; each loads what it runs when it is run."""

from typing import Annotated, Literal

import typer

from novelai._version import __version__

__all__ = ["app"]

LogLevel = Literal["critical", "error", "warning", "info", "debug"]

app = typer.Typer(
    name="novelai",
    help="NovelAI from the command line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """NovelAI from the command line."""


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 chooses one.")] = 8000,
    demo: Annotated[
        bool, typer.Option("--demo", help="Draw with the emulator: no account, no cost.")
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = "info",
) -> None:
    """Serve GET /generate and a page to try it."""
    from novelai.cli.extras import needed

    with needed("server"):
        from novelai.server.run import run
        from novelai.server.settings import Settings

    run(Settings(host=host, port=port, demo=demo, log_level=log_level))


@app.command()
def emulate(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 chooses one.")] = 8787,
    fast: Annotated[
        bool, typer.Option("--fast", help="Simple pictures without waiting, for tests.")
    ] = False,
    step_seconds: Annotated[
        float, typer.Option(help="Seconds each step takes; live previews show it.")
    ] = 0.05,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = "info",
) -> None:
    """Run NovelAI's API on this machine, for development and tests without an account."""
    from novelai.cli.extras import needed

    with needed("emulator"):
        from novelai.emulator.serve import run

    run(
        host=host,
        port=port,
        fast=fast,
        step_seconds=0.0 if fast else step_seconds,
        log_level=log_level,
    )
