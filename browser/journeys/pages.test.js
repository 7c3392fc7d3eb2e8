// The pages that everybody begins with, as everybody meets them: at a desk, on a phone, at 400 % zoom,
// with and without scripts.
import assert from "node:assert/strict";
import { PHONE } from "../harness/check.js";
import { check, journey } from "../harness/journey.js";

const VIEWS = [
  ["/map", "Map of incidents"],
  ["/ranking", "Ranking of places"],
  ["/trend", "Trend"],
  ["/data-quality", "Data quality"],
];

/** The map is drawn by the script; until then its figures are on their way. */
const settled = (page) => page.waitForLoadState("networkidle");

journey("the start page and sign-in are fit for everybody", {}, async (page, address) => {
  for (const path of ["/", "/sign-in"]) {
    await page.goto(`${address}${path}`);
    assert.equal(await page.locator("h1").count(), 1);
    await check(page);
  }
});

journey("an analyst's pages are fit for everybody", { as: "analyst" }, async (page, address) => {
  for (const [path, heading] of [["/", "My work"], ...VIEWS]) {
    await page.goto(`${address}${path}`);
    await settled(page);
    assert.equal(await page.locator("h1").innerText(), heading);
    await check(page);
  }
});

journey("cells, the account and a missing page are fit for everybody", { as: "analyst", statuses: [404] }, async (page, address) => {
  for (const path of ["/map?areas=cells", "/ranking?areas=cells&type=all", "/account", "/no-such-page"]) {
    await page.goto(`${address}${path}`);
    await settled(page);
    await check(page);
  }
  assert.equal(await page.locator("h1").innerText(), "Page not found");
  await page.getByRole("link", { name: "Go to the start page" }).click();
  assert.equal(await page.locator("h1").innerText(), "My work");
});

journey("an administrator's pages are fit for everybody", { as: "administrator" }, async (page, address) => {
  for (const path of ["/users", "/users/new", "/agencies", "/agencies/new", "/roles", "/imports", "/imports/new", "/jobs", "/outbox"]) {
    await page.goto(`${address}${path}`);
    await check(page);
  }
});

journey("an auditor's pages are fit for everybody", { as: "auditor" }, async (page, address) => {
  for (const path of ["/", "/audit", "/audit/reads"]) {
    await page.goto(`${address}${path}`);
    await check(page);
  }
});

for (const [size, viewport] of [["at a desk"], ["on a phone", PHONE]]) {
  journey(`everything is there without scripts ${size}`, { as: "analyst", javaScript: false, viewport }, async (page, address) => {
    for (const [path, heading] of VIEWS) {
      await page.goto(`${address}${path}`);
      assert.equal(await page.locator("h1").innerText(), heading);
      assert.ok((await page.locator("main table tbody tr").count()) > 5, `${path} has its table`);
      await check(page);
    }
    await page.goto(`${address}/map`);
    const drawn = page.locator("#map svg").first();
    assert.ok(await drawn.isVisible(), "the map is drawn");
    assert.ok((await drawn.locator("path, polygon").count()) > 50, "with its areas");
    await page.goto(`${address}/trend`);
    assert.equal(await page.locator("main .cw-chart__drawing:visible svg:visible").count(), 1, "one drawing of the months");
    // Filters are a plain form, and the menu is open.
    await page.getByLabel("Type", { exact: true }).selectOption("all");
    await page.getByRole("button", { name: "Show" }).click();
    assert.match(page.url(), /type=all/);
    assert.match(await page.locator("h2.govuk-heading-m").first().innerText(), /All incidents and crimes/);
    assert.ok(await page.getByRole("navigation").getByRole("link", { name: "Imports" }).isVisible());
  });
}
