"""Text, for programs that wait."""

from typing import Unpack

from novelai._drivers import SyncDriver
from novelai._operations import chat as chats
from novelai._operations import text as stories
from novelai._operations.chat import Messages
from novelai._operations.text_events import Decode
from novelai._operations.text_input import Prompt, text_params
from novelai._raw import RawCalls, raw
from novelai.streams import EventStream
from novelai.types.calls import ChatCall, CompletionCall, TextCall
from novelai.types.chat import DEFAULT_CHAT_MODEL, ChatParams, CompletionParams
from novelai.types.options import CallOptions
from novelai.types.text import DEFAULT_TEXT_MODEL, TextParams
from novelai.types.text_results import ChatEvent, ChatResult, TextEvent, TextModel, TextResult

__all__ = ["Text"]


class Text:
    """Text: stories (Kayra, Erato), and answers of instruction models (GLM, Xialong).

    Text costs no Anlas; it needs a subscription or a trial. Like pictures, texts are generated one
    at a time for each client, and callers wait their turn in order. A text is never asked for
    twice once it may have been written.
    """

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    @property
    def with_raw_response(self) -> "RawText":
        """The same methods, which give the answer as it came, too."""
        return RawText(self)

    def generate(
        self,
        prompt: Prompt,
        *,
        model: str = DEFAULT_TEXT_MODEL,
        params: TextParams | None = None,
        decode: Decode | None = None,
        **fields: Unpack[TextCall],
    ) -> TextResult:
        """Let a story model write on. Costs nothing.

        Args:
            prompt: 1 to 100,000 characters; the model reads the last 8192 tokens at most, and a
                prompt that does not fit is refused, not cut. Or tokens as numbers (token mode).
            model: ``"kayra-v1"``, or ``"llama-3-erato-v1"`` (Opus); other ids are passed through.
            params: how to write.
            decode: in token mode, makes text of token numbers, for example the ``decode`` of a
                tokenizer; without it only the numbers come back.
            **fields: the same as keywords, instead of ``params``; ``preset="Carefree"`` starts
                from a preset of the web page. And `CallOptions`.

        Returns:
            the text that follows the prompt, without the prompt.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
            PermissionDeniedError: the account may not use the model, or there is no such model.
            NovelAIError: anything else.
        """
        driver, given = self._driver.take(fields)
        chosen = text_params(TextParams, params, given, model)
        flow = stories.generate(prompt, model=model, params=chosen, decode=decode)
        return driver.run_generation(flow)

    def stream(
        self,
        prompt: Prompt,
        *,
        model: str = DEFAULT_TEXT_MODEL,
        params: TextParams | None = None,
        decode: Decode | None = None,
        **fields: Unpack[TextCall],
    ) -> EventStream[TextEvent]:
        """Let a story model write on, and read while it writes. Costs nothing.

        Args:
            prompt: as for `generate`.
            model: as for `generate`.
            params: how to write.
            decode: as for `generate`.
            **fields: the same as keywords, instead of ``params``; and `CallOptions`.

        Returns:
            pieces of the text in order; the last one is ``final``.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
            NovelAIError: anything else, while iterating.
        """
        driver, given = self._driver.take(fields)
        chosen = text_params(TextParams, params, given, model)
        flow = stories.stream(prompt, model=model, params=chosen, decode=decode)
        return EventStream(driver.stream_generation(flow))

    def chat(
        self,
        messages: Messages,
        *,
        model: str = DEFAULT_CHAT_MODEL,
        params: ChatParams | None = None,
        **fields: Unpack[ChatCall],
    ) -> ChatResult:
        """Let an instruction model answer a conversation. Costs nothing.

        Args:
            messages: the turns so far, as `ChatMessage` or ``{"role": ..., "content": ...}``, or
                one text as the user's only turn. Contents are texts, never lists of parts.
            model: ``"glm-4-6"``, or ``"xialong-v1"`` (Opus); other ids are passed through.
            params: how to answer.
            **fields: the same as keywords, instead of ``params``; ``preset="Default"`` is the web
                page's own for GLM. And `CallOptions`.

        Returns:
            the answer, without the newline that models like to begin with.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
            NovelAIError: anything else.
        """
        driver, given = self._driver.take(fields)
        chosen = text_params(ChatParams, params, given, model)
        return driver.run_generation(chats.chat(messages, model=model, params=chosen))

    def chat_stream(
        self,
        messages: Messages,
        *,
        model: str = DEFAULT_CHAT_MODEL,
        params: ChatParams | None = None,
        **fields: Unpack[ChatCall],
    ) -> EventStream[ChatEvent]:
        """Let an instruction model answer, and read while it writes. Costs nothing.

        Args:
            messages: as for `chat`.
            model: as for `chat`.
            params: how to answer.
            **fields: the same as keywords, instead of ``params``; and `CallOptions`.

        Returns:
            pieces of the answer; the last one has a ``finish_reason``.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
            NovelAIError: anything else, while iterating.
        """
        driver, given = self._driver.take(fields)
        chosen = text_params(ChatParams, params, given, model)
        flow = chats.chat_stream(messages, model=model, params=chosen)
        return EventStream(driver.stream_generation(flow))

    def complete(
        self,
        prompt: Prompt,
        *,
        model: str = DEFAULT_CHAT_MODEL,
        params: CompletionParams | None = None,
        **fields: Unpack[CompletionCall],
    ) -> ChatResult:
        """Let an instruction model continue a raw prompt. Costs nothing.

        Args:
            prompt: the prompt with its turns marked as the model wants them, or tokens as numbers.
            model: as for `chat`.
            params: how to continue.
            **fields: the same as keywords, instead of ``params``; and `CallOptions`.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
            NovelAIError: anything else.
        """
        driver, given = self._driver.take(fields)
        chosen = text_params(CompletionParams, params, given, model)
        return driver.run_generation(chats.complete(prompt, model=model, params=chosen))

    def models(self, **options: Unpack[CallOptions]) -> list[TextModel]:
        """Return the instruction models the account may use.

        Story models are not listed. Costs nothing.

        NovelAI may answer with an empty list.

        Args:
            **options: `CallOptions`, for this call alone.
        """
        return self._driver.using(options).run(chats.models())

    def count_tokens(
        self, text: str, *, model: str = DEFAULT_CHAT_MODEL, **options: Unpack[CallOptions]
    ) -> int:
        """Count the tokens of a text for an instruction model. Costs nothing.

        Args:
            text: 1 to 1,000,000 characters.
            model: the model whose tokens are counted.
            **options: `CallOptions`, for this call alone.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
        """
        return self._driver.using(options).run(chats.count_tokens(text, model=model))


class RawText(RawCalls[Text]):
    """Methods of `Text` that give a `novelai.types.RawResponse`; streams are not among them."""

    @raw(Text.generate)
    def generate(self) -> None:
        """Do as `Text.generate`."""

    @raw(Text.chat)
    def chat(self) -> None:
        """Do as `Text.chat`."""

    @raw(Text.complete)
    def complete(self) -> None:
        """Do as `Text.complete`."""

    @raw(Text.models)
    def models(self) -> None:
        """Do as `Text.models`."""

    @raw(Text.count_tokens)
    def count_tokens(self) -> None:
        """Do as `Text.count_tokens`."""
