// What a register gives out and takes in: figures, files, feeds, and a table that comes back.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { check, journey, press } from "../harness/journey.js";

const register = "/registers/empty-homes";
const figure = async (page, label) => {
  const found = page.locator(".cw-key-figure", { has: page.getByText(label, { exact: true }) });
  return (await found.locator("dd").innerText()).trim();
};

journey("an export comes back as a table that changes nothing", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}${register}/import`);
  await check(page);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.evaluate((href) => { window.location.href = href; }, `${register}/export.csv`),
  ]);
  const text = await readFile(await file.path(), "utf8");
  assert.match(text, /^# Empty homes/);
  await page.getByLabel("File").setInputFiles(await file.path());
  await press(page, "Continue");
  assert.equal(await page.locator("h1").innerText().then((words) => words.split("\n").at(-1)), "Match the columns");
  await check(page);
  await press(page, "See what the file would do");
  await check(page);
  assert.equal(await figure(page, "New"), "0");
  assert.equal(await figure(page, "Changed"), "0");
  assert.equal(await figure(page, "Rejected"), "0");
  await press(page, "Drop this file");
});

journey("results stand with their tables and as files", { as: "manager" }, async (page, address) => {
  await page.goto(`${address}${register}/results`);
  await check(page);
  assert.match(await page.locator("main").innerText(), /95% interval after Wilson/);
});

journey("somebody makes an address for a calendar and revokes it", { as: "manager" }, async (page, address) => {
  await page.goto(`${address}${register}/feeds`);
  await check(page);
  // What only screen readers hear has a space of its own before it.
  await press(page, /^Make an address\s*: Due dates/);
  const made = await page.getByLabel(/Your new address\s*: Due dates/).inputValue();
  const path = new URL(made).pathname;
  const calendar = await page.request.get(`${address}${path}`);
  assert.match(await calendar.text(), /^BEGIN:VCALENDAR/);
  await page.getByRole("button", { name: /Revoke it\s*: Due dates/ }).first().click();
  await page.waitForLoadState("networkidle");
  assert.equal((await page.request.get(`${address}${path}`)).status(), 404);
});

journey("the interface explains itself to people", { as: "analyst" }, async (page, address) => {
  await page.goto(`${address}/api`);
  await check(page);
  assert.match(await page.locator("main").innerText(), /OpenAPI 3\.1/);
});
