// Vercel's AI SDK with its provider for OpenAI.

import { createOpenAI } from "@ai-sdk/openai";
import * as ai from "ai";
import { KEY, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const openai = createOpenAI({ baseURL: `${URL_}/v1`, apiKey: KEY });
const generateImage = ai.generateImage ?? ai.experimental_generateImage;
const generateSpeech = ai.generateSpeech ?? ai.experimental_generateSpeech;

const draw = async ({ model = "gpt-image-1", ...wishes } = {}) => {
  const { images } = await generateImage({ model: openai.image(model), prompt: PROMPT, ...wishes });
  return images.map((image) => shown(image.uint8Array));
};

/** Its default model asks `/v1/responses`. */
async function respond() {
  const { text } = await ai.generateText({ model: openai("glm-4-6"), prompt: "Say hello." });
  const streamed = ai.streamText({ model: openai("glm-4-6"), prompt: "Say hello." });
  let parts = 0;
  for await (const part of streamed.textStream) parts += part ? 1 : 0;
  return { text, parts };
}

async function tool() {
  const { staticToolResults } = await ai.generateText({
    model: openai("gpt-image-1"),
    prompt: PROMPT,
    tools: { image_generation: openai.tools.imageGeneration({ outputFormat: "png" }) },
  });
  return staticToolResults.map((one) => shown(Buffer.from(one.output.result, "base64")));
}

async function edit() {
  const { image } = await generateImage({ model: openai.image("gpt-image-1"), prompt: PROMPT });
  return draw({ prompt: { text: PROMPT, images: [image.uint8Array] } });
}

await perform("@ai-sdk/openai", {
  draw,
  dall_e: () => draw({ model: "dall-e-3" }),
  several: () => draw({ n: 3 }),
  costly: () => draw({ size: "1536x1024" }),
  twice: async () => (await Promise.all([draw(), draw({ prompt: "2girls" })])).flat(),
  respond,
  tool,
  edit,
  speak: async () =>
    (await generateSpeech({ model: openai.speech("tts-1"), text: "Hello." })).audio.uint8Array.length,
});
