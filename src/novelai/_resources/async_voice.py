# Made from voice.py by scripts/make_async.py: change that file, then run the script.
"""Speech, for programs on an event loop."""

from typing import Unpack

from novelai._drivers import AsyncDriver
from novelai._operations import voice as operations
from novelai._operations.voice import DEFAULT_VOICE
from novelai._raw import RawCalls, async_raw
from novelai.types.options import CallOptions
from novelai.types.voice import SpeechResult, VoiceVersion

__all__ = ["AsyncVoice"]


class AsyncVoice:
    """Texts read aloud."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    @property
    def with_raw_response(self) -> "AsyncRawVoice":
        """The same methods, which give the answer as it came, too."""
        return AsyncRawVoice(self)

    async def speak(
        self,
        text: str,
        *,
        voice: str = DEFAULT_VOICE,
        style: str | None = None,
        intonation: str | None = None,
        cadence: str | None = None,
        version: VoiceVersion | None = None,
        opus: bool = False,
        **options: Unpack[CallOptions],
    ) -> SpeechResult:
        """Read a text aloud. No cost in Anlas is known.

        Args:
            text: 1 to 1,000 characters; the service would cut what is longer.
            voice: a ready voice (`novelai.types.V2_VOICES`, `novelai.types.V1_VOICES`; letter case
                does not matter), or any other text: a seed from which a voice is made. A mix is
                written ``"seedmix:Aini+Orea-Lim"``: plus adds, minus weakens.
            style: a ready voice or seed whose style is taken instead.
            intonation: one whose intonation is taken.
            cadence: one whose cadence is taken.
            version: ``"v1"`` or ``"v2"``; by default ``"v1"`` for its ready voices, else ``"v2"``.
                Style, intonation and cadence need ``"v2"``.
            opus: WebM with Opus instead of MP3.
            **options: `CallOptions`, for this call alone.

        Raises:
            InvalidParamsError: an argument is wrong; nothing was sent.
            NovelAIError: anything else. A failure of the service (5xx) is tried again.
        """
        return await self._driver.using(options).run_generation(
            operations.speak(
                text,
                voice=voice,
                style=style,
                intonation=intonation,
                cadence=cadence,
                version=version,
                opus=opus,
            )
        )


class AsyncRawVoice(RawCalls[AsyncVoice]):
    """Methods of `Voice` that give a `novelai.types.RawResponse`."""

    @async_raw(AsyncVoice.speak)
    def speak(self) -> None:
        """Do as `Voice.speak`."""
