// Following a report: the link alone, a code, a message, 'it happened again', leaving.
import assert from "node:assert/strict";
import { check, journey, press } from "../harness/journey.js";

const PHONE = { width: 375, height: 700 };

const text = (page) => page.locator("main").innerText();

async function choose(page, group, words) {
  await page.getByRole("group", { name: group }).getByLabel(words, { exact: true }).check();
}

/** Reports without a name and gives the path of the private link. */
async function reported(page, address) {
  await page.goto(`${address}/report`);
  await choose(page, /Who are you reporting this for/, "For me, or my household");
  await press(page, "Continue");
  await choose(page, /What is it mostly about/, "Loud music, parties, shouting or other noise");
  await page.getByLabel("Tell us what happens").fill("They shout every night");
  await press(page, "Continue");
  await page.getByLabel("Postcode, street or place").fill("54.775, -1.57");
  await choose(page, /private home/, "Yes");
  await press(page, "Continue");
  await choose(page, /When does it happen/, "It keeps happening");
  await press(page, "Continue");
  await choose(page, /safe now/, "Yes");
  await choose(page, /because of who somebody is/, "No");
  await press(page, "Continue");
  await choose(page, /know who you are/, "No, I stay anonymous");
  await press(page, "Send now");
  return (await text(page)).match(/\/track\/[0-9a-f]{32}/)[0];
}

for (const javaScript of [true, false]) {
  const how = javaScript ? "with" : "without";
  journey(`somebody follows a report on a telephone ${how} a script`, { javaScript, viewport: PHONE, statuses: [422] }, async (page, address) => {
    const link = await reported(page, address);
    await page.goto(`${address}${link}`);
    const outside = await text(page);
    assert.match(outside, /R-[0-9A-Z]{4}-[0-9A-Z]{4}[\s\S]*Received[\s\S]*decide who deals with it/);
    assert.doesNotMatch(outside, /shout|Messages/);
    if (javaScript) await check(page);
    await press(page, "Show me a code to keep");
    const code = (await text(page)).match(/Your code is ([0-9A-Z]{4}-[0-9A-Z]{4})/)[1];
    await page.getByLabel("Code", { exact: true }).fill("wrong");
    await press(page, "Continue");
    assert.match(await text(page), /The code is not right/);
    if (javaScript) await check(page);
    await page.getByLabel("Code", { exact: true }).fill(code);
    await press(page, "Continue");
    assert.match(await text(page), /There are no messages yet/);
    if (javaScript) await check(page);
    await page.getByLabel("Write to us").fill(`Is there news? ${how}`);
    await press(page, "Send");
    assert.match(await text(page), new RegExp(`We have your message[\\s\\S]*Is there news\\? ${how}`));
    await press(page, "It happened again");
    if (javaScript) await check(page);
    await press(page, "Send");
    assert.match(await text(page), /counts as a further report[\s\S]*You told us that it happened again/);
    await press(page, "Close this page for this device");
    await page.goto(`${address}${link}`);
    assert.doesNotMatch(await text(page), /Is there news/);
  });
}

journey("a lost link has the same answer for everybody", { viewport: PHONE, statuses: [422] }, async (page, address) => {
  await page.goto(`${address}/track`);
  await check(page);
  await press(page, "Send the link");
  assert.match(await text(page), /Enter the email address or mobile number/);
  await page.getByLabel("Email address or mobile number").fill("nobody@example.org");
  await press(page, "Send the link");
  assert.match(await text(page), /If we know this contact/);
  await check(page);
});
