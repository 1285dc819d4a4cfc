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
        with _note_refusal(request):
            yield
    except (ProblemError, JobRefusedError, BlobMissingError) as error:
        raise ToolError(problem_in(error).detail) from None
    except InvalidParamsError as error:
        raise ToolError(f"{error.message} Nothing was sent or charged.") from None
    except NovelAIError as error:
        raise ToolError(error.message) from None


@contextmanager
def _note_refusal(request: Request | None) -> Generator[None]:
    try:
        yield
    except (ProblemError, JobRefusedError, BlobMissingError, NovelAIError) as error:
        if request is not None:
            tell_refusal(request.scope, error)
        raise
