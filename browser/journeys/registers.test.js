// Registers: a record is added, found, filtered, moved and handed on; two people at once; both widths,
// with and without a script.
import assert from "node:assert/strict";
import { another, check, journey, press, quiet } from "../harness/journey.js";
import { PHONE } from "../harness/check.js";

const heading = (page) => page.locator("h1").innerText();
const LIST = "/registers/community-initiatives";

for (const [how, options] of [
  ["on a desk", {}],
  ["on a phone", { viewport: PHONE }],
  ["without a script", { javaScript: false }],
]) {
  journey(`the list of a register is searched and filtered ${how}`, { as: "officer", ...options }, async (page, address) => {
    await page.goto(`${address}/registers`);
    assert.equal(await heading(page), "Forms and registers");
    await check(page);
    await page.goto(`${address}/registers/empty-homes`);
    assert.match(await heading(page), /Empty homes/);
    await check(page);
    // The filter folds away on a phone where there is a script.
    const toggle = page.getByRole("button", { name: /Show (search and )?filter/i });
    if (await toggle.isVisible().catch(() => false)) await toggle.click();
    await page.getByLabel("Search", { exact: true }).fill("nobody-has-this-name");
    await press(page, "Apply filters");
    assert.ok(!page.url().includes("nobody-has-this-name"), "words of a search are not in the address");
    assert.match(await page.locator("main").innerText(), /Nothing fits/);
    await check(page);
    await page.goto(`${address}/registers/empty-homes?sort=title`);
    const first = page.locator("#records tbody th a").first();
    if (await first.count()) {
      const name = await first.innerText();
      await first.click();
      await page.waitForLoadState();
      assert.ok((await page.locator("main").innerText()).includes(name));
      await check(page);
    }
  });
}
