"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "AsJson",
    "AskAccount",
    "Files",
    "MaxWait",
    "OnlyCost",
    "OutputFolder",
    "Pause",
    "Quiet",
]

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="JSON on standard output, one object a line.")
]
Files: TypeAlias = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE")
]
MaxWait: TypeAlias = Annotated[
    float, typer.Option(min=0, help="Seconds to wait while the account is busy.")
]
OutputFolder: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", help="A file, or a folder for all.")
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Only results and errors.")]
Pause: TypeAlias = Annotated[float, typer.Option(min=0, help="Seconds between calls.")]
OnlyCost: TypeAlias = Annotated[
    bool, typer.Option("--cost", help="Show the price and send nothing.")
]
AskAccount: TypeAlias = Annotated[
    bool, typer.Option("--account", help="Ask for tier and balance, and price with them.")
]
