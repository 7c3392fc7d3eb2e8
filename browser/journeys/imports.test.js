// An administrator brings in a month of police.uk, and everybody's figures move.
import assert from "node:assert/strict";
import { another, check, journey, press, quiet } from "../harness/journey.js";

const HEADER = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context";
/** Long before the demo's own months, so that no other journey's figures change. */
const MONTH = "2019-03";
const force = "Durham Constabulary";
const row = (longitude, latitude, kind) => `,${MONTH},${force},${force},${longitude},${latitude},On or near Larkspur Row,,,${kind},,`;
const STREET = [
  HEADER,
  ...Array.from({ length: 7 }, (_, n) => row(-1.5755 + n / 10_000, 54.7765, "Anti-social behaviour")),
  row(-1.5755, 54.7765, "Burglary"),
  ",", // cut off: only in the bad file
];

async function send(page, address, name, text) {
  await page.goto(`${address}/imports`);
  await press(page, "Import a file");
  await page.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await press(page, "Continue");
}

journey("a month of police.uk goes from file to ranking", { as: "administrator" }, async (page, address) => {
  const analyst = await another(page, { as: "analyst" });
  const view = `?from=${MONTH}&to=${MONTH}`;
  const figures = async () => {
    await analyst.goto(`${address}/ranking${view}`);
    return (await analyst.locator(".cw-key-figure").allInnerTexts()).join("; ");
  };

  await send(page, address, `${MONTH}-durham-street.csv`, STREET.slice(0, -1).join("\n"));
  assert.equal(await page.locator("h1").innerText(), "Check before importing");
  const preview = await page.locator("main").innerText();
  assert.match(preview, /Larkspur Row/, "its first rows are shown");
  assert.match(preview, /Police\.uk street files/i, "and what it is taken for");
  await check(page);
  assert.doesNotMatch(await figures(), /Incidents\s+7\b/, "nothing is imported before it is confirmed");

  await press(page, "Import");
  for (let tries = 0; tries < 40 && /^Importing/.test(await page.locator("h1").innerText()); tries += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  const result = await page.locator("main").innerText();
  assert.match(result, /Rows\s+8\b/);
  assert.match(result, /Anti-social behaviour\s+7\b/i);
  await check(page);

  // Within two seconds everybody's figures have it.
  const start = Date.now();
  let found = "";
  while (Date.now() - start < 2_000 && !/Incidents\s+7\b/.test(found)) found = await figures();
  assert.match(found, /Incidents\s+7\b/, "the ranking counts them");
  assert.match(await analyst.locator("#ranking tbody tr").first().innerText(), /Durham/);
  await analyst.goto(`${address}/map${view}`);
  assert.match(await analyst.locator(".cw-key-figure").first().innerText(), /^Incidents\s+7\b/);
  quiet(analyst);

  // The same file again changes nothing, and says so.
  await send(page, address, "the-same-again.csv", STREET.slice(0, -1).join("\n"));
  assert.match(await page.locator("main").innerText(), /here already/);
  await page.getByRole("link", { name: "Imports", exact: true }).first().click();
  await press(page, `${MONTH}-durham-street.csv`, "link");
  await check(page);
});

journey("a file that cannot be read is answered kindly", { as: "administrator", statuses: [422] }, async (page, address) => {
  await page.goto(`${address}/imports/new`);
  await press(page, "Continue");
  assert.match(await page.getByRole("alert").innerText(), /file/i, "no file at all");
  for (const [name, text] of [
    ["empty.csv", ""],
    ["poem.txt", "The owl and the pussycat\nwent to sea\n"],
    ["cut-off.csv", STREET.join("\n")],
    ["future.csv", STREET.slice(0, -1).join("\n").replaceAll(MONTH, "2999-01")],
    ["picture.csv", "\u0089PNG\r\n\u001a\n\u0000\u0000"],
  ]) {
    await send(page, address, name, text);
    const said = await page.locator("main").innerText();
    assert.doesNotMatch(said, /panick|Some\(|Err\(|unwrap|utf-8 sequence/i, name);
    assert.equal(await page.getByRole("button", { name: "Import", exact: true }).count(), 0, `${name} cannot be imported: ${said}`);
    await check(page);
  }
});
