"""``novelai tags``."""

from typing import Annotated, Literal

import typer

from novelai.cli.completion import models
from novelai.cli.failures import failures
from novelai.cli.options import AsJson
from novelai.cli.session import connect
from novelai.cli.talk import Talk

__all__ = ["tags"]


def tags(
    text: Annotated[str, typer.Argument(help="The beginning, or any part, of a tag.")],
    *,
    lang: Annotated[Literal["en", "jp"], typer.Option(help="Language of TEXT.")] = "en",
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="ID", autocompletion=models, help="Model id."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Suggest tags that the models know. Costs nothing."""
    talk = Talk(as_json=as_json)
    with failures(talk), connect(talk) as client:
        from novelai.types.generation import DEFAULT_MODEL

        chosen = DEFAULT_MODEL if model is None else model
        if lang == "jp":
            for found in client.image.suggest_tags_jp(text, model=chosen):
                talk.record({"tag": found.en_tag, "jp_tag": found.jp_tag, "power": found.power})
                talk.result(f"{found.en_tag:<40}{found.jp_tag}")
        else:
            for tag in client.image.suggest_tags(text, model=chosen):
                talk.record({"tag": tag.tag, "count": tag.count, "confidence": tag.confidence})
                talk.result(f"{tag.tag:<40}{tag.count:>8}")
