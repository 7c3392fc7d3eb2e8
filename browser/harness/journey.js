// A journey: a test that goes through the demo in a browser of its own.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, test } from "node:test";
import { DESK, noted, watch } from "./check.js";
import { startChromium } from "./chromium.js";

export { check } from "./check.js";

/** Milliseconds to wait for anything: a debug build on a busy machine is slow. */
const PATIENCE = 15_000;
const PLACE = { locale: "en-GB", timezoneId: "Europe/London" };

let browser;
after(async () => (await browser)?.close());

/** Signs in as one of the demo's roles. */
export async function signIn(page, address, role, signIns = JSON.parse(process.env.COMMONWEAL_SIGN_INS ?? "{}")) {
  const known = signIns[role];
  if (!known) throw new Error(`the demo printed no sign-in for ${role}; there are: ${Object.keys(signIns).join(", ")}`);
  await page.goto(`${address}/sign-in`);
  await page.locator('input[autocomplete~="username"]').fill(known.email);
  await page.locator('input[type="password"]').fill(known.password);
  await page.locator('main button[type="submit"], main button:not([type])').first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"), { waitUntil: "domcontentloaded" });
}

/** Opens another browser, for a second person or the same one elsewhere; it closes with the journey. */
export async function another(page, { as, javaScript = true, viewport = DESK, statuses } = {}) {
  const address = process.env.COMMONWEAL_ADDRESS;
  const context = await page.context().browser().newContext({ ...PLACE, viewport, javaScriptEnabled: javaScript });
  context.setDefaultTimeout(PATIENCE);
  page.context().once("close", () => context.close());
  const other = await context.newPage();
  watch(other, address, { javaScript, statuses });
  if (as) await signIn(other, address, as);
  return other;
}

/** Fails unless nothing went wrong in this page either. */
export function quiet(page) {
  assert.deepEqual(noted(page), [], "nothing went wrong unseen");
}

/** Presses what leads to another page and waits for it. */
export async function press(page, name, role = "button") {
  const gone = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  gone.catch(() => {}); // where the click fails, that is what the test says
  await page.getByRole(role, { name, exact: true }).first().click();
  await gone;
  await page.waitForLoadState();
}

/**
 * @param {string} name what somebody does
 * @param {{as?: string, javaScript?: boolean, viewport?: object, statuses?: number[], address?: string}} options
 *   as: role to sign in as; javaScript: false turns it off; statuses: error statuses that are part of the journey
 * @param {(page: import("playwright-core").Page, address: string) => Promise<void>} steps
 */
export function journey(name, options, steps) {
  test(name, { timeout: 120_000 }, async () => {
    const address = options.address ?? process.env.COMMONWEAL_ADDRESS;
    assert.ok(address, "COMMONWEAL_ADDRESS names no demo; run scripts/browser");
    browser ??= startChromium();
    const context = await (await browser).newContext({
      ...PLACE,
      viewport: options.viewport ?? DESK,
      javaScriptEnabled: options.javaScript ?? true,
      acceptDownloads: true,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    watch(page, address, options);
    try {
      if (options.as) await signIn(page, address, options.as);
      await steps(page, address);
      quiet(page);
    } catch (error) {
      const results = new URL("../results/", import.meta.url);
      await mkdir(results, { recursive: true });
      const picture = new URL(`${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.png`, results);
      await page.screenshot({ path: picture.pathname, fullPage: true }).catch(() => {});
      error.message += `\nat ${page.url()}; a picture of it: ${picture.pathname}`;
      throw error;
    } finally {
      await context.close();
    }
  });
}
