"""``novelai write``."""

from typing import Annotated

import typer

from novelai.cli.completion import text_models
from novelai.cli.failures import failures
from novelai.cli.options import AsJson, MaxWait
from novelai.cli.reading import TextFile, read_text
from novelai.cli.session import connect
from novelai.cli.talk import Talk

__all__ = ["write"]


def write(
    prompt: Annotated[
        str | None, typer.Argument(help="How the story begins; - reads standard input.")
    ] = None,
    *,
    prompt_file: TextFile = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="ID", autocompletion=text_models, help="Model id."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Sampling preset of the web page.")
    ] = None,
    length: Annotated[int, typer.Option(min=1, help="Tokens to write, up to 150 or 250.")] = 100,
    max_wait: MaxWait = 120,
    as_json: AsJson = False,
) -> None:
    """Let a story model write on from a beginning. Costs no Anlas."""
    talk = Talk(as_json=as_json)
    with failures(talk), connect(talk, max_wait=max_wait) as client:
        from novelai.types.text import DEFAULT_TEXT_MODEL, TextFields

        fields: TextFields = {"max_length": length}
        if preset is not None:
            fields["preset"] = preset
        chosen = DEFAULT_TEXT_MODEL if model is None else model
        text, beginning = "", read_text(prompt, prompt_file, "PROMPT")
        with client.text.stream(beginning, model=chosen, **fields) as events:
            for event in events:
                talk.piece(event.text)
                text += event.text
        talk.piece("\n")
        talk.record({"text": text, "model": chosen})
