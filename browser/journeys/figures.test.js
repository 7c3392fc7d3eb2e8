// An analyst asks, shares the answer, follows it to a place and takes it away as a file.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { another, check, journey, press, quiet } from "../harness/journey.js";
import { fileOf } from "../harness/unzip.js";

const figures = (page) => page.locator(".cw-key-figure").allInnerTexts();
const places = (page) => page.locator("main table tbody th").allInnerTexts();
const words = (page) => page.locator("main h2.govuk-heading-m").first().innerText();

/** Chooses one type and three months before the newest ones. */
async function narrow(page) {
  const months = await page.getByLabel("From", { exact: true }).locator("option").evaluateAll((all) => all.map((option) => option.value));
  const sorted = months.filter((month) => /^\d{4}-\d{2}$/.test(month)).toSorted();
  await page.getByLabel("From", { exact: true }).selectOption(sorted.at(-6));
  await page.getByLabel("To", { exact: true }).selectOption(sorted.at(-4));
  const types = await page.getByLabel("Type", { exact: true }).locator("option").evaluateAll((all) => all.map((option) => option.value));
  await page.getByLabel("Type", { exact: true }).selectOption(types.find((type) => !["asb", "all"].includes(type)));
  await press(page, "Show");
  return [sorted.at(-6), sorted.at(-4)];
}

journey("a filtered view is shared by its address", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/ranking`);
  const everything = await figures(page);
  const [from, to] = await narrow(page);
  const mine = { figures: await figures(page), places: await places(page), words: await words(page) };
  assert.notDeepEqual(mine.figures, everything, "the filter changes the figures");
  const shared = new URL(page.url());
  assert.equal(shared.searchParams.get("from"), from);
  assert.equal(shared.searchParams.get("to"), to);
  assert.doesNotMatch(shared.search, /brightwater|hana|token/i, "nobody is named in the address");

  const manager = await another(page, { as: "manager" });
  await manager.goto(shared.href);
  assert.deepEqual({ figures: await figures(manager), places: await places(manager), words: await words(manager) }, mine);
  quiet(manager);

  // The same question on the other pages.
  const views = page.getByRole("navigation", { name: "Views of the same figures" });
  for (const view of ["Map", "Trend"]) {
    await views.getByRole("link", { name: view, exact: true }).click();
    await page.waitForLoadState("networkidle");
    assert.equal(await words(page), mine.words, view);
  }
});

journey("somebody not signed in comes to a shared view by signing in", {}, async (page, address) => {
  await page.goto(`${address}/trend?type=all`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  const { email, password } = JSON.parse(process.env.COMMONWEAL_SIGN_INS).officer;
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
  assert.equal(await page.locator("h1").innerText(), "Trend");
  assert.match(await words(page), /All incidents and crimes/);
});

journey("a place of the ranking leads to its months", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/ranking`);
  const first = page.locator("#ranking tbody th a").first();
  const name = await first.innerText();
  await first.click();
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).pathname, "/trend");
  assert.ok((await words(page)).endsWith(`in ${name}`), await words(page));
  await check(page);
  await page.getByRole("link", { name: "Count everywhere" }).click();
  assert.doesNotMatch(await words(page), / in /);
});

journey("the order of the ranking is chosen by its headings", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/ranking`);
  const before = await places(page);
  await press(page, "Per 1,000 residents", "link");
  assert.notDeepEqual(await places(page), before);
  assert.equal(await page.locator('th[aria-sort="descending"]').innerText(), "Per 1,000 residents");
  await page.goBack();
  assert.deepEqual(await places(page), before);
});

journey("a wrong value in an address is named at its field", { as: "analyst" }, async (page, address) => {
  for (const path of ["/map", "/ranking", "/trend"]) {
    await page.goto(`${address}${path}?from=soon&to=2026-13&type=nonsense&place=%00%27`);
    await page.waitForLoadState("networkidle");
    const summary = page.getByRole("alert");
    assert.match(await summary.innerText(), /There is a problem/);
    assert.match(await page.locator("#from-error").innerText(), /Enter a month as year and month/);
    assert.match(await page.locator("#type-error").innerText(), /Choose a type from the list/);
    await summary.getByRole("link").first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "from", "the message leads to the field");
    await check(page);
  }
});

journey("every download says what was asked", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/map`);
  await narrow(page);
  await page.waitForLoadState("networkidle");
  const asked = await words(page);
  const take = async (name) => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
    assert.match(file.suggestedFilename(), new RegExp(`\\.${name}$`, "i"));
    return readFile(await file.path());
  };
  const csv = (await take("CSV")).toString("utf8").replace(/^\uFEFF/, "");
  const head = csv.split(/\r?\n/).slice(0, 3).join(" ");
  assert.ok(head.includes(asked), head);
  const ods = fileOf(await take("ODS"), "content.xml");
  assert.match(ods, /table:name="About"/);
  assert.ok(ods.replaceAll(/<[^>]+>/g, " ").includes(asked), "the sheet 'About' says what was asked");
  const geojson = JSON.parse((await take("GeoJSON")).toString("utf8"));
  assert.equal(geojson.type, "FeatureCollection");
  assert.equal(geojson.filter ?? geojson.metadata?.filter, asked);
  const total = geojson.features.reduce((sum, feature) => sum + (feature.properties.count ?? 0), 0);
  const shown = (await figures(page)).find((figure) => figure.includes("Incidents"));
  const elsewhere = (await figures(page)).find((figure) => figure.includes("Elsewhere")) ?? "0";
  const number = (text) => Number(text.replaceAll(",", "").match(/\d+/)[0]);
  assert.equal(total, number(shown) - number(elsewhere), "the file adds up to what the page says");
});

journey("the map is used with a keyboard alone", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/map`);
  await page.waitForLoadState("networkidle");
  await page.keyboard.press("Tab");
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  assert.equal(await focused(), "Skip to main content", "first comes the skip link");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main-content");

  const canvas = page.locator("canvas.maplibregl-canvas");
  await canvas.waitFor();
  const onMap = () => page.evaluate(() => document.activeElement.localName === "canvas");
  for (let presses = 0; presses < 40 && !(await onMap()); presses += 1) await page.keyboard.press("Tab");
  assert.ok(await onMap(), "the map is reached by Tab");
  assert.ok(await canvas.getAttribute("aria-label"), "and has a name");
  const said = page.locator('#map [role="status"]');
  const readOut = async () => {
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector('#map [role="status"]')?.textContent !== "");
    return said.innerText();
  };
  assert.match(await readOut(), /\d/, "Enter says what is in the middle");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".maplibregl-popup").count(), 0, "Escape closes it");
  for (const key of ["ArrowLeft", "ArrowUp", "+", "-"]) await page.keyboard.press(key);
  await page.keyboard.press("Tab");
  assert.equal(await onMap(), false, "and Tab leaves it");
});
