// OpenAI's own package for Node.

import OpenAI, { toFile } from "openai";
import { fetched, KEY, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const client = new OpenAI({ baseURL: `${URL_}/v1`, apiKey: KEY });

const pictures = async ({ data }) =>
  Promise.all(
    data.map(async (one) =>
      shown(one.b64_json ? Buffer.from(one.b64_json, "base64") : await fetched(one.url)),
    ),
  );

const draw = async (wishes = {}) =>
  pictures(await client.images.generate({ prompt: PROMPT, ...wishes }));

async function stream() {
  const events = [];
  const wish = { model: "gpt-image-1", prompt: PROMPT, stream: true, partial_images: 2 };
  for await (const event of await client.images.generate(wish)) events.push(event);
  return {
    kinds: events.map((event) => event.type),
    last: shown(Buffer.from(events.at(-1).b64_json, "base64")),
  };
}

async function edit() {
  const drawn = await client.images.generate({ model: "gpt-image-1", prompt: PROMPT, size: "512x768" });
  const source = await toFile(Buffer.from(drawn.data[0].b64_json, "base64"), "source.png", {
    type: "image/png",
  });
  const wish = { model: "gpt-image-1", prompt: PROMPT };
  return {
    whole: await pictures(await client.images.edit({ ...wish, image: source })),
    listed: await pictures(await client.images.edit({ ...wish, image: [source] })),
  };
}

async function respond() {
  const text = await client.responses.create({ model: "glm-4-6", input: "Say hello." });
  const drawn = await client.responses.create({
    model: "gpt-image-1",
    input: PROMPT,
    tools: [{ type: "image_generation" }],
  });
  const calls = drawn.output.filter((one) => one.type === "image_generation_call");
  return {
    text: text.output_text,
    pictures: calls.map((one) => shown(Buffer.from(one.result, "base64"))),
  };
}

async function speak() {
  const answer = await client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "Hello." });
  return (await answer.arrayBuffer()).byteLength;
}

await perform("openai", {
  draw,
  dall_e: () => draw({ model: "dall-e-3" }),
  costly: () => draw({ model: "gpt-image-1", size: "1536x1024" }),
  twice: async () =>
    (await Promise.all(["a", "b"].map((n) => draw({ model: "gpt-image-1", prompt: `${PROMPT}, ${n}` })))).flat(),
  stream,
  edit,
  respond,
  speak,
});
