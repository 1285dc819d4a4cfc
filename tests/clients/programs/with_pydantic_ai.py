"""pydantic-ai: agents over OpenAI's API."""

import asyncio
import base64
import re

from acting import KEY, PROMPT, URL, perform, shown
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

LARGE = {"extra_body": {"size": "1536x1024"}}


def provider():
    return OpenAIProvider(base_url=f"{URL}/v1", api_key=KEY)


def chat(model="nai-diffusion-4-5-full", **settings):
    return Agent(OpenAIChatModel(model, provider=provider()), **settings)


def respond(model, **settings):
    return Agent(OpenAIResponsesModel(model, provider=provider()), **settings)


def pictures(text):
    return [shown(base64.b64decode(one)) for one in re.findall(r"base64,([\w+/=]+)", text)]


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
    costly=lambda: pictures(chat().run_sync(PROMPT, model_settings=LARGE).output),
    written=lambda: chat("glm-4-6").run_sync("Say hello.").output,
    answered=lambda: respond("glm-4-6").run_sync("Say hello.").output,
    shaped=shaped,
    twice=twice,
)
