"""Commands that need an optional part say which."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer

from novelai.cli.talk import Talk

__all__ = ["require_extra"]


@contextmanager
def require_extra(extra: str) -> Generator[None]:
    """Turn a missing library into the sentence that mends it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("novelai"):
            raise
        Talk(as_json="--json" in sys.argv).complain(
            f"This command needs {error.name}: pip install 'novelai-fastapi[{extra}]'",
            code="missing_extra",
        )
        raise typer.Exit(1) from None
