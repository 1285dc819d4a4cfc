"""pydantic-ai: agents over OpenAI's API."""

import asyncio
import base64
import re

from acting import KEY, PROMPT, URL, perform, shown
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryImage
from pydantic_ai.capabilities import ImageGeneration
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


def provider():
    return OpenAIProvider(base_url=f"{URL}/v1", api_key=KEY)


def chat(model="nai-diffusion-4-5-full", **settings):
    return Agent(OpenAIChatModel(model, provider=provider()), **settings)


def respond(model, **settings):
    return Agent(OpenAIResponsesModel(model, provider=provider()), **settings)


def pictures(text):
    return [shown(base64.b64decode(one)) for one in re.findall(r"base64,([\w+/=]+)", text)]


def tool(**wishes):
    """Draw with the tool of OpenAI's Responses, as its documentation shows."""
    agent = respond(
        "gpt-image-1", capabilities=[ImageGeneration(**wishes)], output_type=BinaryImage
    )
    return [shown(agent.run_sync(PROMPT).output.data)]


class Scene(BaseModel):
    place: str
    people: int


def shaped():
    return chat("glm-4-6", output_type=Scene).run_sync("A park.").output.model_dump()


async def twice():
    both = await asyncio.gather(*(chat().run(f"{PROMPT}, {name}") for name in "ab"))
    return [one for answer in both for one in pictures(answer.output)]


perform(
    "pydantic-ai-slim",
    draw=lambda: pictures(chat().run_sync(PROMPT).output),
    costly=lambda: tool(size="1536x1024"),
    written=lambda: chat("glm-4-6").run_sync("Say hello.").output,
    answered=lambda: respond("glm-4-6").run_sync("Say hello.").output,
    tool=tool,
    shaped=shaped,
    twice=twice,
)
