"""The same client for programs on an event loop: bots, web servers, notebooks."""

import asyncio

from novelai import AsyncNovelAI


async def draw(client: AsyncNovelAI, name: str, prompt: str) -> None:
    """Generate a picture and save it."""
    images = await client.image.generate(prompt=prompt, size="small_portrait")
    # Writing an untouched picture copies bytes and takes no time worth a thread.
    images[0].save(f"08_{name}.png")
    print(f"{name} is done")


async def main() -> None:
    """Ask for three pictures at once; the client sends one after another, in this order."""
    async with AsyncNovelAI() as client:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(draw(client, "cat", "1girl, cat ears"))
            tasks.create_task(draw(client, "fox", "1girl, fox ears"))
            tasks.create_task(draw(client, "wolf", "1girl, wolf ears"))
        print(f"{await client.user.get_anlas()} Anlas left")


asyncio.run(main())
