"""``novelai upscale``."""

from pathlib import Path

from novelai.cli.options import AsJson, AskAccount, Files, MaxWait, OnlyCost, OutputFolder, Pause
from novelai.cli.talk import Talk
from novelai.cli.workshop import Piece, work_on

__all__ = ["upscale"]


def upscale(
    files: Files,
    *,
    output: OutputFolder = None,
    max_wait: MaxWait = 120,
    pause: Pause = 1,
    cost: OnlyCost = False,
    account: AskAccount = False,
    as_json: AsJson = False,
) -> None:
    """Enlarge pictures to twice their width and height; 1 to 4 Anlas each."""
    work_on(
        [piece(file) for file in files],
        Talk(as_json=as_json),
        output,
        max_wait=max_wait,
        pause=pause,
        only_cost=cost,
        ask_account=account,
    )


def piece(file: Path) -> Piece:
    """One picture to enlarge."""
    from novelai.types.base import params_from
    from novelai.types.tools import UpscaleParams

    params = params_from(UpscaleParams, None, {"image": file})
    return Piece(
        file=file,
        tool="upscale",
        price=lambda _: params.calculate_anlas(),
        run=lambda client: client.tools.upscale(params),
    )
