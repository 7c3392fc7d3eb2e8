// A colleague takes a report: with and without JavaScript, on a telephone's width.
import assert from "node:assert/strict";
import { check, journey, press } from "../harness/journey.js";

const heading = (page) => page.locator("h1").first().innerText();

/** Takes a report from empty page to reference. */
async function take(page, address, words) {
  await page.goto(`${address}/intake`);
  assert.equal(await heading(page), "Take a report");
  await check(page);
  await press(page, "Save the report");
  assert.match(await page.getByRole("alert").first().innerText(), /Enter what they tell you/);
  await check(page);
  await page.getByLabel("What is it about?").selectOption("noise");
  await page.getByLabel("What do they tell you?").fill(words);
  await page.getByLabel("It is happening now").check();
  await page.getByLabel("Where is it?").fill("54.7612, -1.3364");
  await press(page, "Find the place");
  assert.equal(await page.getByLabel("What do they tell you?").inputValue(), words, "nothing typed is lost");
  await press(page, "Check for the same");
  assert.equal(await page.getByLabel("What do they tell you?").inputValue(), words);
  await check(page);
  await page.getByRole("group", { name: "Do they give their name?" }).getByLabel("No", { exact: true }).check();
  await press(page, "Save the report");
  assert.match(await heading(page), /Report saved/);
  assert.match(await page.locator(".govuk-panel").innerText(), /R-[0-9A-Z]{4}-[0-9A-Z]{4}/);
  assert.match(await page.locator("main").innerText(), /\/track\/[0-9a-f]{32}/);
  await check(page);
}

for (const javaScript of [true, false]) {
  journey(
    `a call becomes a report ${javaScript ? "with" : "without"} JavaScript at 375 pixels`,
    { as: "manager", statuses: [422], viewport: { width: 375, height: 700 }, javaScript },
    async (page, address) => {
      await take(page, address, "Music through the wall since ten.");
    },
  );
}
