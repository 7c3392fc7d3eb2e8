// Residents look at their place, ask for news and say something; staff decide what shows and open a
// place file.
import assert from "node:assert/strict";
import { another, check, journey, press, quiet } from "../harness/journey.js";
import { PHONE } from "../harness/check.js";

/** The first place of the list. */
async function first(page, address) {
  await page.goto(`${address}/places`);
  const link = page.locator(".cw-place-list a").first();
  return { name: await link.innerText(), href: await link.getAttribute("href") };
}

for (const [how, options] of [["a desk", {}], ["a phone", { viewport: PHONE }], ["a phone without JavaScript", { viewport: PHONE, javaScript: false }]]) {
  journey(`somebody finds their place on ${how} and what is known of it`, options, async (page, address) => {
    const { name } = await first(page, address);
    await check(page);
    await page.getByLabel("Find your place").fill(name);
    await press(page, "Find");
    assert.equal(await page.locator("h1").innerText(), name);
    assert.doesNotMatch(page.url(), /\?/, "nothing that was typed is in the address");
    assert.ok(await page.getByText("Reports of anti-social behaviour", { exact: true }).isVisible());
    const months = await page.locator("#months td").allTextContents();
    assert.ok(months.length >= 12);
    assert.ok(months.every((count) => /^(0|[5-9]|\d{2,}|\d,\d{3}|fewer than 5|no figures)$/.test(count.trim())), months.join(" "));
    await check(page);
  });
}

journey("a public page is light", {}, async (page, address) => {
  const { href } = await first(page, address);
  const fresh = await another(page);
  const session = await fresh.context().newCDPSession(fresh);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  await fresh.goto(`${address}${href}`, { waitUntil: "networkidle" });
  assert.ok(bytes > 5_000 && bytes < 60_000, `${bytes} bytes`);
  console.log(`first load of a public page: ${bytes} bytes`);
  quiet(fresh);
});

journey("somebody who is wrong is told so kindly", { statuses: [422] }, async (page, address) => {
  const { href } = await first(page, address);
  await page.getByLabel("Find your place").fill("ZZ99 9ZZ");
  await press(page, "Find");
  assert.match(await page.locator(".govuk-error-summary").innerText(), /do not know this postcode/);
  await check(page);
  await page.goto(`${address}${href}`);
  await page.getByLabel("Email address").fill("nobody");
  await press(page, "Send me news");
  assert.match(await page.locator(".govuk-error-summary").innerText(), /correct format/);
  await page.getByLabel("Email address").fill("resident@example.org");
  await press(page, "Send me news");
  assert.ok(await page.getByText("Check your e-mail.").isVisible());
  assert.doesNotMatch(await page.content(), /resident@example/);
});

journey("what a resident says shows when somebody has read it, and goes when they want", { statuses: [410, 422] }, async (page, address) => {
  const { name, href } = await first(page, address);
  const words = `The lamps by the bridge work again, thank you (${Date.now()})`;
  await page.goto(`${address}${href}`);
  await press(page, "Tell us something about this place", "link");
  await check(page);
  await press(page, "Send");
  await check(page);
  await page.getByLabel("A comment").check();
  await page.getByLabel("What do you want to say?").fill(`${words}. Ask Kevin Smithson.`);
  await press(page, "Send");
  assert.equal(await page.locator("h1").innerText(), "Thank you. Somebody will read it");
  const own = page.url();
  await check(page);

  const moderator = await another(page, { as: "manager", statuses: [422] });
  await moderator.goto(`${address}/places/contributions`);
  await check(moderator);
  await moderator.getByRole("link", { name: words.slice(0, 40) }).first().click();
  await moderator.waitForLoadState();
  assert.ok(await moderator.getByText("Kevin Smithson", { exact: true }).isVisible(), "the name is pointed out");
  await check(moderator);
  await press(moderator, "Save");
  await check(moderator);
  await moderator.getByLabel("Show it on the public page, as it stands").check();
  await press(moderator, "Save");
  quiet(moderator);

  await page.goto(`${address}${href}`);
  assert.ok(await page.getByText(words).isVisible(), name);
  await page.goto(own);
  await press(page, "Take it back and delete it");
  assert.equal(await page.locator("h1").innerText(), "You took it back");
  await page.goto(`${address}${href}`);
  assert.equal(await page.getByText(words).count(), 0);
});

journey("staff keep the links of a place", { as: "manager", statuses: [422] }, async (page, address) => {
  const { href } = await first(page, address);
  await page.goto(`${address}${href}`);
  await press(page, "Change the links on this page", "link");
  await page.getByLabel("What the link says").fill("Residents' group");
  await page.getByLabel("Address", { exact: true }).fill("http://group.example.org");
  await press(page, "Add link");
  await check(page);
  await page.getByLabel("Address", { exact: true }).fill("https://group.example.org/");
  await page.getByLabel(/I have opened the page/).check();
  await press(page, "Add link");
  await check(page);
  await page.goto(`${address}${href}`);
  assert.equal(await page.getByRole("link", { name: "Residents' group" }).getAttribute("href"), "https://group.example.org/");
});

for (const [how, options] of [["with a map", {}], ["on a phone without JavaScript", { viewport: PHONE, javaScript: false }]]) {
  journey(`an officer opens a place file ${how}`, { as: "officer", statuses: [422], ...options }, async (page, address) => {
    await page.goto(`${address}/place-file`);
    await check(page);
    await press(page, "Open the place file");
    await check(page);
    await page.getByLabel("A ward or town").check();
    await page.getByLabel("Ward or town", { exact: true }).selectOption({ index: 1 });
    await page.getByLabel("What is it for?").selectOption("patrol");
    await press(page, "Open the place file");
    assert.match(new URL(page.url()).pathname, /^\/place-file\/[0-9a-f-]{36}$/);
    assert.ok(await page.getByRole("heading", { name: /^Recorded incidents/ }).isVisible());
    assert.ok(await page.getByText(/A patrol, visit or audit/).isVisible());
    await check(page);

    await page.goto(`${address}/place-file`);
    await page.getByLabel("An area that you draw").check();
    await page.getByLabel("Corners of the area").fill("54.77, -1.59\n54.77, -1.57\n54.78, -1.57\n54.78, -1.59");
    await page.getByLabel("What is it for?").selectOption("problem solving");
    await press(page, "Open the place file");
    assert.match(await page.locator("h1").innerText(), /A drawn area of 1\.\d square kilometres/);
    await check(page);
    const pdf = await page.request.get(`${page.url()}/document.pdf`);
    assert.equal(pdf.headers()["content-type"], "application/pdf");
    assert.ok((await pdf.body()).subarray(0, 5).equals(Buffer.from("%PDF-")));
  });
}

journey("an area is drawn on the map", { as: "officer" }, async (page, address) => {
  await page.goto(`${address}/place-file`);
  await page.getByLabel("An area that you draw").check();
  await page.locator("#draw-map[data-map-ready]").waitFor();
  const canvas = page.locator("#draw-map canvas.maplibregl-canvas");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  for (const [x, y] of [[0.5, 0.5], [0.52, 0.5], [0.52, 0.52]]) {
    await canvas.click({ position: { x: box.width * x, y: box.height * y } });
    await page.waitForTimeout(400);
  }
  assert.equal((await page.getByLabel("Corners of the area").inputValue()).split("\n").length, 3);
  await page.getByRole("button", { name: "Take the last corner away" }).click();
  assert.equal((await page.getByLabel("Corners of the area").inputValue()).split("\n").length, 2);
  await check(page);
});

journey("hot spots are laid over the map, with their table", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/map`);
  await page.getByLabel("Hot spots of anti-social behaviour").check();
  await press(page, "Show on the map");
  assert.ok(await page.getByText(/Hot spots of anti-social behaviour: [\d,]+ on the map/).isVisible());
  await check(page);
});
