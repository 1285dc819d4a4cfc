"""Commands that need an optional part say which."""

from collections.abc import Generator
from contextlib import contextmanager

import typer

__all__ = ["require_extra"]


@contextmanager
def require_extra(extra: str) -> Generator[None]:
    """Turn a missing library into the sentence that mends it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("novelai"):
            raise
        typer.echo(
            f"This command needs {error.name}: pip install 'novelai-fastapi[{extra}]'", err=True
        )
        raise typer.Exit(1) from None
