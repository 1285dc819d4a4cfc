"""Drafts as the HTTP API shows and takes them."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from novelai.fastapi.problems import Problem
from novelai.server.drafts.draft import Draft

__all__ = ["DraftConflict", "DraftIn", "DraftSaved", "DraftView", "draft_view"]


class DraftIn(BaseModel):
    """A draft to save.

    Attributes:
        document: any JSON, at most 2 MB of text.
        revision: that it was made from; 0 for the first.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    document: Any = Field(repr=False)
    revision: int = Field(ge=0, lt=2**31 - 1)


class DraftSaved(BaseModel):
    """The revision that was saved."""

    revision: int


class DraftView(BaseModel):
    """A draft.

    Attributes:
        revision: 0 when nothing was saved yet.
        updated_at: unix seconds.
    """

    revision: int
    document: Any = Field(default=None, repr=False)
    updated_at: float | None


class DraftConflict(Problem):
    """Somebody saved in between.

    Attributes:
        current: what they saved.
    """

    current: DraftView


def draft_view(found: Draft) -> DraftView:
    """Show a draft."""
    return DraftView(revision=found.revision, document=found.document, updated_at=found.updated_at)
