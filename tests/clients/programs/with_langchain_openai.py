"""langchain-openai: a chat, whose model may be one that draws."""

import base64
import re

from acting import KEY, PROMPT, URL, perform, shown
from langchain_openai import ChatOpenAI


def chat(model="nai-diffusion-4-5-full", **settings):
    return ChatOpenAI(model=model, base_url=f"{URL}/v1", api_key=KEY, **settings)


def pictures(text):
    return [shown(base64.b64decode(one)) for one in re.findall(r"base64,([\w+/=]+)", text)]


def draw(prompt=PROMPT):
    return pictures(chat().invoke(prompt).text)


def stream():
    chunks = [chunk.text for chunk in chat().stream(PROMPT)]
    return {"chunks": len(chunks), "pictures": pictures("".join(chunks))}


def respond():
    """The image tool of OpenAI's Responses."""
    model = chat("gpt-image-1", use_responses_api=True)
    answer = model.bind_tools([{"type": "image_generation"}]).invoke(PROMPT)
    blocks = [block for block in answer.content_blocks if block["type"] == "image"]
    return [shown(base64.b64decode(block["base64"])) for block in blocks]


perform(
    "langchain-openai",
    draw=draw,
    costly=lambda: pictures(chat(extra_body={"size": "1536x1024"}).invoke(PROMPT).text),
    written=lambda: chat("glm-4-6").invoke("Say hello.").text,
    stream=stream,
    respond=respond,
    twice=lambda: [
        picture for one in chat().batch([PROMPT, "2girls"]) for picture in pictures(one.text)
    ],
)
