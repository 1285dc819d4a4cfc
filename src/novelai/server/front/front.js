const at = (id) => document.getElementById(id);
const [form, go, status, picture, progress, download, cost] =
  ["form", "go", "status", "picture", "progress", "download", "cost"].map(at);

at("demo").hidden = document.body.dataset.demo !== "true";

function query() {
  const data = new FormData(form);
  return new URLSearchParams([...data].filter(([, value]) => value.trim() !== ""));
}

function say(text, bad = false) {
  status.textContent = text;
  status.classList.toggle("bad", bad);
}

function show(blob, done) {
  const old = picture.src;
  picture.src = URL.createObjectURL(blob);
  picture.hidden = false;
  if (old) URL.revokeObjectURL(old);
  if (done) {
    download.href = picture.src;
    download.download = `novelai.${blob.type.split("/")[1]}`;
    download.hidden = false;
  }
}

const blobOf = ({ image, media_type }) =>
  new Blob([Uint8Array.from(atob(image), (c) => c.charCodeAt(0))], { type: media_type });

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      if (name && data) yield [name, JSON.parse(data)];
    }
  }
}

const sentence = (problem) =>
  problem.errors?.length ? problem.errors.map((e) => `${e.field}: ${e.message}`).join("; ") : problem.detail;

async function generate() {
  say("Waiting for a turn…");
  const response = await fetch(`/generate/stream?${query()}`);
  if (!response.ok) throw new Error(sentence(await response.json()));
  progress.hidden = false;
  let finished = false;
  for await (const [name, data] of events(response)) {
    if (name === "error") throw new Error(sentence(data));
    if (name === "preview") {
      say(`Step ${data.step} of ${data.steps}`);
      progress.value = data.step / data.steps;
    }
    finished = name === "final";
    show(blobOf(data), finished);
    if (finished) say(`Done. Seed ${data.seed}.`);
  }
  if (!finished) throw new Error("The connection was lost before the picture was complete.");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  go.disabled = true;
  try {
    await generate();
  } catch (error) {
    say(error.message, true);
  } finally {
    go.disabled = false;
    progress.hidden = true;
  }
});

let priced;
async function price() {
  priced?.abort();
  priced = new AbortController();
  const search = query();
  if (!search.has("prompt")) search.set("prompt", "-");
  try {
    const response = await fetch(`/cost?${search}`, { signal: priced.signal });
    const total = response.ok ? (await response.json()).total_anlas : null;
    cost.textContent = total === null ? "" : `(${total} Anlas without Opus)`;
  } catch {
    cost.textContent = "";
  }
}
form.addEventListener("input", price);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
price();
