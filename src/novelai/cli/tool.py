"""``novelai tool``: the director tools."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from novelai.cli.completion import emotions
from novelai.cli.failures import failures
from novelai.cli.options import AsJson, AskAccount, Files, MaxWait, OnlyCost, OutputFolder, Pause
from novelai.cli.talk import Talk
from novelai.cli.workshop import Piece, work_on

__all__ = ["tool"]

ToolName: TypeAlias = Literal[
    "line-art", "sketch", "colorize", "emotion", "declutter", "remove-background"
]

TAKES: dict[ToolName, frozenset[str]] = {
    "line-art": frozenset(),
    "sketch": frozenset(),
    "colorize": frozenset({"prompt", "defry"}),
    "emotion": frozenset({"emotion", "prompt", "defry"}),
    "declutter": frozenset({"keep_bubbles"}),
    "remove-background": frozenset(),
}
"""What each tool takes beside a picture."""

LAYERS = ("masked", "generated", "blend")


def tool(
    name: Annotated[ToolName, typer.Argument(metavar="TOOL", help="What to do.")],
    files: Files,
    *,
    mood: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", autocompletion=emotions, help="For emotion: happy, sad, angry …"
        ),
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For colorize and emotion: further tags.")
    ] = None,
    defry: Annotated[
        int | None,
        typer.Option(min=0, max=5, help="For colorize and emotion: 0 full effect, 5 weakest."),
    ] = None,
    keep_bubbles: Annotated[
        bool, typer.Option("--keep-bubbles", help="For declutter: leave speech bubbles.")
    ] = False,
    output: OutputFolder = None,
    max_wait: MaxWait = 120,
    pause: Pause = 1,
    cost: OnlyCost = False,
    account: AskAccount = False,
    as_json: AsJson = False,
) -> None:
    """Make new pictures of pictures with a director tool.

    remove-background gives three layers: masked, generated, blend. On Opus all other tools are
    free up to 1,048,576 pixels.
    """
    talk = Talk(as_json=as_json)
    given = {
        "emotion": ("--mood", mood),
        "prompt": ("--prompt", prompt),
        "defry": ("--defry", defry),
        "keep_bubbles": ("--keep-bubbles", keep_bubbles or None),
    }
    fields: dict[str, Any] = {}
    for field, (option, value) in given.items():
        if value is not None and field not in TAKES[name]:
            raise typer.BadParameter(f"is not for {name}", param_hint=option)
        if value is not None:
            fields[field] = value
    if name == "emotion" and mood is None:
        raise typer.BadParameter("emotion needs one, for example happy", param_hint="--mood")
    with failures(talk):
        pieces = [piece(name, file, fields) for file in files]
    work_on(
        pieces,
        talk,
        output,
        max_wait=max_wait,
        pause=pause,
        only_cost=cost,
        ask_account=account,
    )


def piece(name: ToolName, file: Path, fields: dict[str, Any]) -> Piece:
    """One picture and the tool for it."""
    from novelai.types import tools
    from novelai.types.base import params_from

    kinds: dict[ToolName, type[tools.DirectorToolParams]] = {
        "line-art": tools.LineArtParams,
        "sketch": tools.SketchParams,
        "colorize": tools.ColorizeParams,
        "emotion": tools.EmotionParams,
        "declutter": tools.DeclutterParams,
        "remove-background": tools.BackgroundRemovalParams,
    }
    params = params_from(kinds[name], None, {**fields, "image": file})
    return Piece(
        file=file,
        tool=name,
        price=lambda opus: params.calculate_anlas(is_opus=opus).total_anlas,
        run=lambda client: client.tools.augment(params),
        parts=LAYERS if name == "remove-background" else ("",),
    )
