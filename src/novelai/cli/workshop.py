"""Tools that make new pictures of old ones: price them, run them, save what they give."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from novelai.cli.failures import failures
from novelai.cli.output import Output, safe_name
from novelai.cli.quote import announce, ask_for_prices, quote, refuse_what_cannot_be_paid
from novelai.cli.session import connect
from novelai.cli.talk import Talk
from novelai.errors import InvalidParamsError

if TYPE_CHECKING:
    from novelai.client import NovelAI
    from novelai.pictures import GeneratedImage

__all__ = ["Piece", "work_on"]

SUFFIXES = frozenset({".png"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One picture and what is done to it.

    Attributes:
        file: the picture.
        tool: stands in the names of the results.
        price: its price in Anlas, with or without Opus.
        run: sends it and gives the results.
        parts: names of the results, when there are several.
    """

    file: Path
    tool: str
    price: Callable[[bool], int]
    run: "Callable[[NovelAI], list[GeneratedImage]]"
    parts: Sequence[str] = ("",)


def work_on(
    pieces: Sequence[Piece],
    talk: Talk,
    output: Path | None,
    *,
    max_wait: float,
    pause: float,
    only_cost: bool,
    ask_account: bool,
) -> None:
    """Work on pictures one after another.

    Args:
        pieces: what to do.
        talk: where to report.
        output: where to save.
        max_wait: seconds to wait while the account is busy.
        pause: seconds between two calls.
        only_cost: report the price and send nothing.
        ask_account: ask for tier and balance first.
    """
    place = Output(output, SUFFIXES)
    with failures(talk) as watch:
        prices = price_pieces(pieces, opus=False)  # opens all of them, before anything is sent
        if only_cost and not ask_account:
            quote(prices, len(pieces), None, talk)
            return
        with connect(talk, max_wait=max_wait) as client:
            account = ask_for_prices(client, talk, is_asked=ask_account)
            if account is not None:
                prices = price_pieces(pieces, opus=account.is_opus)
            if only_cost:
                quote(prices, len(pieces), account, talk)
                return
            refuse_what_cannot_be_paid(sum(prices), account if ask_account else None)
            place.prepare()
            announce(prices, len(pieces), account, talk)
            for index, (piece, price) in enumerate(zip(pieces, prices, strict=True)):
                if index:
                    time.sleep(pause)
                with watch.paying():
                    results = run_piece(client, piece)
                known = account is not None or not talk.as_json
                for line in save_results(piece, results, price if known else None, place):
                    watch.saved += 1
                    talk.result(line["file"])
                    talk.record(line)


def price_pieces(pieces: Sequence[Piece], *, opus: bool) -> list[int]:
    """Return the price of each piece.

    Raises:
        InvalidParamsError: a picture cannot be read; it is named.
    """
    prices: list[int] = []
    for piece in pieces:
        try:
            prices.append(piece.price(opus))
        except InvalidParamsError as error:
            raise name_error(error, piece) from None
    return prices


def run_piece(client: "NovelAI", piece: Piece) -> "list[GeneratedImage]":
    """Send one piece; gives the results."""
    try:
        return piece.run(client)
    except InvalidParamsError as error:
        raise name_error(error, piece) from None


def save_results(
    piece: Piece, results: "list[GeneratedImage]", price: int | None, place: Output
) -> Iterator[dict[str, Any]]:
    """Save what came of one piece; gives what a script wants to know of each file."""
    name = f"{safe_name(piece.file.stem)}-{piece.tool}.png"
    for index, picture in enumerate(results):
        part = piece.parts[index] if index < len(piece.parts) else ""
        yield {
            "file": str(place.write(picture.data, name, part)),
            "source": str(piece.file),
            "tool": piece.tool,
            "part": part or None,
            "size": f"{picture.width}x{picture.height}",
            "anlas": 0 if index else price,
        }


def name_error(error: InvalidParamsError, piece: Piece) -> InvalidParamsError:
    """Return the same error, saying which file it is about."""
    return InvalidParamsError(
        [
            ("", f"{piece.file}: {text}") if field == "image" else (field, text)
            for field, text in error.problems
        ]
    )
