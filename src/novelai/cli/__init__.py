"""The command line: ``novelai``."""

import sys

from novelai.cli.streams import accept_all_characters

__all__ = ["main"]

EXTRAS = {"emulate": "emulator"} | dict.fromkeys(
    ("accounts", "keys", "mcp", "serve", "server", "worker"), "server"
)
"""What commands need beside the command line itself."""


def main() -> None:
    """Run the command line."""
    accept_all_characters()
    try:
        from novelai.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        extra = EXTRAS.get("".join(sys.argv[1:2]), "cli")
        raise SystemExit(
            f"The command line needs an extra: pip install 'novelai-fastapi[{extra}]'"
        ) from None
    app()
