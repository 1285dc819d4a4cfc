// @saintno/comfyui-sdk: builds a prompt and waits on the socket.

import { CallWrapper, ComfyApi, PromptBuilder } from "@saintno/comfyui-sdk";
import { readFileSync } from "node:fs";
import { KEY, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const workflow = JSON.parse(readFileSync(new URL("workflow.json", import.meta.url), "utf8"));
const credentials = KEY ? { type: "bearer_token", token: KEY } : undefined;

function asked(latent, checkpoint) {
  const names = ["positive", "negative", "checkpoint", "seed", "step", "sampler", "scheduler", "width", "height", "batch"];
  return new PromptBuilder(workflow, names, ["images"])
    .setInputNode("positive", "6.inputs.text")
    .setInputNode("negative", "7.inputs.text")
    .setInputNode("checkpoint", "4.inputs.ckpt_name")
    .setInputNode("seed", "3.inputs.seed")
    .setInputNode("step", "3.inputs.steps")
    .setInputNode("sampler", "3.inputs.sampler_name")
    .setInputNode("scheduler", "3.inputs.scheduler")
    .setInputNode("width", "5.inputs.width")
    .setInputNode("height", "5.inputs.height")
    .setInputNode("batch", "5.inputs.batch_size")
    .setOutputNode("images", "9")
    .input("positive", PROMPT)
    .input("negative", "text, blurry, bad picture, nsfw")
    .input("checkpoint", checkpoint)
    .input("seed", 42)
    .input("step", 20)
    .input("sampler", "dpmpp_2m_sde_gpu")
    .input("scheduler", "sgm_uniform")
    .input("width", latent.width ?? 512)
    .input("height", latent.height ?? 512)
    .input("batch", latent.batch ?? 1);
}

async function connected() {
  const api = new ComfyApi(URL_, undefined, { credentials });
  const refused = new Promise((_, reject) => {
    api.on("auth_error", ({ detail }) => reject(new Error(`${detail.status} ${detail.statusText}`)));
    setTimeout(() => reject(new Error("not ready after 20 s")), 20_000);
  });
  await Promise.race([api.init().waitForReady(), refused]); // it waits without end for a wrong key
  return api;
}

async function draw(latent = {}) {
  const api = await connected();
  const [checkpoint] = await api.getCheckpoints();
  const told = { progress: 0, previews: 0 };
  const found = await new Promise((resolve, reject) => {
    new CallWrapper(api, asked(latent, checkpoint))
      .onProgress(() => told.progress++)
      .onPreview(() => told.previews++)
      .onFinished((data) => resolve(data.images?.images ?? []))
      .onFailed(reject)
      .run();
  });
  const pictures = await Promise.all(found.map(async (one) => shown(await (await api.getImage(one)).arrayBuffer())));
  return latent.tell ? { ...told, pictures } : pictures;
}

async function lists() {
  const api = await connected();
  return {
    checkpoints: (await api.getCheckpoints()).length,
    samplers: ((await api.getSamplerInfo()).sampler?.[0] ?? []).length,
    embeddings: (await api.getEmbeddings()).length,
    loras: (await api.getLoras()).length,
    extensions: (await api.getExtensions()).length,
    nodes: Object.keys(await api.getNodeDefs()).length,
  };
}

await perform("@saintno/comfyui-sdk", {
  draw,
  several: () => draw({ batch: 2 }),
  progress: () => draw({ tell: true }),
  costly: () => draw({ width: 1536, height: 1024 }),
  twice: async () => (await Promise.all([draw(), draw({ width: 576 })])).flat(),
  lists,
});
