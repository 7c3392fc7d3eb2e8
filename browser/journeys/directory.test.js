// The 'go to' directory: searching in plain words, with and without a script, on a telephone, and keeping entries.
import assert from "node:assert/strict";
import { check, journey, press } from "../harness/journey.js";

const PHONE = { width: 375, height: 700 };

async function search(page, address, words) {
  await page.goto(`${address}/go-to`);
  await page.getByLabel("What do you need help with?").fill(words);
  await press(page, "Search");
}

for (const javaScript of [true, false]) {
  journey(`somebody looks for help ${javaScript ? "with" : "without"} a script`, { javaScript, viewport: javaScript ? undefined : PHONE }, async (page, address) => {
    await page.goto(`${address}/go-to`);
    assert.match(await page.locator("main").innerText(), /999/);
    if (javaScript) await check(page);
    await search(page, address, "my neighbour drinks and shouts");
    assert.match(page.url(), /\/go-to\/searches\/[0-9a-f-]{36}$/, "the words are not in the address");
    const text = await page.locator("main").innerText();
    assert.match(text, /Noise from neighbours/);
    assert.match(text, /Why it is shown/);
    assert.match(text, /Noise team/);
    if (javaScript) await check(page);
    await press(page, "Noise team", "link");
    assert.equal(await page.locator('a[href^="tel:"]').first().getAttribute("href"), "tel:01914980111");
    assert.match(await page.locator("main").innerText(), /Open now|Closed now/);
    if (javaScript) await check(page);
  });
}

journey("danger comes before everything else", { viewport: PHONE }, async (page, address) => {
  await search(page, address, "he has a knife");
  assert.match(await page.locator("main").innerText(), /Call 999/);
  await check(page);
});

journey("mistakes are named at their fields", { viewport: PHONE, statuses: [422] }, async (page, address) => {
  await page.goto(`${address}/go-to`);
  await page.getByLabel("Your postcode (optional)").fill("somewhere");
  await page.getByLabel("Age of the person who needs help (optional)").fill("old");
  await press(page, "Search");
  assert.match(await page.locator("#postcode-error").innerText(), /Enter a full postcode/);
  assert.match(await page.locator("#age-error").innerText(), /Enter an age/);
  await check(page);
});

journey("a leaflet is made for a place and people", {}, async (page, address) => {
  await page.goto(`${address}/go-to/leaflets`);
  await page.getByLabel("Place").selectOption({ label: "Seaham" });
  await page.getByLabel("For", { exact: true }).selectOption({ label: "Children and young people" });
  await press(page, "Make the leaflet");
  assert.match(await page.locator("main").innerText(), /Coast youth club/);
  await check(page);
  const pdf = await page.request.get(`${await page.getByRole("link", { name: "PDF to print" }).evaluate((link) => link.href)}`);
  assert.equal(pdf.headers()["content-type"], "application/pdf");
});

journey("a keeper assures what is stale", { as: "provider" }, async (page, address) => {
  await page.goto(`${address}/directory?check=stale`);
  assert.match(await page.locator("main").innerText(), /Dales youth nights/);
  assert.doesNotMatch(await page.locator("main").innerText(), /Empty homes officer/, "another agency's");
  await check(page);
  await press(page, "Assure Dales youth nights");
  assert.match(await page.locator("main").innerText(), /is assured as of today/);
  assert.equal(await page.locator("main .govuk-tag--yellow").count(), 0, "nothing of ours is stale any more");
  await page.goto(`${address}/directory/services/new`);
  await check(page);
});

journey("programs read the directory", {}, async (page, address) => {
  const list = await (await page.request.get(`${address}/openreferral/services?search=noise`)).json();
  assert.ok(list.total_items > 2);
  const one = await page.request.get(`${address}/openreferral/services/${list.contents[0].id}`);
  assert.equal(one.headers()["access-control-allow-origin"], "*");
  assert.ok((await one.json()).organization.name);
});
