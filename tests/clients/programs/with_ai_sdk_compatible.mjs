// Vercel's AI SDK with its provider for whatever speaks as OpenAI does.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as ai from "ai";
import { KEY, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const place = createOpenAICompatible({ name: "novelai", baseURL: `${URL_}/v1`, apiKey: KEY });
const generateImage = ai.generateImage ?? ai.experimental_generateImage;

const draw = async (wishes = {}) => {
  const model = place.imageModel("nai-diffusion-4-5-full");
  const { images } = await generateImage({ model, prompt: PROMPT, ...wishes });
  return images.map((image) => shown(image.uint8Array));
};

async function written() {
  const { text } = await ai.generateText({ model: place("glm-4-6"), prompt: "Say hello." });
  const streamed = ai.streamText({ model: place("glm-4-6"), prompt: "Say hello." });
  let parts = 0;
  for await (const part of streamed.textStream) parts += part ? 1 : 0;
  return { text, parts };
}

await perform("@ai-sdk/openai-compatible", {
  draw,
  costly: () => draw({ size: "1536x1024" }),
  twice: async () => (await Promise.all([draw(), draw({ prompt: "2girls" })])).flat(),
  written,
});
