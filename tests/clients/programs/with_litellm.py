"""LiteLLM, the package."""

import asyncio
import base64
import io
import re

import litellm
from acting import KEY, PROMPT, URL, fetched, perform, shown
from PIL import Image

PLACE = {"api_base": f"{URL}/v1", "api_key": KEY}


def pictures(answer):
    return [
        shown(base64.b64decode(one["b64_json"]) if one["b64_json"] else fetched(one["url"]))
        for one in answer.data
    ]


def draw(model="openai/gpt-image-1", **wishes):
    return pictures(litellm.image_generation(prompt=PROMPT, model=model, **PLACE, **wishes))


def edit():
    file = io.BytesIO()
    Image.new("RGB", (512, 768), "teal").save(file, "PNG")
    file.seek(0)
    file.name = "source.png"
    return pictures(
        litellm.image_edit(model="openai/gpt-image-1", image=file, prompt=PROMPT, **PLACE)
    )


def chat(model="openai/nai-diffusion-4-5-full", **more):
    turns = [{"role": "user", "content": PROMPT}]
    return litellm.completion(model=model, messages=turns, **PLACE, **more)


def drawn(text):
    return [shown(base64.b64decode(one)) for one in re.findall(r"base64,([\w+/=]+)", text)]


def stream():
    parts = [chunk.choices[0].delta.content or "" for chunk in chat(stream=True)]
    return {"chunks": len(parts), "pictures": drawn("".join(parts))}


def speak():
    answer = litellm.speech(model="openai/tts-1", voice="alloy", input="Hello.", **PLACE)
    return len(answer.content)


async def twice():
    wish = {"model": "openai/gpt-image-1", **PLACE}
    both = (litellm.aimage_generation(prompt=f"{PROMPT}, {n}", **wish) for n in "ab")
    return [one for answer in await asyncio.gather(*both) for one in pictures(answer)]


perform(
    "litellm",
    draw=draw,
    dall_e=lambda: draw("openai/dall-e-3"),
    costly=lambda: draw(size="1536x1024"),
    edit=edit,
    chat=lambda: drawn(chat().choices[0].message.content),
    written=lambda: chat("openai/glm-4-6").choices[0].message.content,
    stream=stream,
    respond=lambda: litellm.responses(model="openai/glm-4-6", input="Hi", **PLACE).output_text,
    speak=speak,
    twice=twice,
)
