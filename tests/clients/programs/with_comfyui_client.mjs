// @stable-canvas/comfyui-client: waits on the socket. It has no setting for a key, but takes the two
// functions that it asks a server with.

import { BasePipe, Client } from "@stable-canvas/comfyui-client";
import { readFileSync } from "node:fs";
import WebSocket from "ws";
import { KEY, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const headers = { Authorization: `Bearer ${KEY}` };

class Socket extends WebSocket {
  constructor(url) {
    super(url, { headers });
  }
}

const ask = (url, options = {}) =>
  fetch(url, { ...options, headers: { ...Object.fromEntries(new Headers(options.headers)), ...headers } });

async function connected() {
  const settings = { api_host: new URL(URL_).host, clientId: crypto.randomUUID() };
  const client = new Client({ ...settings, WebSocket: Socket, fetch: ask });
  await client.connect();
  return client;
}

const bytes = async ({ type, data }) => (type === "buff" ? data : (await ask(data)).arrayBuffer());
const pictures = ({ images }) =>
  Promise.all(images.map(async (image) => shown(await bytes(image))));

async function enqueue(latent = {}, options = {}) {
  const workflow = JSON.parse(readFileSync(new URL("workflow.json", import.meta.url), "utf8"));
  Object.assign(workflow[5].inputs, latent);
  const client = await connected();
  [workflow[4].inputs.ckpt_name] = await client.getSDModels();
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
  const [model] = await client.getSDModels();
  const made = await new BasePipe()
    .with(client)
    .model(model)
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
