"""Series as the HTTP API shows them."""

from pydantic import BaseModel, Field

from novelai.server.model.series import SeriesState

__all__ = ["SeriesView"]


class SeriesView(BaseModel):
    """A series, and where it stands.

    Each cell counts once: as waiting, running, done, failed, cancelled, uncertain or skipped. One
    that shows another cell's picture counts as that one does.

    Attributes:
        state: ``paused`` by a person, ``halted`` by itself with a ``reason``; ``needs_you``: all
            has ended but for jobs of which nobody knows what became of them.
        hold: nothing of it is started, for one of the first two reasons.
        resume_anlas: what going on costs at most, in all, where the price rose.
        cells: how many places it has.
        pictures: how many pictures are drawn for them at most.
        anlas_max: Anlas that it may cost, as accepted; with cells that were done again.
        anlas: Anlas that were charged so far.
        reserved: Anlas that are set aside for what has not ended.
        allowance: free V5 pictures it may use.
        position: how many jobs come before its next one, while that waits for its turn.
        eta_seconds: about how long until all of it is done.
        sheet: id of the picture that shows all its cells.
    """

    id: str
    name: str = Field(repr=False)
    kind: str
    door: str
    state: SeriesState
    hold: str | None
    reason: str | None
    resume_anlas: int | None
    cells: int
    pictures: int
    waiting: int
    running: int
    done: int
    failed: int
    cancelled: int
    uncertain: int
    skipped: int
    anlas_max: int
    anlas: int
    reserved: int
    allowance: int
    position: int | None
    eta_seconds: float | None
    sheet: str | None
    created_at: float
    finished_at: float | None
