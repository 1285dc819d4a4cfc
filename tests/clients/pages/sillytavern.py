"""SillyTavern: its extension for pictures, with A1111's API as the source."""

from tests.clients.pages.report import Report


def drive(report: Report) -> None: ...
