/** Writes the types of the server's API, from its OpenAPI document, for the page's code.
 *  With `--check` it writes nothing, and fails when they are not what they should be. */

import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../tests/server_api/openapi.json", import.meta.url);
const TYPES = new URL("./src/lib/api-types.ts", import.meta.url);
const HEAD = `/** The server's API. Generated from its OpenAPI document: change the server, not this file. */\n\n`;

/** Names of all schemas that a part of the document refers to, and those that they refer to. */
function namesIn(part, schemas, found = new Set()) {
  for (const [, name] of JSON.stringify(part).matchAll(/#\/components\/schemas\/([^"]+)/g)) {
    if (found.has(name)) continue;
    found.add(name);
    namesIn(schemas[name], schemas, found);
  }
  return found;
}

/** The schemas of what the page asks: other programs' APIs are no business of its. */
function schemasOf({ openapi, info, paths, components: { schemas } }) {
  const own = Object.entries(paths).filter(([path]) => path.startsWith("/api/"));
  const names = namesIn(own, schemas);
  const used = Object.entries(schemas).filter(([name]) => names.has(name));
  return { openapi, info, paths: {}, components: { schemas: Object.fromEntries(used) } };
}

/** Words that code goes through, and what a new key may do. */
function valuesOf({ components: { schemas } }) {
  const { properties } = schemas.KeyIn;
  const values = {
    EVENT_NAMES: Object.keys(schemas.ServerEvent.discriminator.mapping),
    SCOPES: properties.scopes.items.enum,
    NEW_KEY: Object.fromEntries(
      Object.entries(properties).flatMap(([name, field]) =>
        "default" in field ? [[name, field.default]] : [],
      ),
    ),
  };
  return Object.entries(values)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)} as const;\n`)
    .join("");
}

const document = schemasOf(JSON.parse(await readFile(DOCUMENT, "utf-8")));
const types =
  HEAD + astToString(await openapi(document, { alphabetize: true })) + valuesOf(document);

if (!process.argv.includes("--check")) await writeFile(TYPES, types);
else if (types !== (await readFile(TYPES, "utf-8").catch(() => ""))) {
  console.error(
    "src/lib/api-types.ts is not what the server's OpenAPI document gives.\n" +
      "`python3 dev.py types` writes both anew; then see what the page makes of the difference.",
  );
  process.exitCode = 1;
}
