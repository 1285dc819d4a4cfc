// @stable-canvas/comfyui-client: waits on the socket; its address may have a path, and it sends no key.

import { BasePipe, Client } from "@stable-canvas/comfyui-client";
import { readFileSync } from "node:fs";
import WebSocket from "ws";
import { fetched, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const place = new URL(URL_);

async function connected() {
  const settings = { api_host: place.host, api_base: place.pathname.replace(/\/$/, "") };
  const client = new Client({ ...settings, clientId: crypto.randomUUID(), WebSocket, fetch });
  await client.connect();
  return client;
}

const pictures = ({ images }) =>
  Promise.all(images.map(async ({ type, data }) => shown(type === "buff" ? data : await fetched(data))));

async function enqueue(latent = {}, options = {}) {
  const workflow = JSON.parse(readFileSync(new URL("workflow.json", import.meta.url), "utf8"));
  Object.assign(workflow[5].inputs, latent);
  const client = await connected();
  return pictures(await client.enqueue(workflow, options));
}

async function progress() {
  const told = { progress: 0, previews: 0 };
  const found = await enqueue({}, { progress: () => told.progress++ });
  told.previews = found.filter((one) => one === "JPEG").length;
  return { ...told, pictures: found };
}

/** What its README begins with. */
async function pipe() {
  const client = await connected();
  const made = await new BasePipe()
    .with(client)
    .model("sdxl.safetensors")
    .prompt(PROMPT)
    .negative("Low quality, blurry")
    .save()
    .wait();
  return pictures(made);
}

async function lists() {
  const client = await connected();
  return {
    checkpoints: (await client.getSDModels()).length,
    samplers: (await client.getSamplers()).length,
    embeddings: (await client.getEmbeddings()).length,
    loras: (await client.getLoRAs()).length,
    extensions: (await client.getExtensions()).length,
    nodes: Object.keys(await client.getNodeDefs()).length,
  };
}

await perform("@stable-canvas/comfyui-client", {
  draw: enqueue,
  several: () => enqueue({ batch_size: 2 }),
  costly: () => enqueue({ width: 1536, height: 1024 }),
  twice: async () => (await Promise.all([enqueue(), enqueue({ width: 576 })])).flat(),
  progress,
  pipe,
  lists,
});
