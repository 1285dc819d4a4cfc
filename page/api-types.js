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

/** The defaults of a schema's fields; what is unset by default is left out. */
function defaultsOf({ properties }) {
  const entries = Object.entries(properties).map(([name, field]) => [name, field.default]);
  return Object.fromEntries(entries.filter(([, value]) => (value ?? null) !== null));
}

/** The numbers of a schema that have a range, as a slider wants it. */
function rangesOf({ properties }) {
  const ranges = Object.entries(properties).flatMap(([name, field]) => {
    const number = [field, ...(field.anyOf ?? [])].find((one) => "minimum" in one);
    return number ? [[name, { min: number.minimum, max: number.maximum }]] : [];
  });
  return Object.fromEntries(ranges);
}

/** Words that code goes through, and defaults and ranges that forms have. */
function valuesOf({ components: { schemas } }) {
  const { KeyIn, GenerateImageParams, I2iParams, InpaintParams, Vibe, CharacterReference } =
    schemas;
  const forms = {
    generate: GenerateImageParams,
    i2i: I2iParams,
    inpaint: InpaintParams,
    vibe: Vibe,
    reference: CharacterReference,
  };
  const of = (what) =>
    Object.fromEntries(Object.entries(forms).map(([name, schema]) => [name, what(schema)]));
  const values = {
    EVENT_NAMES: Object.keys(schemas.ServerEvent.discriminator.mapping),
    SCOPES: KeyIn.properties.scopes.items.enum,
    REFERENCE_TYPES: CharacterReference.properties.type.enum,
    NEW_KEY: defaultsOf(KeyIn),
    DEFAULTS: of(defaultsOf),
    RANGES: of(rangesOf),
  };
  return Object.entries(values)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value, null, 2)} as const;\n`)
    .join("");
}

const whole = JSON.parse(await readFile(DOCUMENT, "utf-8"));
const types = await openapi(schemasOf(whole), { alphabetize: true });
const text = HEAD + astToString(types) + valuesOf(whole);

if (!process.argv.includes("--check")) await writeFile(TYPES, text);
else if (text !== (await readFile(TYPES, "utf-8").catch(() => ""))) {
  console.error(
    "src/lib/api-types.ts is not what the server's OpenAPI document gives.\n" +
      "`python3 dev.py types` writes both anew; then see what the page makes of the difference.",
  );
  process.exitCode = 1;
}
