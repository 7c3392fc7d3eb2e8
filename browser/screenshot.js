// A picture of a page, for whoever works on it:
//
//   node browser/screenshot.js URL OUT.png [--width 1280] [--height 900] [--whole]
//     [--sign-in EMAIL:PASSWORD] [--no-javascript] [--check]
//
// URL may be a path (/map): then a demo is started for it (COMMONWEAL_BINARY names the program) and
// --sign-in takes a role. --check also says what is wrong with the page.
import { parseArgs } from "node:util";
import { check, noted, watch } from "./harness/check.js";
import { startChromium } from "./harness/chromium.js";
import { startDemo } from "./harness/demo.js";
import { signIn } from "./harness/journey.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: "string", default: "1280" },
    height: { type: "string", default: "900" },
    whole: { type: "boolean", default: false },
    "sign-in": { type: "string" },
    "no-javascript": { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});
const [where, out] = positionals;
if (!where || !out) {
  console.error("usage: node browser/screenshot.js URL OUT.png [--width N] [--height N] [--whole] [--sign-in WHO] [--no-javascript] [--check]");
  process.exit(2);
}

const demo = where.startsWith("/") ? await startDemo() : undefined;
const browser = await startChromium();
try {
  const url = new URL(where, demo?.address);
  const context = await browser.newContext({
    viewport: { width: Number(values.width), height: Number(values.height) },
    javaScriptEnabled: !values["no-javascript"],
    locale: "en-GB",
    timezoneId: "Europe/London",
  });
  const page = await context.newPage();
  watch(page, url.origin, { javaScript: !values["no-javascript"] });
  const who = values["sign-in"];
  if (who) {
    const [email, ...password] = who.split(":");
    const known = password.length > 0 ? { [who]: { email, password: password.join(":") } } : demo?.signIns;
    await signIn(page, url.origin, who, known);
  }
  await page.goto(url.href, { waitUntil: "networkidle" });
  await page.screenshot({ path: out, fullPage: values.whole });
  if (values.check) await check(page);
  for (const problem of noted(page)) console.error(problem);
} finally {
  await browser.close();
  await demo?.stop();
}
