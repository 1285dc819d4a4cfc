import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { HtmlTagDescriptor, Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env.NOVELAI_DEV_SERVER ?? "http://127.0.0.1:8000";

/** Has the browser fetch the page's code beside its first lines, not after them. */
function together(): Plugin {
  return {
    name: "together",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle = {} }) {
        const page = Object.values(bundle).find(
          (file) => file.type === "chunk" && file.name === "page",
        );
        if (page?.type !== "chunk") return [];
        const styles = [...(page.viteMetadata?.importedCss ?? [])];
        // The bundler's own few lines are a file, too, which would be found only when its readers
        // are there.
        const scripts = [
          page.fileName,
          ...page.imports.filter((name) => bundle[name]?.name !== "first"),
        ];
        return [
          ...scripts.map((name) => hint("modulepreload", name)),
          ...styles.map((name) => hint("stylesheet", name)),
        ];
      },
    },
  };
}

/** Puts the viewer of the API's description, which /docs shows, beside the page: nothing comes
 *  from elsewhere. */
function viewer(): Plugin {
  const source = (name: string) => readFileSync(fileURLToPath(import.meta.resolve(name)));
  return {
    name: "viewer",
    apply: "build",
    generateBundle() {
      const packed = "swagger-ui-dist";
      const files = {
        "viewer.css": source(`${packed}/swagger-ui.css`),
        "viewer.js": source(`${packed}/swagger-ui-bundle.js`),
        "start-viewer.js": readFileSync(new URL("./src/start-viewer.js", import.meta.url)),
      };
      for (const [name, text] of Object.entries(files))
        this.emitFile({ type: "asset", name, source: text });
      const licenses = ["NOTICE", "LICENSE", "swagger-ui-bundle.js.LICENSE.txt"].map((name) =>
        source(`${packed}/${name}`),
      );
      this.emitFile({ type: "asset", name: "viewer-licenses.txt", source: licenses.join("\n\n") });
    },
  };
}

/** Packs what browsers unpack, once: the server hands it out as it lies there. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!name.startsWith("assets/")) continue;
        const bytes = await readFile(join(dir, name));
        const small = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
        if (small.length < 0.9 * bytes.length) await writeFile(join(dir, `${name}.gz`), small);
      }
    },
  };
}

function hint(rel: string, file: string): HtmlTagDescriptor {
  return { tag: "link", attrs: { rel, crossorigin: true, href: `/${file}` }, injectTo: "head" };
}

export default defineConfig({
  plugins: [svelte(), together(), viewer(), packed()],
  build: {
    outDir: "../src/novelai/server/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // The strict policy of the server allows no data: scripts and no inlined workers.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Few files, however many share their parts: a phone has six connections and long ways.
        // What may be wanted without a connection is in the first three, or follows them soon.
        codeSplitting: {
          groups: [
            { name: "first", test: /src\/main\.ts$/, priority: 2 },
            { name: "page", test: /src\/app\/mount\.ts$/, priority: 1 },
            { name: "work", test: /src\/viewer\/Viewer\.svelte$/ },
            { name: "queue", test: /src\/(queue\/QueuePanel|app\/AskSpend)\.svelte$/ },
          ],
        },
      },
    },
    license: { fileName: "licenses.md" },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: server, changeOrigin: false } } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
