"""Carrying out an order of pictures: price it, generate, save, report."""

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from novelai.cli.batch import Call, plan, price_calls
from novelai.cli.failures import Watch, failures
from novelai.cli.order import Order
from novelai.cli.output import Output, safe_name
from novelai.cli.progress import finals
from novelai.cli.quote import announce, ask_for_prices, quote, refuse_what_cannot_be_paid, total
from novelai.cli.session import connect
from novelai.cli.talk import Talk
from novelai.cli.wildcards import Wildcards, read_wildcards
from novelai.errors import ConfigurationError, PromptCutWarning
from novelai.tokens import PromptTokens
from novelai.types.generation import GenerateImageParams
from novelai.types.rules import cut_texts

if TYPE_CHECKING:
    from novelai.client import NovelAI
    from novelai.pictures import GeneratedImage

__all__ = ["work"]


def work(
    order: Order,
    talk: Talk,
    place: Output,
    *,
    stream: bool | None,
    max_wait: float,
    pause: float,
    only_cost: bool,
    ask_account: bool,
) -> None:
    """Carry out an order.

    Args:
        order: what was asked for.
        talk: where to report.
        place: where to save.
        stream: watch the steps; ``None``: when somebody watches the terminal.
        max_wait: seconds to wait while the account is busy.
        pause: seconds between two calls.
        only_cost: report the price and send nothing.
        ask_account: ask for tier and balance first.
    """
    with failures(talk) as watch:
        wildcards = read_wildcards(order.wildcards, order.roll_seed, talk)
        planned = check_calls(order, wildcards, talk)
        pictures = sum(params.n_samples for params in planned)
        if only_cost and not ask_account:
            prices = [call.anlas for call in price_calls(planned, None)]
            quote(prices, pictures, None, talk, count_prompts(planned, talk))
            return
        with connect(talk, max_wait=max_wait) as client:
            account = ask_for_prices(client, talk, is_asked=ask_account)
            calls = price_calls(planned, account, known=account is not None or not talk.as_json)
            prices = [call.anlas for call in calls]
            if only_cost:
                quote(prices, pictures, account, talk, count_prompts(planned, talk))
                return
            refuse_what_cannot_be_paid(total(prices), account if ask_account else None)
            place.prepare()
            announce(prices, pictures, account, talk)
            # The notes have said it already.
            warnings.simplefilter("ignore", PromptCutWarning)
            for index, call in enumerate(calls):
                if index:
                    time.sleep(pause)
                title = f"call {index + 1} of {len(calls)}" if len(calls) > 1 else "drawing"
                details = wildcards.describe(call.params.prompt) if wildcards else {}
                run(client, call, talk, place, watch, details=details, stream=stream, title=title)


def check_calls(order: Order, wildcards: Wildcards | None, talk: Talk) -> list[GenerateImageParams]:
    """List the calls that are sent, and note what is doubtful about them."""
    with talk.note_warnings():
        fields = order.parameters()
        requests = [{**fields, "prompt": prompt} for prompt in order.prompts]
        if wildcards is not None:
            requests = [wildcards.expand(one, number) for number, one in enumerate(requests)]
        calls = plan(requests, count=order.count, one_by_one=order.one_by_one)
    cuts = [cut for call in calls for cut in cut_texts(call)]
    for cut in dict.fromkeys(cuts):
        talk.note(f"note: {cut}")
    return calls


def count_prompts(calls: Sequence[GenerateImageParams], talk: Talk) -> list[PromptTokens]:
    """Count the tokens of each prompt of an order once; none, with a note, if nobody can."""
    different = {str(call.sent_texts): call for call in calls}
    try:
        return [call.count_tokens() for call in different.values()]
    except ConfigurationError as error:
        talk.note(f"note: {error.message}")
        return []


def run(
    client: "NovelAI",
    call: Call,
    talk: Talk,
    place: Output,
    watch: Watch,
    *,
    details: Mapping[str, Any],
    stream: bool | None,
    title: str,
) -> None:
    """Make one call; each picture is saved as soon as it is there.

    ``details`` are said of each picture, too.
    """
    lines: list[dict[str, Any]] = []
    try:
        with watch.paying():
            watched = talk.lively if stream is None else stream
            for sample, picture in arriving(client, call, talk, watched=watched, title=title):
                lines.append({**save_image(picture, call, sample, place), **details})
                watch.saved += 1
    finally:
        # Said when the bar is gone; what came before a failure was paid for, too.
        for line in lines:
            if "note" in line:
                talk.note(f"note: {line['note']}")
            talk.result(line["file"])
            talk.record(line)


def arriving(
    client: "NovelAI", call: Call, talk: Talk, *, watched: bool, title: str
) -> "Iterator[tuple[int, GeneratedImage]]":
    """Yield the pictures of one call with their numbers, as they come."""
    params = call.params
    if not watched or not params.spec.streams:
        yield from enumerate(client.image.generate(params))
        return
    with client.image.generate_stream(params) as events:
        console = talk.stderr if talk.lively else None
        for final in finals(events, console, steps=params.steps, title=title):
            yield final.sample, final.picture


def save_image(picture: "GeneratedImage", call: Call, sample: int, place: Output) -> dict[str, Any]:
    """Save one picture; gives what a script wants to know of it.

    Where it was laid over the picture that was repainted, what NovelAI sent is saved beside it.
    """
    ending = picture.media_type.removeprefix("image/")
    name = f"{safe_name(call.params.prompt)}-{picture.seed}.{ending}"
    more: dict[str, Any] = {}
    if picture.received != picture.data:
        more["received"] = str(place.write(picture.received, name, "received"))
    if picture.note is not None:
        more["note"] = picture.note
    path = place.write(picture.data, name)
    return {
        "file": str(path),
        "seed": picture.seed,
        "size": f"{picture.width}x{picture.height}",
        "model": call.params.model,
        "anlas": call.share(sample),
        **more,
    }
