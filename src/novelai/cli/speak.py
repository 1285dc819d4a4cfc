"""``novelai speak``."""

from typing import Annotated

import typer

from novelai.cli.completion import voices
from novelai.cli.failures import failures
from novelai.cli.options import AsJson, MaxWait, OutputFolder
from novelai.cli.output import Output, safe_name
from novelai.cli.reading import TextFile, read_text
from novelai.cli.session import connect
from novelai.cli.talk import Talk

__all__ = ["speak"]

SUFFIXES = frozenset({".mp3", ".webm"})


def speak(
    text: Annotated[
        str | None, typer.Argument(help="Up to 1,000 characters; - reads standard input.")
    ] = None,
    *,
    prompt_file: TextFile = None,
    voice: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=voices,
            help="A ready voice, or any text as the seed of a new one.",
        ),
    ] = None,
    style: Annotated[
        str | None, typer.Option(metavar="NAME", help="A voice whose style is taken (v2).")
    ] = None,
    opus: Annotated[
        bool, typer.Option("--opus", help="WebM with Opus instead of MP3, as -o x.webm does.")
    ] = False,
    output: OutputFolder = None,
    max_wait: MaxWait = 120,
    as_json: AsJson = False,
) -> None:
    """Read a text aloud into a file and print where it is. Costs no Anlas."""
    talk = Talk(as_json=as_json)
    place = Output(output, SUFFIXES)
    if opus and place.suffix == ".mp3":
        raise typer.BadParameter("makes WebM, but --output ends in .mp3", param_hint="--opus")
    with failures(talk), connect(talk, max_wait=max_wait) as client:
        from novelai._operations.voice import DEFAULT_VOICE

        chosen = DEFAULT_VOICE if voice is None else voice
        words = read_text(text, prompt_file, "TEXT")
        place.prepare()
        speech = client.voice.speak(
            words, voice=chosen, style=style, opus=opus or place.suffix == ".webm"
        )
        name = f"{safe_name(words)}-{safe_name(chosen)}{speech.suffix}"
        path = place.write(speech.data, name)
        talk.record({"file": str(path), "voice": chosen, "media_type": speech.media_type})
        talk.result(str(path))
