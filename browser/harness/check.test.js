// The checks find what they are there to find.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { check, noted, PHONE, watch } from "./check.js";
import { startChromium } from "./chromium.js";

const page = (body, head = "") => `<!doctype html><html lang="en"><head><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}</head>
<body><main><h1>A page</h1>${body}</main></body></html>`;

const PAGES = {
  "/good": page("<p>Some words</p>"),
  "/no-name": page('<img src="/picture.svg">'),
  "/wide": page('<p id="wide">Some words</p>', '<link rel="stylesheet" href="/wide.css">'),
  "/script": page("<p>Some words</p><script>document.title = 'changed'</script>"),
  "/gone": page("<p>Some words</p>", '<link rel="stylesheet" href="/none.css">'),
  "/other": page("<p>Some words</p>", '<link rel="stylesheet" href="http://127.0.0.1:9/other.css">'),
};
const FILES = {
  "/picture.svg": ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  "/wide.css": ["text/css", "#wide { width: 600px }"],
  "/favicon.ico": ["image/x-icon", ""],
};

let server, address, browser;

before(async () => {
  server = createServer((request, response) => {
    const [type, body] = FILES[request.url] ?? ["text/html", PAGES[request.url]];
    const policy = "default-src 'self'";
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type, "content-security-policy": policy });
    response.end(body);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  address = `http://127.0.0.1:${server.address().port}`;
  browser = await startChromium();
});

after(async () => {
  await browser?.close();
  server?.close();
});

async function visit(path, options = {}) {
  const context = await browser.newContext({ viewport: options.viewport, javaScriptEnabled: options.javaScript });
  const opened = await context.newPage();
  watch(opened, address, options);
  await opened.goto(`${address}${path}`);
  return opened;
}

test("a good page passes, and its window stays as it was", async () => {
  const opened = await visit("/good", { viewport: { width: 1000, height: 700 } });
  await check(opened);
  assert.deepEqual(opened.viewportSize(), { width: 1000, height: 700 });
});

test("a good page passes without JavaScript", async () => {
  await check(await visit("/good", { javaScript: false }));
});

for (const [path, what] of [
  ["/no-name", /image-alt/],
  ["/wide", /375 pixels: scrolls sideways: .*p\./],
  ["/script", /console: .*Content Security Policy/],
  ["/gone", /status 404: .*none\.css/],
  ["/other", /asked another site: http:\/\/127\.0\.0\.1:9\/other\.css/],
]) {
  test(`a page with a fault is refused: ${path}`, async () => {
    await assert.rejects(check(await visit(path)), what);
  });
}

test("a fault on a phone's page is found in a phone's window too", async () => {
  await assert.rejects(check(await visit("/wide", { viewport: PHONE })), /scrolls sideways/);
});

test("a status that is part of the journey is no fault", async () => {
  const opened = await visit("/gone", { statuses: [404] });
  assert.deepEqual(noted(opened), []);
});
