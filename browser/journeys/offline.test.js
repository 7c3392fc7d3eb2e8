// A street audit on a phone without a signal, a browser that is killed on the way, and everything
// delivered on the return; and one record changed here and elsewhere.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { check, PHONE, watch } from "../harness/check.js";
import { chromiumOptions } from "../harness/chromium.js";
import { signIn } from "../harness/journey.js";

const address = process.env.COMMONWEAL_ADDRESS;
const ITEMS = 20;
const heading = (page) => page.locator("h1").innerText();

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "commonweal-offline-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A phone with a memory of its own, so that it can be killed and started again. */
async function phone(name) {
  const context = await chromium.launchPersistentContext(join(folder, name), {
    ...chromiumOptions(),
    viewport: PHONE,
    locale: "en-GB",
    timezoneId: "Europe/London",
    geolocation: { latitude: 54.7769, longitude: -1.5751, accuracy: 9 },
    permissions: ["geolocation"],
  });
  context.setDefaultTimeout(15_000);
  const page = context.pages()[0] ?? (await context.newPage());
  watch(page, address, { statuses: [401, 409, 422] });
  return { context, page };
}

async function makeReady(page) {
  await page.goto(`${address}/offline`);
  await page.getByRole("button", { name: "Make ready for use without a signal" }).click();
  await page.getByText(/^Ready for /).waitFor();
}

/** A photograph of the camera's sort: it tells where it was taken. */
async function photograph(page, words) {
  const plain = await page.evaluate(async (text) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 480];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#456";
    pen.fillRect(0, 0, 640, 480);
    pen.fillStyle = "#fff";
    pen.fillText(text, 40, 40);
    return canvas.toDataURL("image/jpeg").split(",")[1];
  }, words);
  const picture = Buffer.from(plain, "base64");
  const tiff = Buffer.concat([
    Buffer.from("4d4d002a00000008000188250004000000010000001a00000000", "hex"),
    Buffer.from("GPSLatitude 54.7769 GPSLongitude -1.5751"),
  ]);
  const exif = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255]);
  return { name: "IMG_0001.jpg", mimeType: "image/jpeg", buffer: Buffer.concat([head, exif, picture.subarray(2)]) };
}

const next = (page) => page.getByRole("button", { name: "Continue", exact: true }).click();
const shows = (page, text) => page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();

async function beginAudit(page, name) {
  await page.getByRole("link", { name: "Street audits and walkabouts: add one" }).click();
  await shows(page, "The walk");
  await page.getByLabel("What do you call this audit?").fill(name);
  await page.getByLabel("Walkabout with residents").check();
  await page.getByRole("button", { name: "Today" }).click();
  await page.getByRole("button", { name: "Use where I am now" }).click();
  await page.getByText(/^Found, within 9 metres/).waitFor();
  await next(page);
  await shows(page, "Check your answers");
}

async function addItem(page, number) {
  await shows(page, "What you saw");
  await page.getByLabel("Litter, broken glass or dog fouling").check();
  await page.getByLabel("Describe it in a few words").fill(`Item ${number}`);
  await page.getByLabel("Where is it?").fill(`54.77${String(number).padStart(2, "0")}, -1.5751`);
  await page.getByLabel("Photographs before (optional)").setInputFiles(await photograph(page, `Item ${number}`));
  await page.getByText("Saved on this device.").waitFor();
}

test("an audit of 20 items with photographs, without a signal", { timeout: 280_000 }, async () => {
  let { context, page } = await phone("street");
  try {
    await signIn(page, address, "officer");
    await makeReady(page);
    await check(page);
    await context.setOffline(true);
    await page.reload();
    await shows(page, "Work without a signal");
    // Other pages are not kept.
    await assert.rejects(page.evaluate(() => fetch("/account", { cache: "no-store" })), /fetch/i);

    // What is missing is said at once, in the words of the ordinary form.
    await page.getByRole("link", { name: "Street audits and walkabouts: add one" }).click();
    await shows(page, "The walk");
    await next(page);
    assert.match(await page.getByRole("alert").innerText(), /Enter name[^]*Select kind[^]*Enter date/);
    await check(page);
    await page.goto(`${address}/offline#/`);
    await page.reload();

    const name = `Larkspur Row ${Date.now().toString(36)}`;
    await beginAudit(page, name);
    await check(page);
    await page.getByRole("button", { name: "Start the audit" }).click();
    await shows(page, "Saved on this device");
    await page.getByRole("button", { name: "Add one of the audit items" }).click();
    for (let number = 1; number <= ITEMS; number += 1) {
      await addItem(page, number);
      if (number === 8) {
        // The phone dies in the middle of an item.
        await page.waitForTimeout(1_000);
        await context.close();
        ({ context, page } = await phone("street"));
        await context.setOffline(true);
        await page.goto(`${address}/offline`);
        assert.match(await page.locator("[data-offline-count]").innerText(), /^8 records wait on this device, the oldest entered/);
        await page.getByRole("link", { name: /Item 8/ }).click();
        await shows(page, "What you saw");
        assert.equal(await page.getByLabel("Describe it in a few words").inputValue(), "Item 8");
        await page.getByText("photograph-1.jpg", { exact: false }).first().waitFor();
        await check(page);
      }
      await next(page);
      await shows(page, "What is to be done");
      await page.getByLabel("What should be done? (optional)").fill("Clear it");
      await next(page);
      await shows(page, "Check your answers");
      await page.getByRole("button", { name: "Add this item" }).click();
      await shows(page, "Saved on this device");
      if (number < ITEMS) await page.getByRole("button", { name: "Add another audit item" }).click();
    }
    await page.getByRole("link", { name: "See everything on this device" }).click();
    await shows(page, "Work without a signal");
    assert.match(await page.locator("[data-offline-count]").innerText(), /^21 records wait/);
    await check(page);
    const results = new URL("../results/", import.meta.url);
    await mkdir(results, { recursive: true });
    await page.screenshot({ path: new URL("offline-queue.png", results).pathname, fullPage: true });

    // Nothing of it can be read on the device without the key.
    const stored = await page.evaluate(async () => {
      const database = await new Promise((resolve) => {
        const asked = indexedDB.open("commonweal-offline");
        asked.onsuccess = () => resolve(asked.result);
      });
      const rows = (store) => new Promise((resolve) => {
        const asked = database.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(asked.result);
      });
      const [entries, photos, keys] = [await rows("entries"), await rows("photos"), await rows("keys")];
      const text = entries.map((row) => new TextDecoder().decode(row.data) + JSON.stringify({ ...row, data: "" })).join();
      return { entries: entries.length, photos: photos.length, extractable: keys.map(({ key }) => key.extractable), readable: /Larkspur|Item 3|Clear it/.test(text) };
    });
    assert.deepEqual(stored, { entries: 22, photos: 20, extractable: [false], readable: false });

    // The signal is back; the sign-in went with the browser that died, and nothing else did.
    await context.setOffline(false);
    await page.getByRole("link", { name: "Sign in to send" }).waitFor();
    assert.match(await page.locator("[data-offline-count]").innerText(), /^21 records wait/);
    await signIn(page, address, "officer");
    await page.goto(`${address}/offline`);
    await page.getByText("Nothing waits on this device.").waitFor({ timeout: 90_000 });
    const taken = await (await page.request.get(`${address}/offline/definitions.json`, { headers: { accept: "application/json" } })).json();
    const audits = taken.editable.filter((one) => one.definition === "street-audits" && one.answers.name === name);
    assert.equal(audits.length, 1);
    const items = taken.editable.filter((one) => one.definition === "street-audit-items" && one.answers.audit === audits[0].id);
    assert.equal(items.length, ITEMS);
    assert.equal(new Set(items.map((one) => one.answers.words)).size, ITEMS);
    for (const item of items) {
      assert.equal(item.answers.before.length, 1, `${item.answers.words} has its photograph`);
      const file = item.answers.before[0];
      const answer = await page.request.get(`${address}/registers/street-audit-items/records/${item.reference}/files/${file.id}`);
      assert.equal(answer.status(), 200);
      const content = await answer.body();
      assert.ok(content.length > 1_000 && !content.includes("GPS") && !content.includes("Exif"));
    }
  } finally {
    await context.close();
  }
});

test("one record changed here and elsewhere shows both versions and asks", { timeout: 120_000 }, async () => {
  const { context, page } = await phone("quarrel");
  try {
    await signIn(page, address, "officer");
    await makeReady(page);
    const name = `Weir Lane ${Date.now().toString(36)}`;
    await beginAudit(page, name);
    await page.getByRole("button", { name: "Start the audit" }).click();
    await page.getByRole("link", { name: "See everything on this device" }).click();
    await page.getByText("Nothing waits on this device.").waitFor();
    await page.getByRole("link", { name: new RegExp(`^${name}`) }).last().waitFor();
    await page.reload();

    await context.setOffline(true);
    await page.getByRole("link", { name: new RegExp(`^${name}`) }).first().click();
    await shows(page, "Check your answers");
    await page.getByRole("link", { name: "Change Covers" }).click();
    await page.getByLabel("Which streets or places are covered? (optional)").fill("Mine: the lane");
    await next(page);
    await shows(page, "Check your answers");
    await page.getByRole("button", { name: "Save this change" }).click();
    await shows(page, "Saved on this device");

    // The same person at a desk meanwhile.
    const get = async (path) => (await page.request.get(`${address}${path}`, { headers: { accept: "application/json" } })).json();
    const [session, taken] = [await get("/offline/session.json"), await get("/offline/definitions.json")];
    const record = taken.editable.find((one) => one.answers.name === name);
    const sent = await page.request.post(`${address}/offline/deliveries`, {
      headers: { "x-csrf-token": session.token, "sec-fetch-site": "same-origin", origin: address },
      data: {
        delivery: crypto.randomUUID(), user: session.user, definition: "street-audits",
        version: taken.definitions.find((one) => one.key === "street-audits").version, written_at: new Date().toISOString(),
        record: record.id, expected: record.version, answers: { ...record.answers, area: "Theirs: the bank", residents: 4 },
      },
    });
    assert.equal(sent.status(), 200, await sent.text());

    await page.goto(`${address}/offline#/`);
    await context.setOffline(false);
    await page.getByRole("link", { name: /^Compare the two versions/ }).click();
    await shows(page, "Two versions of one record");
    assert.match(await page.locator("main").innerText(), /Yours: Mine: the lane[^]*Theirs: Theirs: the bank[^]*Theirs: 4/);
    await check(page);
    await page.getByRole("button", { name: "Send with these answers" }).click();
    assert.match(await page.getByRole("alert").innerText(), /Choose which answer to keep for ‘Covers’/);
    await page.getByLabel("Yours: Mine: the lane").check();
    await page.getByRole("button", { name: "Send with these answers" }).click();
    await page.getByText("Nothing waits on this device.").waitFor();
    const after = (await get("/offline/definitions.json")).editable.find((one) => one.id === record.id);
    assert.deepEqual([after.answers.area, after.answers.residents, after.version], ["Mine: the lane", 4, 3]);
    assert.equal(await heading(page), "Work without a signal");
  } finally {
    await context.close();
  }
});
