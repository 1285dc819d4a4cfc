"""The command line: ``novelai``."""

from novelai.cli.streams import accept_all_characters

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    accept_all_characters()
    try:
        from novelai.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        raise SystemExit(
            "The command line needs an extra: pip install 'novelai-fastapi[cli]'"
        ) from None
    app()
