"""Cutting a text at its stop texts."""

__all__ = ["StopTrimmer"]


class StopTrimmer:
    """Ends a text before the first stop text that is complete, wherever the pieces were cut.

    The service ends a text at a stop text, but may leave one that spans several tokens in it.

    Args:
        stops: the stop texts.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self._ended = False

    def feed(self, piece: str) -> str:
        """Take the next piece; return what surely belongs to the text."""
        if self._ended or not self._stops:
            return "" if self._ended else piece
        text = self._held + piece
        found = [
            (place + len(stop), place) for stop in self._stops if (place := text.find(stop)) >= 0
        ]
        if found:
            self._ended, self._held = True, ""
            return text[: min(found)[1]]
        keep = max(_overlap(text, stop) for stop in self._stops)
        split = len(text) - keep
        self._held = text[split:]
        return text[:split]

    def finish(self) -> str:
        """Say that the text ended; return what was held back."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Return how many characters at the end of the text begin the stop text."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
