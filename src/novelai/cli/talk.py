"""What a command says: results on standard output, everything else on standard error."""

import json
import sys
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Talk", "plain"]

CONTROLS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(32), *range(127, 160))
    if chr(code) not in "\n\t"
}


def plain(text: str) -> str:
    """Text that is safe to show: prompts inside pictures may hold commands for a terminal.

    Control characters are replaced, and so is what no encoding can carry (halves of characters,
    as in names of files that are not valid UTF-8).
    """
    return text.translate(CONTROLS).encode("utf-8", errors="replace").decode()


class Talk:
    """The two ways out of a command.

    Args:
        quiet: no notes and no progress; results and errors stay.
        as_json: all that is said is JSON, one object a line: results on standard output, notes
            and errors on standard error.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.as_json = as_json

    @property
    def lively(self) -> bool:
        """Return whether somebody watches: progress may be drawn on standard error."""
        return not self.quiet and self.stderr.is_terminal

    @property
    def stderr(self) -> "Console":
        """Standard error; without colours when NO_COLOR is set or nobody watches."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, markup=False, emoji=False)

    @property
    def stdout(self) -> "Console":
        """Standard output, for tables; colours as on standard error."""
        from rich.console import Console

        return Console(highlight=False, markup=False, emoji=False)

    def result(self, text: str) -> None:
        """Say a result to a person."""
        if not self.as_json:
            print(plain(text), flush=True)

    def piece(self, text: str) -> None:
        """Say a part of a result to a person, without a line break after it."""
        if not self.as_json:
            sys.stdout.write(plain(text))
            sys.stdout.flush()

    def record(self, fields: Mapping[str, Any]) -> None:
        """Say a result to a program."""
        if self.as_json:
            print(json.dumps(fields), flush=True)

    def note(self, text: str) -> None:
        """Say something beside the result."""
        if self.quiet:
            return
        if self.as_json:
            self._aside({"note": text})
        else:
            self.stderr.print(plain(text), style="dim", soft_wrap=True)

    @contextmanager
    def note_warnings(self) -> Generator[None]:
        """Say what is warned of inside, each once, unless an error comes out of it."""
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            yield
        for doubt in dict.fromkeys(str(doubt.message) for doubt in doubts):
            self.note(f"note: {doubt}.")

    def complain(self, *sentences: str, code: str = "failed", **facts: object) -> None:
        """Say what went wrong.

        Args:
            sentences: the first is the fault, the others what to do; empty ones are left out.
            code: the kind of fault, for programs.
            facts: what else a program is told.
        """
        first, *others = (plain(sentence) for sentence in sentences if sentence)
        if self.as_json:
            self._aside({"error": {"code": code, "message": first, "advice": others, **facts}})
            return
        from rich.text import Text

        self.stderr.print(Text.assemble(("error: ", "bold red"), first), soft_wrap=True)
        for sentence in others:
            self.stderr.print(f"  {sentence}", soft_wrap=True)

    def _aside(self, fields: Mapping[str, Any]) -> None:
        print(json.dumps(fields), file=sys.stderr, flush=True)
