"""Refusals as sentences that a model can read and act upon."""

from collections.abc import Generator
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ToolError
from starlette.requests import Request

from novelai.errors import InvalidParamsError, NovelAIError
from novelai.server.http.error_handlers import problem_in, tell_refusal
from novelai.server.model.job import JobRefusedError
from novelai.server.model.problems import ProblemError
from novelai.server.storage.blobs import BlobMissingError

__all__ = ["in_words"]


@contextmanager
def in_words(request: Request | None = None) -> Generator[None]:
    """Turn what is refused, or fails, into the tool's own error.

    Args:
        request: that is told what was refused, where somebody keeps that.

    Raises:
        ToolError: with a sentence that says whether it was charged.
    """
    try:
        yield
    except (ProblemError, JobRefusedError, BlobMissingError, NovelAIError) as error:
        if request is not None:
            tell_refusal(request.scope, error)
        told = problem_in(error).detail
        if isinstance(error, InvalidParamsError):
            told = f"{told} Nothing was sent or charged."
        raise ToolError(told) from None
