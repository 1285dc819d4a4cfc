"""Refusals as sentences that a model can read and act upon."""

from collections.abc import Generator
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ToolError

from novelai.errors import InvalidParamsError, NovelAIError
from novelai.server.jobs.order import OrderRefusedError
from novelai.server.problems import ProblemError, refusal_of
from novelai.server.storage.blobs import BlobMissingError

__all__ = ["in_words"]


@contextmanager
def in_words() -> Generator[None]:
    """Turn what is refused, or fails, into the tool's own error.

    Raises:
        ToolError: with a sentence that says whether it was charged.
    """
    try:
        yield
    except ProblemError as error:
        raise ToolError(error.detail) from None
    except OrderRefusedError as error:
        raise ToolError(refusal_of(error).detail) from None
    except InvalidParamsError as error:
        raise ToolError(f"{error.message} Nothing was sent or charged.") from None
    except NovelAIError as error:
        raise ToolError(error.message) from None
    except BlobMissingError:
        raise ToolError("The bytes of this picture are not in the store any more.") from None
