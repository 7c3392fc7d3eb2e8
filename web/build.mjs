// Builds web/dist/assets: every file under a name that holds a hash of its content, so that
// browsers may keep it for ever, and web/dist/manifest.json (plain name → hashed name).
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const web = dirname(fileURLToPath(import.meta.url));
const modules = join(web, "node_modules");
const dist = join(web, "dist");
const assets = join(dist, "assets");
const manifest = {};

/** Writes one asset under its hashed name and returns the address that pages use. */
function emit(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const extension = extname(name);
  const hashed = `${basename(name, extension)}-${hash}${extension}`;
  writeFileSync(join(assets, hashed), content);
  manifest[name] = hashed;
  return `/assets/${hashed}`;
}

/** Compiles a style sheet; images it names are emitted and their addresses replaced. */
function style(name) {
  const { css } = sass.compile(join(web, "src", `${name}.scss`), {
    loadPaths: [web, modules],
    style: "compressed",
    quietDeps: true,
    // The alert component still calls a mixin that its own base has renamed.
    logger: { warn: (message) => message.includes("govuk-text-colour") || console.warn(message) },
  });
  const finished = css.replace(/url\("?(\/assets\/images\/[^")]+)"?\)/g, (_, url) => {
    const file = basename(url);
    if (file === "govuk-crest.svg") return "none"; // the Crown's arms are for GOV.UK
    return `url(${emit(file, readFileSync(join(modules, "@ministryofjustice/frontend/moj/assets/images", file)))})`;
  });
  emit(`${name}.css`, finished);
}

/**
 * Bundles one script, `name` from the file `from`, as a module (`iife`: as a script for a worker) and
 * returns its address; `define` hands addresses of other assets to it.
 */
async function script(name, define = {}, from = name, format = "esm") {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(web, "src", `${from}.js`)],
    bundle: true,
    minify: true,
    format,
    target: ["chrome107", "edge107", "firefox104", "safari16"],
    legalComments: "inline",
    // Addresses that are asked for while the page runs.
    external: ["/assets/*"],
    define,
    write: false,
  });
  return emit(`${name}.js`, Buffer.from(outputFiles[0].contents));
}

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });

emit("favicon.svg", readFileSync(join(web, "src/favicon.svg")));
style("app");
// Work without a signal: its page, its service worker, and what other pages show of it.
await script("offline", {}, "offline/shell");
await script("offline-worker", {}, "offline/worker", "iife");
const waiting = await script("offline-banner", {}, "offline/banner");
await script("app", { OFFLINE_BANNER: JSON.stringify(waiting) });
await script("passkey");

// MapLibre's worker is a file of its own: the content security policy allows no blob.
const worker = emit("map-worker.mjs", readFileSync(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs")));
style("map");
await script("map", { MAP_WORKER: JSON.stringify(worker) });
const pins = await script("place-map", { MAP_WORKER: JSON.stringify(worker) });
await script("place", { PLACE_MAP: JSON.stringify(pins) });
await script("upload");

writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`);
for (const [name, hashed] of Object.entries(manifest)) {
  console.log(`${name} → ${hashed} (${Math.ceil(readFileSync(join(assets, hashed)).length / 1024)} KB)`);
}
