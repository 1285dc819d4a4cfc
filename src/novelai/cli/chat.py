"""``novelai chat``."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from novelai.cli.completion import chat_models
from novelai.cli.failures import describe, failures
from novelai.cli.options import AsJson, MaxWait
from novelai.cli.reading import TextFile, read_text
from novelai.cli.session import connect
from novelai.cli.talk import Talk
from novelai.errors import NovelAIError

if TYPE_CHECKING:
    from novelai.types.chat import ChatMessage

__all__ = ["chat"]

Ask = Callable[["list[ChatMessage]"], Iterable[str]]
"""Gives the pieces of the answer to a conversation."""


def chat(
    message: Annotated[
        str | None,
        typer.Argument(help="What to say; - reads standard input. Left out: a conversation."),
    ] = None,
    *,
    prompt_file: TextFile = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="ID", autocompletion=chat_models, help="Model id."),
    ] = None,
    system: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the model is told beforehand.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Length of an answer.")] = None,
    max_wait: MaxWait = 120,
    as_json: AsJson = False,
) -> None:
    """Talk to an instruction model; the answer appears as it is written.

    Costs no Anlas. A conversation ends with Ctrl-D.
    """
    talk = Talk(as_json=as_json)
    if message is None and prompt_file is None and not sys.stdin.isatty():
        message = "-"
    with failures(talk), connect(talk, max_wait=max_wait) as client:
        from novelai.types.chat import DEFAULT_CHAT_MODEL, ChatParams

        params = ChatParams() if max_tokens is None else ChatParams(max_tokens=max_tokens)
        chosen = DEFAULT_CHAT_MODEL if model is None else model

        def ask(turns: "list[ChatMessage]") -> Iterator[str]:
            with client.text.chat_stream(turns, model=chosen, params=params) as events:
                yield from (event.text for event in events)

        conversation = Conversation(ask, system, model=chosen)
        if message is None and prompt_file is None:
            converse(conversation, talk)
        else:
            answer(conversation, read_text(message, prompt_file, "MESSAGE"), talk)
            talk.piece("\n")


class Conversation:
    """Turns so far, and what comes next.

    Args:
        ask: gives the pieces of an answer.
        system: what the model is told beforehand.
        model: who answers.
    """

    def __init__(self, ask: Ask, system: str | None = None, *, model: str = "") -> None:
        from novelai.types.chat import ChatMessage

        self.model = model
        self._ask = ask
        self.turns: list[ChatMessage] = (
            [ChatMessage(role="system", content=system)] if system else []
        )

    def say(self, message: str) -> Iterator[str]:
        """Say something and give the pieces of the answer; remembered once it is complete."""
        from novelai.types.chat import ChatMessage

        turns = [*self.turns, ChatMessage(role="user", content=message)]
        answer = ""
        for piece in self._ask(turns):
            answer += piece
            yield piece
        self.turns = [*turns, ChatMessage(role="assistant", content=answer)]


def answer(conversation: Conversation, message: str, talk: Talk) -> None:
    """Say something and tell the answer: to a person as it is written, to a program whole."""
    text = ""
    for piece in conversation.say(message):
        talk.piece(piece)
        text += piece
    talk.record({"text": text, "model": conversation.model})


def converse(conversation: Conversation, talk: Talk, read: Callable[[str], str] = input) -> None:
    """Talk until the end of input; a failure or Ctrl-C ends only the answer it strikes.

    Args:
        conversation: what is carried on.
        talk: where the answers go.
        read: shows a prompt and gives the next line.
    """
    while True:
        try:
            message = read("" if talk.as_json else "> ").strip()
        except (EOFError, KeyboardInterrupt):
            talk.piece("\n")
            return
        if not message:
            continue
        try:
            answer(conversation, message, talk)
        except KeyboardInterrupt:
            talk.piece(" …")
        except NovelAIError as error:
            talk.complain(describe(error), code=error.code, charged=error.charged)
        talk.piece("\n")
