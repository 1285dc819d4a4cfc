"""OpenAI's own package for Python."""

import asyncio
import base64
import io
import struct
import zlib

import openai
from acting import KEY, PROMPT, URL, fetched, perform, shown

BASE = f"{URL}/v1"


def client():
    return openai.OpenAI(base_url=BASE, api_key=KEY)


def png(width, height, pixel=b"\x20\x40\x80"):
    """Return a picture of one colour, without a package for pictures."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[len(pixel)], 0, 0, 0)
    rows = (b"\x00" + pixel * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def pictures(answer):
    return [
        shown(base64.b64decode(one.b64_json) if one.b64_json else fetched(one.url))
        for one in answer.data
    ]


def draw(**wishes):
    return pictures(client().images.generate(prompt=PROMPT, **wishes))


def stream():
    events = list(
        client().images.generate(
            model="gpt-image-1", prompt=PROMPT, size="1024x1024", stream=True, partial_images=2
        )
    )
    return {
        "kinds": [event.type for event in events],
        "last": shown(base64.b64decode(events[-1].b64_json)),
    }


def edit():
    source = ("source.png", png(512, 768), "image/png")
    hole = ("mask.png", png(512, 768, b"\x00\x00\x00\x00"), "image/png")
    return {
        "whole": pictures(client().images.edit(model="gpt-image-1", image=source, prompt=PROMPT)),
        "listed": pictures(
            client().images.edit(model="gpt-image-1", image=[source], prompt=PROMPT)
        ),
        "masked": pictures(
            client().images.edit(model="gpt-image-1", image=source, mask=hole, prompt=PROMPT)
        ),
        "varied": pictures(client().images.create_variation(image=io.BytesIO(png(512, 512)))),
    }


def chat():
    answer = client().chat.completions.create(
        model="nai-diffusion-4-5-full", messages=[{"role": "user", "content": PROMPT}]
    )
    return shown(base64.b64decode(answer.choices[0].message.content.partition("base64,")[2][:-1]))


def written():
    answer = client().chat.completions.create(
        model="glm-4-6", messages=[{"role": "user", "content": "Say hello."}]
    )
    return answer.choices[0].message.content


def respond():
    tools = [{"type": "image_generation"}]
    text = client().responses.create(model="glm-4-6", input="Say hello.")
    drawn = client().responses.create(model="gpt-image-1", input=PROMPT, tools=tools)
    with client().responses.stream(model="glm-4-6", input="Say hello.") as events:
        kinds = [event.type for event in events]
    calls = [one for one in drawn.output if one.type == "image_generation_call"]
    return {
        "text": text.output_text,
        "pictures": [shown(base64.b64decode(one.result)) for one in calls],
        "kinds": sorted(set(kinds)),
    }


def speak():
    with client().audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input="Hello."
    ) as answer:
        streamed = b"".join(answer.iter_bytes())
    whole = client().audio.speech.create(model="tts-1", voice="alloy", input="Hello.").content
    return {"streamed": len(streamed), "whole": len(whole)}


async def twice():
    async with openai.AsyncOpenAI(base_url=BASE, api_key=KEY) as both:
        answers = await asyncio.gather(
            *(both.images.generate(model="gpt-image-1", prompt=f"{PROMPT}, {n}") for n in "ab")
        )
    return [picture for answer in answers for picture in pictures(answer)]


perform(
    "openai",
    draw=draw,
    dall_e=lambda: draw(model="dall-e-3"),
    several=lambda: draw(model="gpt-image-1", n=3),
    costly=lambda: draw(model="gpt-image-1", size="1536x1024"),
    stream=stream,
    edit=edit,
    chat=chat,
    written=written,
    respond=respond,
    speak=speak,
    twice=twice,
)
