// comfy-ui-client: its address may have a path, and it sends no key.

import { ComfyUIClient } from "comfy-ui-client";
import { readFileSync } from "node:fs";
import { perform, shown, URL_ } from "./acting.mjs";

const workflow = (latent = {}) => {
  const made = JSON.parse(readFileSync(new URL("workflow.json", import.meta.url), "utf8"));
  Object.assign(made[5].inputs, latent);
  return made;
};

async function draw(latent) {
  const client = new ComfyUIClient(URL_.replace("http://", ""), crypto.randomUUID());
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("not connected after 10 s")), 10_000);
  });
  await Promise.race([client.connect(), late]); // it waits without end for a refused socket
  try {
    const { CheckpointLoaderSimple: loader } = await client.getObjectInfo("CheckpointLoaderSimple");
    const prompt = workflow(latent);
    [prompt[4].inputs.ckpt_name] = loader.input.required.ckpt_name[0];
    const found = Object.values(await client.getImages(prompt)).flat();
    return Promise.all(found.map(async ({ blob }) => shown(await blob.arrayBuffer())));
  } finally {
    await client.disconnect();
  }
}

await perform("comfy-ui-client", {
  draw,
  several: () => draw({ batch_size: 2 }),
  costly: () => draw({ width: 1536, height: 1024 }),
  twice: async () => (await Promise.all([draw(), draw({ width: 576 })])).flat(),
});
