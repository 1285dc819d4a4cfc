"""The stream of an instruction model, and what it adds up to."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from pydantic import ValidationError

from novelai._codecs.cut import cut_stream
from novelai._operations.documents import Documents
from novelai._operations.stops import StopTrimmer
from novelai.types.text_results import ChatChoice, ChatEvent, ChatResult, TokenUsage

__all__ = ["ChatEventDecoder", "ChoiceText", "choices_in", "join_events", "usage_in"]


class ChoiceText:
    """One answer's text as it comes: no newline in front, nothing from a stop text on.

    Args:
        stops: the stop texts.
        strip: leave out newlines in front; the models often begin an answer with one.
    """

    def __init__(self, stops: tuple[str, ...], *, strip: bool) -> None:
        self._stops = StopTrimmer(stops)
        self._strip = strip

    def feed(self, piece: str, *, last: bool) -> str:
        """Take the next piece; return the text that is ready."""
        text = self._stops.feed(piece)
        if last:
            text += self._stops.finish()
        if self._strip:
            text = text.lstrip("\n")
            self._strip = not text
        return text


class ChatEventDecoder:
    """Bytes of a chat stream to events, however they were cut.

    Args:
        stops: texts that end an answer.
        answers: how many answers were asked for; the stream is complete when each has ended.
    """

    def __init__(self, stops: tuple[str, ...], answers: int) -> None:
        self._documents = Documents()
        self._stops = stops
        self._texts: dict[int, ChoiceText] = {}
        self._missing = answers
        self._request_id: str | None = None

    def begin(self, request_id: str) -> None:
        """Take the id of the request that is answered."""
        self._request_id = request_id

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no event."""
        return self._documents.completing(data)

    def feed(self, data: bytes) -> Iterator[ChatEvent]:
        """Take the next bytes; give the events they complete, one by one."""
        for document in self._documents.feed(data):
            yield from self._events(document)

    def finish(self) -> Iterator[ChatEvent]:
        """Say that the stream ended; raise if an answer is incomplete."""
        if not self._complete:
            for document in self._documents.finish():
                yield from self._events(document)
        for index, text in self._texts.items():
            if held := text.feed("", last=True):
                yield ChatEvent(text=held, index=index, request_id=self._request_id)
        if not self._complete:
            raise cut_stream(paid=False)

    @property
    def _complete(self) -> bool:
        return self._documents.done or self._missing <= 0

    def _events(self, document: dict[str, Any]) -> Iterator[ChatEvent]:
        usage = usage_in(document)
        choices = choices_in(document)
        for choice in choices:
            text = self._texts.setdefault(choice.index, ChoiceText(self._stops, strip=True))
            ended = choice.finish_reason is not None
            self._missing -= ended
            event = ChatEvent(
                text=text.feed(choice.text, last=ended),
                index=choice.index,
                finish_reason=choice.finish_reason,
                token_ids=choice.token_ids,
                logprobs=next(iter(choice.logprobs), None),
                usage=usage,
                request_id=self._request_id,
            )
            if event.text or event.token_ids or ended or usage:
                yield event
        if usage and not choices:
            yield ChatEvent(text="", usage=usage, request_id=self._request_id)


def join_events(events: Iterable[ChatEvent]) -> ChatResult:
    """Return the answers that events add up to."""
    usage: TokenUsage | None = None
    request_id: str | None = None
    by_answer: dict[int, list[ChatEvent]] = {0: []}
    for event in events:
        by_answer.setdefault(event.index, []).append(event)
        usage, request_id = event.usage or usage, event.request_id
    choices = tuple(_choice(index, by_answer[index]) for index in sorted(by_answer))
    return ChatResult(choices=choices, usage=usage, request_id=request_id)


def _choice(index: int, events: list[ChatEvent]) -> ChatChoice:
    reasons = [event.finish_reason for event in events if event.finish_reason]
    return ChatChoice(
        text="".join(event.text for event in events),
        index=index,
        finish_reason=reasons[-1] if reasons else None,
        token_ids=tuple(token for event in events for token in event.token_ids),
        logprobs=tuple(event.logprobs for event in events if event.logprobs),
    )


def usage_in(document: dict[str, Any]) -> TokenUsage | None:
    """Return the token count, if there is one that can be read."""
    if not document.get("usage"):
        return None
    try:
        return TokenUsage.model_validate(document["usage"])
    except ValidationError:
        return None


def choices_in(document: dict[str, Any]) -> list[ChatChoice]:
    """Return the answers, or pieces of answers, in a document: of a chat or a completion."""
    listed = document.get("choices")
    found = cast("list[Any]", listed) if isinstance(listed, list) else []
    return [
        _read_choice(cast("dict[str, Any]", choice), position)
        for position, choice in enumerate(found)
        if isinstance(choice, dict)
    ]


def _read_choice(choice: dict[str, Any], position: int) -> ChatChoice:
    index = choice.get("index")
    reason = choice.get("finish_reason")
    tokens = choice.get("token_ids")
    logprobs = choice.get("logprobs")
    return ChatChoice(
        text=_text(choice),
        index=index if isinstance(index, int) else position,
        finish_reason=reason if isinstance(reason, str) else None,
        token_ids=tuple(token for token in cast("list[Any]", tokens) if isinstance(token, int))
        if isinstance(tokens, list)
        else (),
        logprobs=(cast("dict[str, Any]", logprobs),) if isinstance(logprobs, dict) else (),
    )


def _text(choice: dict[str, Any]) -> str:
    """Get the text of a piece (``delta``), of a whole answer (``message``) or of a completion."""
    for name in ("delta", "message"):
        part = choice.get(name)
        if isinstance(part, dict):
            content = cast("dict[str, Any]", part).get("content")
            return content if isinstance(content, str) else ""
    text = choice.get("text")
    return text if isinstance(text, str) else ""
