// Filling in: a public form with and without JavaScript, a colleague's form, drafts, files, changes.
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { PHONE } from "../harness/check.js";
import { another, check, journey, press, quiet } from "../harness/journey.js";

const heading = (page) => page.locator("h1").innerText();
const summary = (page, question) =>
  page.locator(".govuk-summary-list__row", { hasText: question }).locator(".govuk-summary-list__value").first().innerText();
/** A name that no other run of these journeys uses. */
const fresh = (name) => `${name} ${process.pid}-${Date.now().toString(36)}`;

/** A PNG of 8 by 8 pixels. */
function picture() {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes) => (bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: 8 }, () => Buffer.alloc(25, 120))));
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", head),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

for (const javaScript of [true, false]) {
  const how = javaScript ? "on a phone" : "without JavaScript";
  journey(`somebody answers a public form ${how}`, { viewport: PHONE, javaScript, statuses: [422] }, async (page, address) => {
    await page.goto(`${address}/forms/event-feedback`);
    assert.equal(await heading(page), "What did you think of it?");
    await check(page);
    await press(page, "Start now");
    assert.equal(await heading(page), "What is it about?");
    await press(page, "Continue");
    assert.match(await page.title(), /^Error:/);
    assert.match(await page.getByRole("alert").innerText(), /There is a problem/);
    await check(page);
    await page.getByLabel("An event or meeting").check();
    await press(page, "Continue");
    await page.getByLabel(/Which one/).fill("Litter pick");
    await check(page);
    await press(page, "Continue");
    await page.getByLabel("5 – Very useful").check();
    await check(page);
    await press(page, "Continue");
    // Back and on again: what was said is still there.
    await press(page, "Back", "link");
    assert.ok(await page.getByLabel("5 – Very useful").isChecked());
    await press(page, "Continue");
    for (let steps = 0; steps < 12 && !page.url().endsWith("/check"); steps += 1) await press(page, "Continue");
    assert.equal(await heading(page), "Check your answers");
    assert.equal(await summary(page, "Which one"), "Litter pick");
    await check(page);
    await page.locator(".govuk-summary-list__row", { hasText: "Which one" }).getByRole("link").click();
    await page.waitForURL(/which/);
    await page.getByLabel(/Which one/).fill("Walkabout");
    await press(page, "Continue");
    assert.equal(await heading(page), "Check your answers");
    assert.equal(await summary(page, "Which one"), "Walkabout");
    await press(page, "Send your answers");
    assert.match(await page.locator(".govuk-panel").innerText(), /Your answers were sent[\s\S]*EF-/);
    const reference = await page.locator(".govuk-panel strong").innerText();
    await check(page);
    await page.goBack();
    await page.waitForLoadState();
    assert.match(await page.locator("main").innerText(), new RegExp(`${reference}|Check your answers`));
  });
}

journey("answers are saved and taken up on another device", { statuses: [404] }, async (page, address) => {
  await page.goto(`${address}/forms/event-feedback`);
  await press(page, "Start now");
  await page.getByLabel("The safety charter").check();
  await press(page, "Save and come back later");
  assert.equal(await heading(page), "Your answers are saved");
  await check(page);
  const link = await page.locator(".cw-secret").innerText();
  const other = await another(page, { viewport: PHONE });
  await other.goto(link);
  await check(other);
  await press(other, "Go on where you stopped");
  while ((await heading(other)) !== "Check your answers") await press(other, "Continue");
  assert.equal(await summary(other, "What is it about?"), "The safety charter");
  quiet(other);
});

for (const javaScript of [true, false]) {
  const how = javaScript ? "" : " without JavaScript";
  journey(`an officer adds a street audit${how}`, { as: "officer", javaScript, statuses: [409, 422] }, async (page, address) => {
    const name = fresh("Elvet walk");
    await page.goto(`${address}/registers/street-audits/new`);
    await check(page);
    await press(page, "Start now");
    await check(page);
    await page.getByLabel("What do you call this audit?").fill(name);
    await press(page, "Continue");
    assert.match(await page.title(), /^Error:/);
    assert.equal(await page.getByLabel("What do you call this audit?").inputValue(), name, "nothing typed is lost");
    await check(page);
    await page.getByLabel("Walkabout with residents").check();
    await page.getByLabel("Day", { exact: true }).first().fill("1");
    await page.getByLabel("Month", { exact: true }).first().fill("6");
    await page.getByLabel("Year", { exact: true }).first().fill("2026");
    await page.getByLabel("Where does it begin?").fill("54.7753, -1.5751");
    await press(page, "Find this place");
    assert.match(await page.locator("main").innerText(), /latitude and longitude that were typed/);
    await press(page, "Continue");
    for (let steps = 0; steps < 8 && !page.url().endsWith("/check"); steps += 1) await press(page, "Continue");
    assert.equal(await heading(page), "Check your answers");
    await check(page);
    await press(page, "Start the audit");
    assert.match(await page.locator(".govuk-panel").innerText(), /Street audit added[\s\S]*SA-/);
    await check(page);
    // Changed by the same pages.
    await press(page, "See the record", "link");
    const record = new URL(page.url()).pathname;
    await page.goto(`${address}${record}/edit/walk`);
    await page.getByLabel(/Which streets or places/).fill("Old Elvet");
    await press(page, "Continue");
    assert.equal(await heading(page), "Check your changes");
    await check(page);
    await press(page, "Save changes");
    assert.equal(new URL(page.url()).pathname, record);
    assert.match(await page.locator("main").innerText(), /Old Elvet/);
    await page.goto(`${address}/forms/drafts`);
    await check(page);
  });
}

journey("photographs are given, shown and taken away; what is no photograph is refused kindly", { as: "officer", statuses: [413, 422] }, async (page, address) => {
  await page.goto(`${address}/registers/street-audits/new`);
  await press(page, "Start now");
  await page.getByLabel("What do you call this audit?").fill(fresh("Photographs"));
  await page.getByLabel("Street audit by officers").check();
  for (const [part, value] of [["Day", "1"], ["Month", "6"], ["Year", "2026"]]) await page.getByLabel(part, { exact: true }).first().fill(value);
  await page.getByLabel("Where does it begin?").fill("54.7753, -1.5751");
  await press(page, "Continue");
  for (let steps = 0; steps < 8 && !page.url().endsWith("/check"); steps += 1) await press(page, "Continue");
  await press(page, "Start the audit");
  const reference = await page.locator(".govuk-panel strong").innerText();
  await page.goto(`${address}/registers/street-audit-items/new?parent=${reference}`);
  await press(page, "Start now");
  const file = page.locator("input[type=file]").first();
  for (let steps = 0; steps < 6 && (await file.count()) === 0; steps += 1) await press(page, "Continue");
  assert.ok((await file.count()) > 0, "a question takes files");
  await check(page);
  const at = page.url();
  await file.setInputFiles({ name: "lamp.jpg", mimeType: "image/jpeg", buffer: Buffer.from("MZ\x90\0\x03 This program cannot be run") });
  await press(page, "Continue");
  assert.match(await page.locator("main").innerText(), /lamp\.jpg: This type of file is not taken here/);
  await check(page);
  await page.locator("input[type=file]").first().setInputFiles({ name: "lamp.png", mimeType: "image/png", buffer: picture() });
  await press(page, "Continue");
  await page.goto(at);
  const shown = page.locator(".cw-files__picture").first();
  await shown.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector(".cw-files__picture")?.naturalWidth > 0);
  await check(page);
  await press(page, "Remove lamp.png");
  assert.equal(await page.locator(".cw-files__picture").count(), 0);
});
