"""A Discord bot: /draw answers with a picture, and tells people where they stand in the line.

pip install novelai-fastapi discord.py
NOVELAI_API_KEY=pst-... DISCORD_TOKEN=... python examples/16_discord_bot.py

Discord's developer portal gives the second token, to an application with a bot; invite the bot
with the scopes `bot` and `applications.commands`. Whoever may use /draw spends your Anlas.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from novelai import (
    AsyncNovelAI,
    InsufficientAnlasError,
    InvalidParamsError,
    NovelAIError,
    RateLimitError,
)
from novelai.pictures import GeneratedImage

if TYPE_CHECKING:
    import discord

PICTURES = Path("pictures")
REASONS = {
    "locked": "Another program draws on this account.",
    "rate_limited": "NovelAI has too much to do.",
}

Tell = Callable[[str], Awaitable[object]]
"""Shows a sentence to the caller, in place of the one before."""


def wait_sentence(reason: str, seconds: float | None, position: int | None) -> str:
    """Say why a picture is not begun yet."""
    if reason == "turn" and position is not None:
        return "You are next." if position == 1 else f"You are number {position} in the line."
    why = REASONS.get(reason, "NovelAI does not answer.")
    return why if seconds is None else f"{why} Asking again in {seconds:.0f} s."


def failure_sentence(error: NovelAIError) -> str:
    """Say what went wrong, to somebody who wrote the prompt and not the bot."""
    if isinstance(error, InvalidParamsError):
        return error.message  # it names the field and never quotes the prompt
    if isinstance(error, InsufficientAnlasError):
        return "The bot has no Anlas left."
    if isinstance(error, RateLimitError):
        return "NovelAI is busy with another picture of this account. Try again in a minute."
    paid = " It may have cost Anlas all the same." if error.charged == "unknown" else ""
    return f"No picture came.{paid}"


async def draw(client: AsyncNovelAI, prompt: str, tell: Tell) -> GeneratedImage:
    """Generate one picture; until it is begun, tell the caller how the wait goes on."""
    told = ""

    async def on_wait(reason: str, seconds: float | None, position: int | None) -> None:
        nonlocal told
        sentence = wait_sentence(reason, seconds, position)
        if sentence != told:  # Discord limits how often a message may change
            told = sentence
            await tell(sentence)

    waiting = client.with_options(on_wait=on_wait)
    (image,) = await waiting.image.generate(prompt=prompt, size="portrait")
    return image


async def answer(
    client: AsyncNovelAI, prompt: str, tell: Tell, folder: Path = PICTURES
) -> tuple[str, GeneratedImage | None]:
    """Return what the caller is told in the end, and the picture if there is one."""
    try:
        image = await draw(client, prompt, tell)
    except NovelAIError as error:
        return failure_sentence(error), None
    # It is paid for: it is on the disk before anything can go wrong on the way to Discord.
    image.save(folder / f"{image.seed}.png")
    return f"Seed {image.seed}", image


async def reply(
    interaction: "discord.Interaction[discord.Client]", client: AsyncNovelAI, prompt: str
) -> None:
    """Answer one /draw on Discord."""
    import discord

    async def tell(sentence: str) -> None:
        # A sentence that cannot be shown must not lose the picture behind it.
        with suppress(discord.HTTPException):
            await interaction.edit_original_response(content=sentence)

    await interaction.response.defer(thinking=True)  # Discord wants a sign within three seconds
    text, image = await answer(client, prompt, tell)
    files = [] if image is None else [discord.File(BytesIO(image.data), f"{image.seed}.png")]
    await interaction.edit_original_response(content=text, attachments=files)


def make_bot(client: AsyncNovelAI) -> "discord.Client":
    """Make the bot, with its one command."""
    import discord

    class Bot(discord.Client):
        def __init__(self) -> None:
            super().__init__(intents=discord.Intents.none())  # commands need no intents
            self.tree = discord.app_commands.CommandTree(self)

        async def setup_hook(self) -> None:
            await self.tree.sync()

    PICTURES.mkdir(exist_ok=True)
    bot = Bot()

    @bot.tree.command(name="draw", description="Draw a picture")
    async def draw_command(interaction: discord.Interaction[discord.Client], prompt: str) -> None:
        await reply(interaction, client, prompt)

    return bot


async def main() -> None:
    """Connect to Discord and answer until Ctrl-C."""
    async with AsyncNovelAI() as client, make_bot(client) as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(main())
