// What every page must stand: no accessibility violation, no sideways scrolling on a phone, nothing
// in the console, nothing that the content security policy refused, nothing asked of another site.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESK = { width: 1280, height: 900 };
export const PHONE = { width: 375, height: 812 };
/** A window of 1280 pixels at 400 % zoom. */
export const ZOOMED = { width: 320, height: 256 };

const watched = new WeakMap();

/**
 * Begins to note what goes wrong in a page. `statuses` are error statuses that the journey expects;
 * `javaScript` says whether the page runs any.
 */
export function watch(page, address, { statuses = [], javaScript = true } = {}) {
  const noted = [];
  watched.set(page, { noted, javaScript });
  const origin = new URL(address).origin;
  // The console repeats each failed request; `response` below judges those by their status.
  const repeats = (text) => text.startsWith("Failed to load resource");
  // Chromium without a graphics card draws the map in software, and says how that went.
  const ofTheDriver = (text) => text.includes("GL Driver Message");
  page.on("console", (message) => {
    const bad = message.type() === "error" || message.type() === "warning";
    const text = message.text();
    if (bad && !repeats(text) && !ofTheDriver(text)) noted.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => noted.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    const inside = url.origin === origin || ["data:", "blob:", "about:"].includes(url.protocol);
    if (!inside) noted.push(`asked another site: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !statuses.includes(response.status())) {
      noted.push(`status ${response.status()}: ${response.url()}`);
    }
  });
}

/** What went wrong in a page so far. */
export function noted(page) {
  return watched.get(page)?.noted ?? [];
}

async function accessibility(page) {
  // axe waits for timers, which do not run without JavaScript: such pages are also visited with it.
  if (!watched.get(page)?.javaScript) return [];
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression, awaitPromise) => {
    // Through the debugger, so that the page's own policy need not allow it.
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression,
      awaitPromise,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  try {
    await evaluate(`${axe}; undefined`, false);
    const { violations } = await evaluate(
      `axe.run(document, { rules: { "target-size": { enabled: true } }, resultTypes: ["violations"] })`,
      true,
    );
    // GOV.UK Frontend says by aria-expanded whether a choice has brought something up. Screen readers tell
    // it, the standard does not foresee it; GOV.UK's own tests leave it out, too.
    const foreseen = ({ id }, { html }) => id !== "aria-allowed-attr" || !/govuk-(radios|checkboxes)__input.*aria-expanded/.test(html);
    return violations.flatMap((violation) =>
      violation.nodes.filter((node) => foreseen(violation, node)).map((node) => `${violation.id}: ${violation.help}: ${node.target.join(" ")}: ${node.html}`),
    );
  } finally {
    await session.detach();
  }
}

function sideways() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > clientWidth + 1,
  );
  const named = wide.slice(0, 5).map((element) => `${element.localName}.${element.className}`);
  return [`scrolls sideways: ${scrollWidth} pixels wide in ${clientWidth}: ${named.join(", ")}`];
}

/**
 * Fails unless the page, as it stands, is fit for everybody, at a desk, on a phone and at 400 % zoom.
 * Leaves the window as it was.
 */
export async function check(page) {
  const before = page.viewportSize();
  const found = [];
  for (const size of [DESK, PHONE, ZOOMED]) {
    await page.setViewportSize(size);
    const here = size === ZOOMED ? [] : await accessibility(page);
    if (size !== DESK) here.push(...(await page.evaluate(sideways)));
    found.push(...here.map((problem) => `${size.width} pixels: ${problem}`));
  }
  if (before) await page.setViewportSize(before);
  assert.deepEqual([...found, ...noted(page)], [], `${page.url()} is not fit for everybody`);
}
